package pipeline_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
)

// A webhook confirms subscriptions by their link and answers each notification with a status.
type webhook struct {
	mu     sync.Mutex
	visit  *http.Client
	status func(message string, attempt int) int
	got    []posted
}

type posted struct {
	at     time.Time
	header http.Header
	body   string
	json   struct{ Type, MessageId, TopicArn, Message, Token, SubscribeURL, UnsubscribeURL string }
}

func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p := posted{at: time.Now(), header: r.Header, body: string(body)}
	p.json.Message = p.body // of raw delivery
	_ = json.Unmarshal(body, &p.json)
	h.mu.Lock()
	h.got = append(h.got, p)
	attempt := 0
	for _, other := range h.got {
		if other.json.Message == p.json.Message {
			attempt++
		}
	}
	h.mu.Unlock()
	if p.json.Type != "SubscriptionConfirmation" {
		w.WriteHeader(h.status(p.json.Message, attempt))
		return
	}
	answer, err := h.visit.Get(p.json.SubscribeURL)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	answer.Body.Close()
	w.WriteHeader(answer.StatusCode)
}

// of returns what was posted with a message, or of a type.
func (h *webhook) of(what string) (found []posted) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.got {
		if p.json.Message == what || p.json.Type == what {
			found = append(found, p)
		}
	}
	return found
}

// publisher asks SNS and SQS in an account and region that are not the default ones. What SNS then does is done when ask returns.
type publisher struct {
	t      *testing.T
	p      *pipeline.Pipeline
	client *http.Client
	url    string
}

const (
	farTopic = "arn:aws:sns:eu-west-1:123456789012:t"
	farDead  = `{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:dead"}`
)

func (a *publisher) ask(service string, pairs ...string) string {
	a.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(a.t.Context(), "POST", a.url, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=123456789012/20260102/eu-west-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := a.client.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		a.t.Fatalf("%v: %d %s %v", pairs, answer.StatusCode, body, err)
	}
	if service == "sns" {
		a.p.Settle(a.t.Context())
	}
	return string(body)
}

func (a *publisher) subscribe(protocol, endpoint string, attributes ...string) string {
	a.t.Helper()
	pairs := []string{"Action", "Subscribe", "TopicArn", farTopic, "Protocol", protocol, "Endpoint", endpoint, "ReturnSubscriptionArn", "true"}
	for i := 0; i < len(attributes); i += 2 {
		at := fmt.Sprintf("Attributes.entry.%d.", i/2+1)
		pairs = append(pairs, at+"key", attributes[i], at+"value", attributes[i+1])
	}
	var answer struct {
		Arn string `xml:"SubscribeResult>SubscriptionArn"`
	}
	if err := xml.Unmarshal([]byte(a.ask("sns", pairs...)), &answer); err != nil || !strings.HasPrefix(answer.Arn, farTopic+":") {
		a.t.Fatalf("%+v %v", answer, err)
	}
	return answer.Arn
}

func (a *publisher) publish(message string) {
	a.t.Helper()
	a.ask("sns", "Action", "Publish", "TopicArn", farTopic, "Message", message)
}

func (a *publisher) start() {
	a.t.Helper()
	a.ask("sns", "Action", "CreateTopic", "Name", "t")
	a.ask("sqs", "Action", "CreateQueue", "QueueName", "dead")
}

// dead takes the messages of the dead-letter queue and returns the texts in their envelopes. It asks until there are none: only
// then is this consumer at rest.
func (a *publisher) dead() (texts []string) {
	a.t.Helper()
	const at = "http://localhost:4566/123456789012/dead"
	for {
		var answer struct {
			Messages []struct{ Body, ReceiptHandle string } `xml:"ReceiveMessageResult>Message"`
		}
		if err := xml.Unmarshal([]byte(a.ask("sqs", "Action", "ReceiveMessage", "QueueUrl", at, "MaxNumberOfMessages", "10")), &answer); err != nil {
			a.t.Fatal(err)
		}
		if len(answer.Messages) == 0 {
			return texts
		}
		for _, m := range answer.Messages {
			a.ask("sqs", "Action", "DeleteMessage", "QueueUrl", at, "ReceiptHandle", m.ReceiptHandle)
			envelope := struct{ Message string }{m.Body}
			_ = json.Unmarshal([]byte(m.Body), &envelope)
			texts = append(texts, envelope.Message)
		}
	}
}

