package pipeline_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline"
)

// asker sends requests of the query protocol as SDKs do.
type asker struct {
	t       *testing.T
	handler http.Handler
	service string // they are signed for
}

func newAsker(t *testing.T, service string) *asker {
	p := pipeline.New(pipeline.Options{})
	t.Cleanup(func() { p.Close() })
	return &asker{t: t, handler: p.Handler(), service: service}
}

func (a *asker) send(method, path, form string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost:4566"+path, strings.NewReader(form))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	if a.service != "" {
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/"+a.service+"/aws4_request, SignedHeaders=host, Signature=0")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	return w
}

var random = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// post sends a form and returns the answer with its random ids taken out.
func (a *asker) post(form string) string {
	a.t.Helper()
	w := a.send("POST", "/", form)
	if got := w.Header().Get("Content-Type"); got != "text/xml" {
		a.t.Errorf("content type %q", got)
	}
	return random.ReplaceAllString(w.Body.String(), "ID")
}

const (
	sqsXML     = `xmlns="http://queue.amazonaws.com/doc/2012-11-05/"`
	metadata   = `<ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata>`
	queueParam = `QueueUrl=http%3A%2F%2Flocalhost%3A4566%2F000000000000%2Fq`
)

// The forms were written by botocore 1.29.165, the last release that speaks the query protocol to SQS.
func TestQuery_serves_SQS_as_botocore_asks_R1_1(t *testing.T) {
	a := newAsker(t, "sqs")
	for _, c := range []struct{ form, want string }{
		{"Action=CreateQueue&Version=2012-11-05&QueueName=q&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=45&Attribute.2.Name=DelaySeconds&Attribute.2.Value=0&Tag.1.Key=team&Tag.1.Value=crm",
			`<CreateQueueResponse ` + sqsXML + `><CreateQueueResult><QueueUrl>http://localhost:4566/000000000000/q</QueueUrl></CreateQueueResult>` + metadata + `</CreateQueueResponse>`},
		{"Action=SendMessage&Version=2012-11-05&" + queueParam + "&MessageBody=a+%26+b+%3Cc%3E%0D%0A%C3%A9&DelaySeconds=0&MessageAttribute.1.Name=Title&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=The+Whistler&MessageAttribute.2.Name=Raw&MessageAttribute.2.Value.DataType=Binary&MessageAttribute.2.Value.BinaryValue=Af8%3D",
			`<SendMessageResponse ` + sqsXML + `><SendMessageResult><MD5OfMessageBody>50f144e0e6191ed802c656e8524d23b5</MD5OfMessageBody><MD5OfMessageAttributes>03daa9430cb85135450fe908590c7dd0</MD5OfMessageAttributes><MessageId>ID</MessageId></SendMessageResult>` + metadata + `</SendMessageResponse>`},
		{"Action=TagQueue&Version=2012-11-05&" + queueParam + "&Tag.1.Key=a&Tag.1.Value=1&Tag.2.Key=b&Tag.2.Value=2",
			`<TagQueueResponse ` + sqsXML + `>` + metadata + `</TagQueueResponse>`},
		{"Action=UntagQueue&Version=2012-11-05&" + queueParam + "&TagKey.1=a",
			`<UntagQueueResponse ` + sqsXML + `>` + metadata + `</UntagQueueResponse>`},
		{"Action=ListQueueTags&Version=2012-11-05&" + queueParam,
			`<ListQueueTagsResponse ` + sqsXML + `><ListQueueTagsResult><Tag><Key>b</Key><Value>2</Value></Tag><Tag><Key>team</Key><Value>crm</Value></Tag></ListQueueTagsResult>` + metadata + `</ListQueueTagsResponse>`},
		{"Action=GetQueueAttributes&Version=2012-11-05&" + queueParam + "&AttributeName.1=VisibilityTimeout&AttributeName.2=QueueArn",
			`<GetQueueAttributesResponse ` + sqsXML + `><GetQueueAttributesResult><Attribute><Name>QueueArn</Name><Value>arn:aws:sqs:us-east-1:000000000000:q</Value></Attribute><Attribute><Name>VisibilityTimeout</Name><Value>45</Value></Attribute></GetQueueAttributesResult>` + metadata + `</GetQueueAttributesResponse>`},
		{"Action=SendMessageBatch&Version=2012-11-05&" + queueParam + "&Entries=",
			`<ErrorResponse ` + sqsXML + `><Error><Type>Sender</Type><Code>AWS.SimpleQueueService.EmptyBatchRequest</Code><Message>There should be at least one SendMessageBatchRequestEntry in the request.</Message><Detail/></Error><RequestId>ID</RequestId></ErrorResponse>`},
		{"Action=ListQueues&Version=2012-11-05",
			`<ListQueuesResponse ` + sqsXML + `><ListQueuesResult><QueueUrl>http://localhost:4566/000000000000/q</QueueUrl></ListQueuesResult>` + metadata + `</ListQueuesResponse>`},
	} {
		if got := a.post(c.form); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.form, got, c.want)
		}
	}
	got := a.post("Action=SendMessageBatch&Version=2012-11-05&" + queueParam + "&SendMessageBatchRequestEntry.2.Id=two&SendMessageBatchRequestEntry.2.MessageBody=2&SendMessageBatchRequestEntry.1.Id=one&SendMessageBatchRequestEntry.1.MessageBody=1" +
		"&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=Number&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=x")
	for _, want := range []string{
		`<SendMessageBatchResultEntry><Id>two</Id><MessageId>ID</MessageId><MD5OfMessageBody>c81e728d9d4c2f636f067f89cc14862c</MD5OfMessageBody></SendMessageBatchResultEntry>`,
		`<BatchResultErrorEntry><Id>one</Id><SenderFault>true</SenderFault><Code>InvalidParameterValue</Code>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want in it %s", got, want)
		}
	}
	got = a.post("Action=ReceiveMessage&Version=2012-11-05&" + queueParam + "&AttributeName.1=ApproximateReceiveCount&MessageAttributeName.1=All&WaitTimeSeconds=0")
	for _, want := range []string{
		"<Body>a &amp; b &lt;c&gt;&#xD;\né</Body><Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>",
		`<MessageAttribute><Name>Raw</Name><Value><BinaryValue>Af8=</BinaryValue><DataType>Binary</DataType></Value></MessageAttribute>`,
		`<MessageAttribute><Name>Title</Name><Value><StringValue>The Whistler</StringValue><DataType>String</DataType></Value></MessageAttribute>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want in it %s", got, want)
		}
	}
}

