package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// fixture is SQS on an engine of its own, called as a client named "app".
type fixture struct {
	testing.TB
	engine *engine.Engine
	scope  *engine.Scope
	sqs    *Service
}

func newFixture(t testing.TB, o engine.Options) *fixture {
	f := &fixture{TB: t}
	o.Build = func(s *engine.Scope) any { return New(s, Options{}) }
	f.engine = engine.New(o)
	f.scope = f.engine.Scope("000000000001", "us-east-1")
	f.sqs = f.scope.Built().(*Service)
	t.Cleanup(f.engine.Close)
	return f
}

func (f *fixture) call(operation string) *engine.Call {
	return &engine.Call{
		Context: context.Background(), Scope: f.scope, Client: "app", Service: "sqs", Operation: operation, BaseURL: "http://127.0.0.1:4566",
	}
}

// do serves a request as the server does, from JSON to JSON.
func (f *fixture) do(operation, request string) (string, error) {
	c := f.call(operation)
	c.Body = []byte(request)
	answer, err := f.engine.Do(c, func() ([]byte, error) {
		return Operations(f.sqs).Operations[operation].Serve(c, &wire.Request{Body: c.Body}, nil)
	})
	return string(answer), err
}

func (f *fixture) create(name string, attributes ...string) string {
	f.Helper()
	in := &CreateQueueInput{QueueName: name, Attributes: pairs(attributes)}
	out, err := f.sqs.CreateQueue(f.call("CreateQueue"), in)
	if err != nil {
		f.Fatalf("CreateQueue %s: %v", name, err)
	}
	return out.QueueUrl.V
}

func pairs(list []string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	return m
}

func (f *fixture) send(url, body string, delay ...int32) string {
	f.Helper()
	in := &SendMessageInput{QueueUrl: url, MessageBody: body}
	if len(delay) > 0 {
		in.DelaySeconds = wire.Some(delay[0])
	}
	out, err := f.sqs.SendMessage(f.call("SendMessage"), in)
	if err != nil {
		f.Fatalf("SendMessage: %v", err)
	}
	return out.MessageId.V
}

// receive takes up to limit messages, with all attributes.
func (f *fixture) receive(url string, limit, wait int32) []Message {
	f.Helper()
	out, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), &ReceiveMessageInput{
		QueueUrl: url, MaxNumberOfMessages: wire.Some(limit), WaitTimeSeconds: wire.Some(wait),
		MessageSystemAttributeNames: []string{"All"}, MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		f.Fatalf("ReceiveMessage: %v", err)
	}
	return out.Messages
}

func (f *fixture) delete(url, handle string) {
	f.Helper()
	if _, err := f.sqs.DeleteMessage(f.call("DeleteMessage"), &DeleteMessageInput{QueueUrl: url, ReceiptHandle: handle}); err != nil {
		f.Fatalf("DeleteMessage: %v", err)
	}
}

func (f *fixture) change(url, handle string, seconds int32) error {
	_, err := f.sqs.ChangeMessageVisibility(f.call("ChangeMessageVisibility"), &ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: handle, VisibilityTimeout: seconds})
	return err
}

func (f *fixture) attribute(url, name string) string {
	f.Helper()
	out, err := f.sqs.GetQueueAttributes(f.call("GetQueueAttributes"), &GetQueueAttributesInput{QueueUrl: url, AttributeNames: []string{name}})
	if err != nil {
		f.Fatalf("GetQueueAttributes: %v", err)
	}
	return out.Attributes[name]
}

// counts returns visible, in flight and delayed messages.
func (f *fixture) counts(url string) [3]string {
	f.Helper()
	return [3]string{
		f.attribute(url, QueueAttributeNameApproximateNumberOfMessages), f.attribute(url, QueueAttributeNameApproximateNumberOfMessagesNotVisible),
		f.attribute(url, QueueAttributeNameApproximateNumberOfMessagesDelayed),
	}
}

func (f *fixture) hops(kinds ...event.Kind) []event.Hop {
	hops, _ := f.engine.Hops(0)
	var kept []event.Hop
	for _, h := range hops {
		for _, k := range kinds {
			if h.Kind == k {
				kept = append(kept, h)
			}
		}
	}
	return kept
}

func bodies(messages []Message) []string {
	list := []string{}
	for _, m := range messages {
		list = append(list, m.Body.V)
	}
	return list
}

// wantError checks code, as SDKs report it, and text of an AWS error.
func wantError(t testing.TB, err error, code, text string) {
	t.Helper()
	e, ok := errors.AsType[*wire.Error](err)
	if !ok {
		t.Fatalf("error %v, want %s", err, code)
	}
	if e.ErrorCode() != code || e.Message != text {
		t.Errorf("error %s: %s\nwant  %s: %s", e.ErrorCode(), e.Message, code, text)
	}
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
