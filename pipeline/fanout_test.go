package pipeline_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/pipeline"
)

const (
	snsXML   = `xmlns="http://sns.amazonaws.com/doc/2010-03-31/"`
	topicARN = "arn:aws:sns:us-east-1:000000000000:t"
)

var escapedTopic = url.QueryEscape(topicARN)

// The forms were written by botocore.
func TestQuery_serves_SNS_as_botocore_asks_R1_1(t *testing.T) {
	a := newAsker(t, "sns")
	for _, c := range []struct{ form, want string }{
		{"Action=CreateTopic&Version=2010-03-31&Name=t&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=d&Tags.member.1.Key=k&Tags.member.1.Value=v",
			`<CreateTopicResponse ` + snsXML + `><CreateTopicResult><TopicArn>` + topicARN + `</TopicArn></CreateTopicResult>` + metadata + `</CreateTopicResponse>`},
		{"Action=Subscribe&Version=2010-03-31&TopicArn=" + escapedTopic + "&Protocol=sqs&Endpoint=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq&Attributes.entry.1.key=RawMessageDelivery&Attributes.entry.1.value=true&ReturnSubscriptionArn=true",
			`<SubscribeResponse ` + snsXML + `><SubscribeResult><SubscriptionArn>` + topicARN + `:ID</SubscriptionArn></SubscribeResult>` + metadata + `</SubscribeResponse>`},
		{"Action=Publish&Version=2010-03-31&TopicArn=" + escapedTopic + "&Message=m&Subject=s&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=x",
			`<PublishResponse ` + snsXML + `><PublishResult><MessageId>ID</MessageId></PublishResult>` + metadata + `</PublishResponse>`},
		{"Action=PublishBatch&Version=2010-03-31&TopicArn=" + escapedTopic + "&PublishBatchRequestEntries.member.1.Id=1&PublishBatchRequestEntries.member.1.Message=m&PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Name=a&PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Value.DataType=String&PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Value.StringValue=x",
			`<PublishBatchResponse ` + snsXML + `><PublishBatchResult><Successful><member><Id>1</Id><MessageId>ID</MessageId></member></Successful><Failed></Failed></PublishBatchResult>` + metadata + `</PublishBatchResponse>`},
		{"Action=TagResource&Version=2010-03-31&ResourceArn=" + escapedTopic + "&Tags.member.1.Key=k&Tags.member.1.Value=w",
			`<TagResourceResponse ` + snsXML + `><TagResourceResult/>` + metadata + `</TagResourceResponse>`},
		{"Action=ListTagsForResource&Version=2010-03-31&ResourceArn=" + escapedTopic,
			`<ListTagsForResourceResponse ` + snsXML + `><ListTagsForResourceResult><Tags><member><Key>k</Key><Value>w</Value></member></Tags></ListTagsForResourceResult>` + metadata + `</ListTagsForResourceResponse>`},
		{"Action=AddPermission&Version=2010-03-31&TopicArn=" + escapedTopic + "&Label=l&AWSAccountId.member.1=111111111111&ActionName.member.1=Publish",
			`<AddPermissionResponse ` + snsXML + `>` + metadata + `</AddPermissionResponse>`},
		{"Action=ListTopics&Version=2010-03-31",
			`<ListTopicsResponse ` + snsXML + `><ListTopicsResult><Topics><member><TopicArn>` + topicARN + `</TopicArn></member></Topics></ListTopicsResult>` + metadata + `</ListTopicsResponse>`},
		{"Action=Publish&Version=2010-03-31&TopicArn=" + escapedTopic + "x&Message=m",
			`<ErrorResponse ` + snsXML + `><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error><RequestId>ID</RequestId></ErrorResponse>`},
		{"Action=Subscribe&Version=2010-03-31&TopicArn=" + escapedTopic + "&Endpoint.EndpointArn=x&Protocol=sqs",
			`<ErrorResponse ` + snsXML + `><Error><Type>Sender</Type><Code>MalformedInput</Code><Message>Start of list found where not expected</Message></Error><RequestId>ID</RequestId></ErrorResponse>`},
		{"Action=Publish&Version=2010-03-31",
			`<ErrorResponse ` + snsXML + `><Error><Type>Sender</Type><Code>ValidationError</Code><Message>1 validation error detected: Value null at 'message' failed to satisfy constraint: Member must not be null</Message></Error><RequestId>ID</RequestId></ErrorResponse>`},
	} {
		got := strings.ReplaceAll(a.post(c.form), "&apos;", "'")
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.form, got, c.want)
		}
		if err := xml.Unmarshal([]byte(got), new(struct{})); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}