// boto 2 addresses a queue by the URL, in POSTs and in GETs, and leaves out the number of a single attribute.
func TestQuery_serves_SQS_as_boto_2_asks_R1_1(t *testing.T) {
	a := newAsker(t, "sqs")
	a.post("Action=CreateQueue&Version=2012-11-05&QueueName=q")
	for _, c := range []struct{ method, path, form, want string }{
		{"POST", "/000000000000/q", "Action=SetQueueAttributes&Attribute.Name=VisibilityTimeout&Attribute.Value=7&Version=2012-11-05", "<SetQueueAttributesResponse"},
		{"GET", "/000000000000/q?Action=GetQueueAttributes&AttributeName=VisibilityTimeout&Version=2012-11-05", "", "<Attribute><Name>VisibilityTimeout</Name><Value>7</Value></Attribute>"},
		{"GET", "/000000000000/q/?Action=SendMessage&MessageBody=foobar", "", "<MD5OfMessageBody>3858f62230ac3c915f300c664312c63f</MD5OfMessageBody>"},
		{"POST", "/000000000000/q", "Action=ReceiveMessage&MaxNumberOfMessages=10", "<Body>foobar</Body>"},
		{"GET", "/000000000000/q?Action=ReceiveMessage", "", "<ReceiveMessageResult/>"},
		{"GET", "/000000000000/q?Action=SendMessage", "", "<Message>The request must contain the parameter MessageBody.</Message>"},
		{"GET", "/000000000000/other?Action=GetQueueAttributes&" + queueParam + "&AttributeName.1=QueueArn", "", "arn:aws:sqs:us-east-1:000000000000:q<"},
		{"GET", "/000000000000/q?Action=DeleteQueue", "", "<DeleteQueueResponse "},
	} {
		if got := a.send(c.method, c.path, c.form).Body.String(); !strings.Contains(got, c.want) {
			t.Errorf("%s %s %s: got %s, want in it %s", c.method, c.path, c.form, got, c.want)
		}
	}
}