// dropped returns the last hop that says why something did not come to an endpoint.
func (a *publisher) dropped(endpoint string) (last event.Hop) {
	a.t.Helper()
	hops, _ := a.p.Hops(0)
	for _, h := range hops {
		if h.Kind == event.KindDrop && h.To == event.At(event.PlaceHTTP, endpoint) {
			last = h
		}
	}
	if last.Reason == nil {
		a.t.Fatalf("no reason why nothing came to %s", endpoint)
	}
	return last
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// The answers by message: broken never gets better, flaky does at the second attempt, refused is the client's fault.
func byMessage(message string, attempt int) int {
	switch {
	case message == "broken", message == "flaky" && attempt == 1:
		return http.StatusInternalServerError
	case message == "refused":
		return http.StatusForbidden
	}
	return http.StatusNoContent
}

func TestHTTPSubscription_over_loopback_is_confirmed_and_served_R4_4(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := pipeline.New(pipeline.Options{})
	defer p.Close()
	go p.Serve(l)
	hook := &webhook{visit: http.DefaultClient, status: byMessage}
	srv := httptest.NewServer(hook)
	defer srv.Close()
	a := &publisher{t: t, p: p, client: http.DefaultClient, url: "http://" + l.Addr().String()}
	a.start()
	policy := `{"healthyRetryPolicy":{"numRetries":2,"numNoDelayRetries":2,"minDelayTarget":1,"maxDelayTarget":1,"backoffFunction":"linear"},"requestPolicy":{"headerContentType":"application/json"}}`
	arn := a.subscribe("http", srv.URL+"/hook", "DeliveryPolicy", policy, "RedrivePolicy", farDead)
	asked := hook.of("SubscriptionConfirmation")
	if len(asked) != 1 || !strings.HasPrefix(asked[0].json.SubscribeURL, a.url+"/?") || len(asked[0].json.Token) != 64 {
		t.Fatalf("asked to confirm: %+v", asked)
	}
	for _, message := range []string{"hello", "flaky", "broken", "refused"} {
		a.publish(message)
	}
	hello := hook.of("hello")
	if len(hello) != 1 || len(hook.of("flaky")) != 2 || len(hook.of("broken")) != 3 || len(hook.of("refused")) != 1 {
		t.Fatalf("posted %d, %d, %d, %d", len(hello), len(hook.of("flaky")), len(hook.of("broken")), len(hook.of("refused")))
	}
	equal(t, "dead-letter queue", a.dead(), "broken", "refused")
	for _, c := range []struct {
		posted    posted
		kind, arn string
	}{{asked[0], "SubscriptionConfirmation", ""}, {hello[0], "Notification", arn}} {
		for name, want := range map[string]string{
			"x-amz-sns-message-type": c.kind, "x-amz-sns-message-id": c.posted.json.MessageId, "x-amz-sns-topic-arn": farTopic,
			"x-amz-sns-subscription-arn": c.arn, "x-amz-sns-rawdelivery": "", "content-type": "application/json",
			"user-agent": "Amazon Simple Notification Service Agent",
		} {
			if got := c.posted.header.Get(name); got != want {
				t.Errorf("%s: header %s %q, want %q", c.kind, name, got, want)
			}
		}
	}
	if answer, err := http.Get(hello[0].json.UnsubscribeURL); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	a.publish("after")
	if after := hook.of("after"); len(after) != 0 {
		t.Errorf("posted after the end of the subscription: %+v", after)
	}
	ended := hook.of("UnsubscribeConfirmation")
	if len(ended) != 1 || ended[0].header.Get("x-amz-sns-message-type") != "UnsubscribeConfirmation" || ended[0].header.Get("x-amz-sns-subscription-arn") != arn {
		t.Fatalf("told of the end: %+v", ended)
	}
	if answer, err := http.Get(ended[0].json.SubscribeURL); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	a.publish("restored")
	if restored := hook.of("restored"); len(restored) != 1 || restored[0].header.Get("x-amz-sns-subscription-arn") != arn {
		t.Errorf("posted after the subscription was restored: %+v", restored)
	}
}

// That a request to confirm goes to the dead-letter queue too is what LocalStack's HTTP publisher does: it leaves out the
// UnsubscribeConfirmation only, as a difference it saw on AWS.
func TestHTTPSubscription_elsewhere_is_refused_with_its_reason_R4_4(t *testing.T) {
	p := pipeline.New(pipeline.Options{})
	defer p.Close()
	a := &publisher{t: t, p: p, client: &http.Client{Transport: p.RoundTripper("app")}, url: "http://localhost:4566/"}
	a.start()
	const endpoint = "http://192.0.2.1/hook" // of a network for documentation
	a.subscribe("http", endpoint, "RedrivePolicy", farDead)
	asked := a.dropped(endpoint)
	if asked.Reason.Code != "OutboundRefused" || !strings.Contains(asked.Reason.Text, "192.0.2.1") {
		t.Errorf("%+v", asked.Reason)
	}
	if dead := a.dead(); len(dead) != 1 || !strings.HasPrefix(dead[0], "You have chosen to subscribe") {
		t.Errorf("dead-letter queue after a request to confirm: %q", dead)
	}
	var m struct{ SubscribeURL string }
	if err := json.Unmarshal([]byte(asked.Event.Body), &m); err != nil {
		t.Fatal(err)
	}
	if answer, err := a.client.Get(m.SubscribeURL); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	a.publish("far")
	if h := a.dropped(endpoint); h.Reason.Code != "OutboundRefused" || h.Outcome != event.DeadLettered {
		t.Errorf("%+v %+v", h, h.Reason)
	}
	equal(t, "dead-letter queue", a.dead(), "far")
}

func TestHTTPSubscription_served_in_process_is_retried_in_virtual_time_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook, raw := &webhook{status: byMessage}, &webhook{status: byMessage}
		p := pipeline.New(pipeline.Options{Outbound: outbound.Options{Handlers: map[string]http.Handler{"hooks.example.test": hook, "raw.example.test:8443": raw}}})
		defer p.Close()
		a := &publisher{t: t, p: p, client: &http.Client{Transport: p.RoundTripper("app")}, url: "http://localhost:4566/"}
		hook.visit, raw.visit = a.client, a.client
		a.start()
		a.subscribe("https", "https://hooks.example.test/sns", "RedrivePolicy", farDead)
		a.subscribe("http", "http://raw.example.test:8443/", "RawMessageDelivery", "true")
		begin := time.Now()
		a.publish("broken")
		equal(t, "dead-letter queue before the last attempt", a.dead())
		time.Sleep(time.Hour)
		var after []string
		for _, attempt := range hook.of("broken") {
			after = append(after, attempt.at.Sub(begin).String())
		}
		equal(t, "attempts of AWS's default policy", after, "0s", "20s", "40s", "1m0s")
		equal(t, "dead-letter queue", a.dead(), "broken")
		a.publish("hello")
		if got := raw.of("hello"); len(got) != 1 || got[0].body != "hello" || got[0].header.Get("X-Amz-Sns-Rawdelivery") != "true" {
			t.Errorf("raw: %+v", got)
		}
		if h := a.dropped("http://raw.example.test:8443/"); h.Outcome != event.Lost || h.Reason.Code != "HTTPStatus" || !strings.Contains(h.Reason.Text, "status 500") {
			t.Errorf("%+v %+v", h, h.Reason)
		}
	})
}