// A script of the fan-out: each line is a command, and what a queue then holds.
const fanOutScript = `
topic leads
queue acme
queue all
queue big
subscribe leads acme raw {"tenant":["acme"]}
subscribe leads all raw
subscribe leads big raw {"amount":[{"numeric":[">=",100]}]}
publish leads L-1 tenant=acme amount#7
publish leads L-2 tenant=rival amount#100
publish leads L-3 amount#1000.5
receive acme L-1
receive all L-1 L-2 L-3
receive big L-2 L-3
# the link in the envelope ends a subscription without a signature
queue wrapped
subscribe leads wrapped
publish leads L-4
unsubscribe wrapped
publish leads L-5
receive wrapped L-4
receive all L-4 L-5
# a FIFO topic keeps order through to the FIFO queue and drops copies
topic steps.fifo
queue steps.fifo
subscribe steps.fifo steps.fifo raw
publish steps.fifo one group=g
publish steps.fifo two group=g
publish steps.fifo one group=g
receive steps.fifo one two
# a queue that is gone leaves its messages to the dead-letter queue
queue dead
subscribe leads gone raw dlq=dead
publish leads L-6
receive dead L-6
`

func TestFanOut_from_topics_to_queues_R4_4(t *testing.T) { synctest.Test(t, runFanOut) }

func runFanOut(t *testing.T) {
	p := pipeline.New(pipeline.Options{})
	defer p.Close()
	s := &script{t: t, p: p, a: &asker{t: t, handler: p.Handler(), service: "sns"}, wrapped: map[string]string{}}
	for n, line := range strings.Split(fanOutScript, "\n") {
		if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
			s.line = fmt.Sprintf("line %d: %s", n, line)
			s.run(words)
		}
	}
	if p.Panics() != 0 {
		t.Error("a request was a fault of the pipeline")
	}
}

type script struct {
	t       *testing.T
	p       *pipeline.Pipeline
	a       *asker
	line    string
	wrapped map[string]string // the last envelope by queue
}

func (s *script) ask(service string, pairs ...string) string {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	s.a.service = service
	w := s.a.send("POST", "/", form.Encode())
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s: %s", s.line, w.Body)
	}
	synctest.Wait()
	return w.Body.String()
}

func (s *script) run(words []string) {
	s.t.Helper()
	arn := "arn:aws:sns:us-east-1:000000000000:" + words[1]
	fifo := strings.HasSuffix(words[1], ".fifo")
	switch words[0] {
	case "topic":
		pairs := []string{"Action", "CreateTopic", "Name", words[1]}
		if fifo {
			pairs = append(pairs, "Attributes.entry.1.key", "FifoTopic", "Attributes.entry.1.value", "true", "Attributes.entry.2.key", "ContentBasedDeduplication", "Attributes.entry.2.value", "true")
		}
		s.ask("sns", pairs...)
	case "queue":
		pairs := []string{"Action", "CreateQueue", "QueueName", words[1]}
		if fifo {
			pairs = append(pairs, "Attribute.1.Name", "FifoQueue", "Attribute.1.Value", "true")
		}
		s.ask("sqs", pairs...)
	case "subscribe":
		s.subscribe(arn, words[2], words[3:])
	case "publish":
		s.publish(arn, words[2], words[3:])
	case "unsubscribe":
		s.receive(words[1], nil)
		link := regexp.MustCompile(`"UnsubscribeURL" : "http://localhost:4566([^"]+)"`).FindStringSubmatch(s.wrapped[words[1]])
		s.a.service = ""
		if w := s.a.send("GET", link[1], ""); !strings.Contains(w.Body.String(), "<UnsubscribeResponse") {
			s.t.Fatalf("%s: %s", s.line, w.Body)
		}
	case "receive":
		s.receive(words[1], words[2:])
	}
}

func (s *script) subscribe(arn, queue string, words []string) {
	pairs := []string{"Action", "Subscribe", "TopicArn", arn, "Protocol", "sqs", "Endpoint", "arn:aws:sqs:us-east-1:000000000000:" + queue}
	for i, word := range words {
		name, value := "FilterPolicy", word
		if word == "raw" {
			name, value = "RawMessageDelivery", "true"
		} else if dlq, ok := strings.CutPrefix(word, "dlq="); ok {
			name, value = "RedrivePolicy", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:`+dlq+`"}`
		}
		at := fmt.Sprintf("Attributes.entry.%d.", i+1)
		pairs = append(pairs, at+"key", name, at+"value", value)
	}
	s.ask("sns", pairs...)
}