func TestQuery_says_which_service_by_signature_or_version_R1_1(t *testing.T) {
	unsigned := newAsker(t, "")
	for form, want := range map[string]string{
		"Action=CreateQueue&Version=2012-11-05&QueueName=q": "<CreateQueueResponse ",
		"Action=ListQueues": "<ListQueuesResponse ",
		"Action=RemovePermission&Version=2012-11-05&" + queueParam:    "http://queue.amazonaws.com/",
		"Action=Nonsense&Version=2012-11-05":                          "NotImplemented",
		"Action=SendMessage&MessageBody=%zz":                          "<Code>MalformedQueryString</Code>",
		"Action=ReceiveMessage&MaxNumberOfMessages=x&" + queueParam:   "<Code>MalformedInput</Code>",
		"Action=ReceiveMessage&AttributeName.member.1=All&QueueUrl=q": "<Message>Start of list found where not expected</Message>",
	} {
		if got := unsigned.post(form); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want in it %s", form, got, want)
		}
	}
	signed := newAsker(t, "sqs")
	if got := signed.post("Action=FooBar&Version=2012-11-05"); !strings.Contains(got, "<Code>InvalidAction</Code><Message>The action FooBar is not valid for this endpoint.</Message>") {
		t.Errorf("got %s", got)
	}
	if w := signed.send("GET", "/000000000000/q", ""); w.Code != 404 || !strings.Contains(w.Body.String(), "<UnknownOperationException/>") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// Each error of SQS that a client can cause here, in the JSON protocol and in the query protocol: the codes differ, and so does
