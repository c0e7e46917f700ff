package tap_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/backend/remote"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/tap"
	"github.com/dyetrace/dyetrace/pipeline"
)

type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// rig is a system under test: an account of a backend, set up as an application would be.
type rig struct {
	t   failer
	ctx context.Context
	b   backend.Backend
	aws awsapi.Client
}

func newRig(ctx context.Context, t failer, b backend.Backend) *rig {
	return &rig{t: t, ctx: ctx, b: b, aws: awsapi.New(b.Endpoint("app"))}
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) json(service awsapi.JSONService, operation string, in map[string]any) map[string]any {
	r.t.Helper()
	var out map[string]any
	r.must(r.aws.JSON(r.ctx, service, operation, in, &out))
	return out
}

func (r *rig) bus(name string) {
	r.t.Helper()
	r.json(awsapi.EventBridge, "CreateEventBus", map[string]any{"Name": name})
}

// queue makes a queue and returns its ARN.
func (r *rig) queue(name string, attributes ...string) string {
	r.t.Helper()
	all := map[string]string{}
	for i := 0; i < len(attributes); i += 2 {
		all[attributes[i]] = attributes[i+1]
	}
	r.json(awsapi.SQS, "CreateQueue", map[string]any{"QueueName": name, "Attributes": all})
	e := r.aws.Endpoint()
	return fmt.Sprintf("arn:aws:sqs:%s:%s:%s", e.Region, e.AccountID, name)
}

// rule makes a rule with one target; target has members beside Id and Arn.
func (r *rig) rule(bus, name, pattern, arn string, target ...map[string]any) {
	r.t.Helper()
	r.json(awsapi.EventBridge, "PutRule", map[string]any{"Name": name, "EventBusName": bus, "EventPattern": pattern})
	one := map[string]any{"Id": "1", "Arn": arn}
	for _, more := range target {
		for k, v := range more {
			one[k] = v
		}
	}
	r.json(awsapi.EventBridge, "PutTargets", map[string]any{"Rule": name, "EventBusName": bus, "Targets": []any{one}})
}

func (r *rig) put(bus, source, typ, detail string) {
	r.t.Helper()
	r.json(awsapi.EventBridge, "PutEvents", map[string]any{"Entries": []any{map[string]any{"EventBusName": bus, "Source": source, "DetailType": typ, "Detail": detail}}})
}

func (r *rig) topic(name string) string {
	r.t.Helper()
	form := url.Values{"Name": {name}}
	if strings.HasSuffix(name, ".fifo") {
		form.Set("Attributes.entry.1.key", "FifoTopic")
		form.Set("Attributes.entry.1.value", "true")
	}
	var out struct{ TopicArn string }
	r.must(r.aws.Query(r.ctx, awsapi.SNS, "CreateTopic", form, &out))
	return out.TopicArn
}

func (r *rig) subscribe(topic, queue string, attributes ...string) {
	r.t.Helper()
	form := url.Values{"TopicArn": {topic}, "Protocol": {"sqs"}, "Endpoint": {queue}}
	for i := 0; i < len(attributes); i += 2 {
		form.Set(fmt.Sprintf("Attributes.entry.%d.key", i/2+1), attributes[i])
		form.Set(fmt.Sprintf("Attributes.entry.%d.value", i/2+1), attributes[i+1])
	}
	r.must(r.aws.Query(r.ctx, awsapi.SNS, "Subscribe", form, nil))
}

// publish sends a message with string attributes, and into a group if the topic is a FIFO one.
func (r *rig) publish(topic, message, group string, attributes ...string) {
	r.t.Helper()
	form := url.Values{"TopicArn": {topic}, "Message": {message}}
	for i := 0; i < len(attributes); i += 2 {
		entry := fmt.Sprintf("MessageAttributes.entry.%d.", i/2+1)
		form.Set(entry+"Name", attributes[i])
		form.Set(entry+"Value.DataType", "String")
		form.Set(entry+"Value.StringValue", attributes[i+1])
	}
	if group != "" {
		form.Set("MessageGroupId", group)
		form.Set("MessageDeduplicationId", message)
	}
	r.must(r.aws.Query(r.ctx, awsapi.SNS, "Publish", form, nil))
}