// The event is that of the Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications".
type snsRecords struct {
	Records []struct {
		EventVersion, EventSource, EventSubscriptionArn string

		Sns struct {
			Type, MessageId, TopicArn, Message, Timestamp, SignatureVersion, Signature, SigningCertUrl, UnsubscribeUrl string

			Subject           *string
			MessageAttributes map[string]struct{ Type, Value string }
		}
	}
}

func TestFunctionSubscription_gets_the_event_of_Lambda_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []snsRecords
		p := pipeline.New(pipeline.Options{Functions: map[string]any{"on-lead": func(in snsRecords) error {
			got = append(got, in)
			return nil
		}}})
		defer p.Close()
		a := &publisher{t: t, p: p, client: &http.Client{Transport: p.RoundTripper("app")}, url: "http://localhost:4566/"}
		a.start()
		arn := a.subscribe("lambda", "arn:aws:lambda:eu-west-1:123456789012:function:on-lead", "FilterPolicy", `{"tenant":["acme"]}`)
		for _, tenant := range []string{"acme", "rival"} {
			a.ask("sns", "Action", "Publish", "TopicArn", farTopic, "Message", "lead of "+tenant, "Subject", "a lead",
				"MessageAttributes.entry.1.Name", "tenant", "MessageAttributes.entry.1.Value.DataType", "String", "MessageAttributes.entry.1.Value.StringValue", tenant)
		}
		synctest.Wait()
		if len(got) != 1 || len(got[0].Records) != 1 {
			t.Fatalf("%+v", got)
		}
		r := got[0].Records[0]
		if r.EventVersion != "1.0" || r.EventSource != "aws:sns" || r.EventSubscriptionArn != arn {
			t.Errorf("%+v", r)
		}
		m := r.Sns
		if m.Type != "Notification" || m.TopicArn != farTopic || m.Message != "lead of acme" || m.Subject == nil || *m.Subject != "a lead" || m.MessageId == "" ||
			m.Timestamp != "2000-01-01T00:00:00.000Z" || m.SignatureVersion != "1" || m.Signature == "" || m.SigningCertUrl == "" || m.UnsubscribeUrl == "" {
			t.Errorf("%+v", m)
		}
		if tenant := m.MessageAttributes["tenant"]; len(m.MessageAttributes) != 1 || tenant.Type != "String" || tenant.Value != "acme" {
			t.Errorf("%+v", m.MessageAttributes)
		}
	})
}