// one text.
func TestQuery_and_JSON_tell_the_same_errors_of_SQS_R1_1(t *testing.T) {
	a := newAsker(t, "sqs")
	a.post("Action=CreateQueue&Version=2012-11-05&QueueName=q")
	entries := func(ids ...string) (form, json string) {
		for i, id := range ids {
			n := string(rune('a' + i))
			form += "&SendMessageBatchRequestEntry." + string(rune('1'+i)) + ".Id=" + id + "&SendMessageBatchRequestEntry." + string(rune('1'+i)) + ".MessageBody=" + n
			json += `,{"Id":"` + id + `","MessageBody":"` + n + `"}`
		}
		return form, strings.TrimPrefix(json, ",")
	}
	twiceForm, twiceJSON := entries("x", "x")
	badForm, badJSON := entries("x.y")
	manyForm, manyJSON := entries("1", "2", "3", "4", "5", "6", "7", "8", "9")
	manyForm += "&SendMessageBatchRequestEntry.10.Id=10&SendMessageBatchRequestEntry.10.MessageBody=b&SendMessageBatchRequestEntry.11.Id=11&SendMessageBatchRequestEntry.11.MessageBody=b"
	manyJSON += `,{"Id":"10","MessageBody":"b"},{"Id":"11","MessageBody":"b"}`
	const q = `"QueueUrl":"http://localhost:4566/000000000000/q"`
	for _, c := range []struct {
		operation, form, json string
		status                int
		code, jsonType        string
		message, jsonMessage  string // "" is the same
	}{
		{"GetQueueUrl", "&QueueName=gone", `{"QueueName":"gone"}`, 400, "AWS.SimpleQueueService.NonExistentQueue", "com.amazonaws.sqs#QueueDoesNotExist",
			"The specified queue does not exist for this wsdl version.", "The specified queue does not exist."},
		{"CreateQueue", "&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=9", `{"QueueName":"q","Attributes":{"DelaySeconds":"9"}}`, 400, "QueueAlreadyExists", "com.amazonaws.sqs#QueueNameExists",
			"A queue already exists with the same name and a different value for attribute DelaySeconds", ""},
		{"SendMessage", "&" + queueParam, `{` + q + `}`, 400, "MissingParameter", "com.amazon.coral.service#MissingRequiredParameterException", "The request must contain the parameter MessageBody.", ""},
		{"ReceiveMessage", "&MaxNumberOfMessages=11&" + queueParam, `{` + q + `,"MaxNumberOfMessages":11}`, 400, "InvalidParameterValue", "com.amazon.coral.service#InvalidParameterValueException",
			"Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", ""},
		{"SendMessageBatch", twiceForm + "&" + queueParam, `{` + q + `,"Entries":[` + twiceJSON + `]}`, 400, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "com.amazonaws.sqs#BatchEntryIdsNotDistinct", "Id x repeated.", ""},
		{"SendMessageBatch", badForm + "&" + queueParam, `{` + q + `,"Entries":[` + badJSON + `]}`, 400, "AWS.SimpleQueueService.InvalidBatchEntryId", "com.amazonaws.sqs#InvalidBatchEntryId",
			"A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.", ""},
		{"SendMessageBatch", manyForm + "&" + queueParam, `{` + q + `,"Entries":[` + manyJSON + `]}`, 400, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are 10. You have sent 11.", ""},
		{"SendMessage", "&MessageBody=%00&" + queueParam, `{` + q + `,"MessageBody":"\u0000"}`, 400, "InvalidMessageContents", "com.amazonaws.sqs#InvalidMessageContents", "Invalid characters found.", ""},
		{"GetQueueAttributes", "&AttributeName.1=Foobar&" + queueParam, `{` + q + `,"AttributeNames":["Foobar"]}`, 400, "InvalidAttributeName", "com.amazonaws.sqs#InvalidAttributeName", "Unknown Attribute Foobar.", ""},
		{"DeleteMessage", "&ReceiptHandle=x&" + queueParam, `{` + q + `,"ReceiptHandle":"x"}`, 404, "ReceiptHandleIsInvalid", "com.amazonaws.sqs#ReceiptHandleIsInvalid", "The input receipt handle", ""},
	} {
		w := a.send("POST", "/", "Action="+c.operation+"&Version=2012-11-05"+c.form)
		if w.Code != c.status || !strings.Contains(w.Body.String(), "<Type>Sender</Type><Code>"+c.code+"</Code><Message>"+c.message) || !strings.Contains(w.Body.String(), "</Message><Detail/></Error>") {
			t.Errorf("%s: got %d %s", c.operation, w.Code, w.Body)
		}
		w = a.send("POST", "/", c.json, "X-Amz-Target", "AmazonSQS."+c.operation, "Content-Type", "application/x-amz-json-1.0")
		message := c.jsonMessage
		if message == "" {
			message = c.message
		}
		if w.Code != c.status || !strings.HasPrefix(w.Body.String(), `{"__type":"`+c.jsonType+`","message":"`+message) || w.Header().Get("X-Amzn-Query-Error") != c.code+";Sender" {
			t.Errorf("%s: got %d %s %s", c.operation, w.Code, w.Header().Get("X-Amzn-Query-Error"), w.Body)
		}
	}
}

// FuzzQuery sends any form to SQS: every answer is XML, and no request is a fault of the pipeline.
func FuzzQuery(f *testing.F) {
	f.Add("Action=SendMessage&Version=2012-11-05&QueueUrl=q&MessageBody=b&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=Binary&MessageAttribute.1.Value.BinaryValue=AQ==")
	f.Add("Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.1.Id=1&SendMessageBatchRequestEntry.1.MessageBody=1&SendMessageBatchRequestEntry.1.MessageAttribute.Name=1")
	f.Add("Action=CreateQueue&QueueName=q&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=1&Tag.Key=a&Tag.Value=b")
	f.Add("Action=SetQueueAttributes&Attribute.Name.x=1&Attribute.1=1&Attribute=")
	f.Add("Action=Publish&Version=2010-03-31&TopicArn=arn:aws:sns:us-east-1:000000000000:t&Message=m&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String")
	p := pipeline.New(pipeline.Options{HistoryLimit: 1000})
	f.Cleanup(func() { p.Close() })
	f.Fuzz(func(t *testing.T, form string) {
		if strings.Contains(form, "WaitTime") {
			t.Skip("waits in real time")
		}
		r := httptest.NewRequest("POST", "http://localhost/000000000000/q", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, r)
		if w.Header().Get("Content-Type") != "text/xml" || !strings.HasPrefix(w.Body.String(), "<") || p.Panics() > 0 {
			t.Errorf("%q: %d %s", form, w.Code, w.Body)
		}
	})
}