func (r *rig) send(queue, body string) {
	r.t.Helper()
	e := r.aws.Endpoint()
	r.json(awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": e.URL + "/" + e.AccountID + "/" + queue, "MessageBody": body})
}

// receive takes what is in a queue, as the system's consumer, and deletes it if told to.
func (r *rig) receive(queue string, remove bool) (bodies []string) {
	r.t.Helper()
	worker := awsapi.New(r.b.Endpoint("worker"))
	e := worker.Endpoint()
	address := e.URL + "/" + e.AccountID + "/" + queue
	for {
		var out struct {
			Messages []struct{ Body, ReceiptHandle string }
		}
		r.must(worker.JSON(r.ctx, awsapi.SQS, "ReceiveMessage", map[string]any{"QueueUrl": address, "MaxNumberOfMessages": 10}, &out))
		if len(out.Messages) == 0 {
			return bodies
		}
		for _, m := range out.Messages {
			bodies = append(bodies, m.Body)
			if remove {
				r.must(worker.JSON(r.ctx, awsapi.SQS, "DeleteMessage", map[string]any{"QueueUrl": address, "ReceiptHandle": m.ReceiptHandle}, nil))
			}
		}
	}
}

func (r *rig) table(name string) {
	r.t.Helper()
	r.json(awsapi.DynamoDB, "CreateTable", map[string]any{
		"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": []any{map[string]any{"AttributeName": "pk", "KeyType": "HASH"}},
		"AttributeDefinitions": []any{map[string]any{"AttributeName": "pk", "AttributeType": "S"}},
		"StreamSpecification":  map[string]any{"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
	})
}

func (r *rig) item(table, pk string) {
	r.t.Helper()
	r.json(awsapi.DynamoDB, "PutItem", map[string]any{"TableName": table, "Item": map[string]any{"pk": map[string]any{"S": pk}}})
}

// attach taps a place of the rig's backend and lets it be removed at the end of the test.
func (r *rig) attach(place event.Place, o tap.Options) *tap.Tap {
	r.t.Helper()
	o.Backend = r.b
	return r.attachForeign(place, o)
}

// attachForeign taps it as at an endpoint of which nothing is known.
func (r *rig) attachForeign(place event.Place, o tap.Options) *tap.Tap {
	r.t.Helper()
	t, err := tap.Attach(r.ctx, r.b.Endpoint("observer"), place, o)
	r.must(err)
	return t
}

// settle waits until the backend has come to rest, which takes milliseconds.
func (r *rig) settle() event.Quiescence {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.ctx, 10*time.Second)
	defer stop()
	q, err := r.b.Settle(ctx)
	r.must(err)
	if !q.Quiet {
		r.t.Fatalf("not at rest: %+v", q.Pending)
	}
	return q
}

// received lists what came once the backend has come to rest.
func (r *rig) received(t *tap.Tap) []*observe.Received {
	r.t.Helper()
	r.settle()
	list, err := t.Received(r.ctx)
	r.must(err)
	return list
}

// left lists the queues, rules and subscriptions of taps in the account.
func (r *rig) left() (names []string) {
	r.t.Helper()
	topology, err := r.b.Topology(r.ctx)
	r.must(err)
	for _, p := range topology.Places {
		if strings.Contains(string(p), tap.Prefix) {
			names = append(names, string(p))
		}
	}
	for _, e := range topology.Edges {
		if e.From.Kind() == event.PlaceTopic && strings.Contains(string(e.To), tap.Prefix) {
			names = append(names, "subscription of "+string(e.From))
		}
	}
	return names
}

// everywhere runs a test in a bubble in virtual time, and against a server over TCP in real time.
func everywhere(t *testing.T, body func(t *testing.T, r *rig)) {
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := embedded.New(embedded.Options{Seed: 1, Wait: synctest.Wait})
			defer b.Close()
			body(t, newRig(t.Context(), t, b))
		})
	})
	t.Run("server", func(t *testing.T) {
		body(t, newRig(t.Context(), t, onServer(t, pipeline.Options{})))
	})
}

// onServer starts a server on loopback and returns an account of it.
func onServer(t *testing.T, o pipeline.Options) backend.Backend {
	t.Helper()
	b, err := remote.Open(t.Context(), backendtest.Serve(t, pipeline.New(o)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// texts names received events by type, or by body.
func texts(list []*observe.Received) string {
	var names []string
	for _, r := range list {
		name := r.Document.Type
		if name == "" {
			name = r.Body
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func pretty(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