func (s *script) publish(arn, text string, words []string) {
	pairs := []string{"Action", "Publish", "TopicArn", arn, "Message", text}
	for i, word := range words {
		kind := "String"
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			kind = "Number"
			name, value, _ = strings.Cut(word, "#")
		}
		if name == "group" {
			pairs = append(pairs, "MessageGroupId", value)
			continue
		}
		at := fmt.Sprintf("MessageAttributes.entry.%d.", i+1)
		pairs = append(pairs, at+"Name", name, at+"Value.DataType", kind, at+"Value.StringValue", value)
	}
	s.ask("sns", pairs...)
}

// receive takes all messages of a queue and compares them; nil only takes them, for their links.
func (s *script) receive(queue string, want []string) {
	s.t.Helper()
	var answer struct {
		Messages []struct{ Body, ReceiptHandle string } `xml:"ReceiveMessageResult>Message"`
	}
	at := "http://localhost:4566/000000000000/" + queue
	if err := xml.Unmarshal([]byte(s.ask("sqs", "Action", "ReceiveMessage", "QueueUrl", at, "MaxNumberOfMessages", "10", "VisibilityTimeout", "0")), &answer); err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, m := range answer.Messages {
		var envelope struct{ Message string }
		if json.Unmarshal([]byte(m.Body), &envelope) == nil && envelope.Message != "" {
			s.wrapped[queue], m.Body = m.Body, envelope.Message
		}
		got = append(got, m.Body)
	}
	if want == nil {
		return
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		s.t.Errorf("%s: got %q", s.line, got)
	}
	s.ask("sqs", "Action", "PurgeQueue", "QueueUrl", at)
}

// A subscriber fetches the certificate that the message names and verifies the message with it, as AWS's guide says.
func TestSignature_of_a_message_is_verified_by_the_certificate_of_the_pipeline_R4_4(t *testing.T) {
	synctest.Test(t, verifySignature)
}

func verifySignature(t *testing.T) {
	p := pipeline.New(pipeline.Options{Token: "secret"})
	defer p.Close()
	s := &script{t: t, p: p, a: &asker{t: t, handler: p.Handler()}, wrapped: map[string]string{}}
	for _, line := range []string{"topic t", "queue q", "subscribe t q", "publish t hello"} {
		s.run(strings.Fields(line))
	}
	s.receive("q", nil)
	var m struct{ Message, MessageId, Timestamp, TopicArn, Type, Signature, SigningCertURL string }
	if err := json.Unmarshal([]byte(s.wrapped["q"]), &m); err != nil {
		t.Fatal(err)
	}
	w := s.a.send("GET", strings.TrimPrefix(m.SigningCertURL, "http://localhost:4566"), "")
	block, _ := pem.Decode(w.Body.Bytes())
	if block == nil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum([]byte("Message\n" + m.Message + "\nMessageId\n" + m.MessageId + "\nTimestamp\n" + m.Timestamp + "\nTopicArn\n" + m.TopicArn + "\nType\n" + m.Type + "\n"))
	if err := rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), crypto.SHA1, sum[:], signature); err != nil {
		t.Error(err)
	}
}

func BenchmarkFanOut_to_three_queues(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 10_000})
	defer p.Close()
	client := &http.Client{Transport: p.RoundTripper("bench")}
	post := func(form string) {
		r, err := client.Post("http://localhost:4566/", "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil || r.StatusCode != http.StatusOK {
			b.Fatalf("%s: %v %v", form, r, err)
		}
		r.Body.Close()
	}
	post("Action=CreateTopic&Version=2010-03-31&Name=t")
	for _, name := range []string{"a", "b", "c"} {
		post("Action=CreateQueue&Version=2012-11-05&QueueName=" + name)
		post("Action=Subscribe&Version=2010-03-31&Protocol=sqs&TopicArn=" + escapedTopic + "&Endpoint=arn:aws:sqs:us-east-1:000000000000:" + name)
	}
	message := "Action=Publish&Version=2010-03-31&TopicArn=" + escapedTopic + "&Message=" + strings.Repeat("m", 1024)
	b.ReportAllocs()
	for b.Loop() {
		post(message)
		p.Settle(b.Context())
	}
}
