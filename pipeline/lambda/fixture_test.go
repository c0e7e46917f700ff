package lambda_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
)

const (
	account  = "123456789012"
	queueARN = "arn:aws:sqs:us-east-1:" + account + ":"
	mappings = "/2015-03-31/event-source-mappings"
)

// fixture is a pipeline with the queues "jobs" and "dead", the table "items" with a stream, and the function "worker", which does
// what the test says.
type fixture struct {
	*testing.T
	pipeline *pipeline.Pipeline
	stream   string // ARN

	mu     sync.Mutex
	work   func(bodies []string, ids map[string]string) (any, error)
	takes  time.Duration // of a call
	calls  []string      // the bodies of each: "a b c"
	now    int           // calls that run
	mostly int           // calls that ran at the same time
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, body func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fixture{T: t}
		f.pipeline = pipeline.New(pipeline.Options{Functions: map[string]any{"worker": f.handle, "other": f.handle}})
		defer f.pipeline.Close()
		f.call("AmazonSQS.CreateQueue", `{"QueueName":"jobs","Attributes":{"VisibilityTimeout":"60"}}`)
		f.call("AmazonSQS.CreateQueue", `{"QueueName":"dead"}`)
		table := f.call("DynamoDB_20120810.CreateTable", `{"TableName":"items","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],`+
			`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}`)
		var made struct {
			TableDescription struct{ LatestStreamArn string }
		}
		if err := json.Unmarshal([]byte(table), &made); err != nil {
			t.Fatal(err)
		}
		f.stream = made.TableDescription.LatestStreamArn
		body(f)
	})
}

type records struct {
	Records []struct {
		MessageID string `json:"messageId"`
		Body      string `json:"body"`
		Dynamodb  struct {
			SequenceNumber string
			NewImage       map[string]map[string]string
		} `json:"dynamodb"`
	}
}

// handle is the function. It tells the test what a call brought, in bodies of messages or keys of items, with their identifiers.
//
//tidy:bubble bubble runs what calls it
func (f *fixture) handle(_ context.Context, in records) (any, error) {
	var bodies []string
	ids := map[string]string{}
	for _, r := range in.Records {
		body, id := r.Body, r.MessageID
		if id == "" {
			body, id = r.Dynamodb.NewImage["pk"]["S"], r.Dynamodb.SequenceNumber
		}
		bodies, ids[body] = append(bodies, body), id
	}
	f.mu.Lock()
	f.calls = append(f.calls, strings.Join(bodies, " "))
	f.now++
	f.mostly = max(f.mostly, f.now)
	takes, work := f.takes, f.work
	f.mu.Unlock()
	time.Sleep(takes)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now--
	if work == nil {
		return nil, nil
	}
	return work(bodies, ids)
}

// pass lets time pass.
//
//tidy:bubble bubble runs what calls it
func (f *fixture) pass(d time.Duration) { time.Sleep(d) }

// does says what the function is to do. It holds the fixture's lock when it does that.
func (f *fixture) does(work func(bodies []string, ids map[string]string) (any, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.work = work
}

// most returns how many calls ran at the same time, at most.
func (f *fixture) most() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mostly
}

// seen returns the calls so far, and forgets them.
func (f *fixture) seen() (calls []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls, f.calls = f.calls, nil
	return calls
}

func (f *fixture) want(what string, got []string, want ...string) {
	f.Helper()
	if !slices.Equal(got, want) {
		f.Errorf("%s: %q, want %q", what, got, want)
	}
}

// try sends one request, signed for a service: to a path of a REST service, or with a target to a JSON one.
func (f *fixture) try(method, path, target, service, body string) (status int, answer string) {
	f.Helper()
	r, err := http.NewRequest(method, "http://localhost:4566"+path, strings.NewReader(body))
	if err != nil {
		f.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+account+"/20260102/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	got, err := f.pipeline.RoundTripper("app").RoundTrip(r)
	if err != nil {
		f.Fatal(err)
	}
	all, err := io.ReadAll(got.Body)
	if err != nil {
		f.Fatal(err)
	}
	return got.StatusCode, string(all)
}

func (f *fixture) call(target, body string) string {
	f.Helper()
	service := map[string]string{"AmazonSQS": "sqs", "DynamoDB_20120810": "dynamodb"}[target[:strings.IndexByte(target, '.')]]
	status, answer := f.try("POST", "/", target, service, body)
	if status != http.StatusOK {
		f.Fatalf("%s: %d %s", target, status, answer)
	}
	return answer
}

// mapping is what the operations tell.
type mapping struct {
	UUID, State, EventSourceArn, FunctionArn, LastProcessingResult string
	BatchSize, ParallelizationFactor                               int
	MaximumRetryAttempts                                           *int
	FunctionResponseTypes                                          []string
	NextMarker                                                     string
	EventSourceMappings                                            []mapping
}

// mapped calls an operation on mappings, which must succeed.
func (f *fixture) mapped(method, path, body string) (m mapping) {
	f.Helper()
	status, answer := f.try(method, mappings+path, "", "lambda", body)
	if status/100 != 2 {
		f.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	if err := json.Unmarshal([]byte(answer), &m); err != nil {
		f.Fatal(err)
	}
	return m
}

// ofQueue and ofStream make a mapping to the worker with more settings: `,"BatchSize":3`.
func (f *fixture) ofQueue(more string) mapping {
	f.Helper()
	return f.mapped("POST", "", `{"EventSourceArn":"`+queueARN+`jobs","FunctionName":"worker"`+more+`}`)
}

func (f *fixture) ofStream(more string) mapping {
	f.Helper()
	return f.mapped("POST", "", `{"EventSourceArn":"`+f.stream+`","FunctionName":"worker","StartingPosition":"TRIM_HORIZON"`+more+`}`)
}

func (f *fixture) send(bodies ...string) {
	f.Helper()
	for _, body := range bodies {
		f.call("AmazonSQS.SendMessage", `{"QueueUrl":"http://localhost:4566/`+account+`/jobs","MessageBody":"`+body+`"}`)
	}
}

func (f *fixture) write(keys ...string) {
	f.Helper()
	for _, key := range keys {
		f.call("DynamoDB_20120810.PutItem", `{"TableName":"items","Item":{"pk":{"S":"`+key+`"}}}`)
	}
}

// depth tells how many messages a queue has, visible and not.
func (f *fixture) depth(queue string) string {
	f.Helper()
	var got struct{ Attributes map[string]string }
	answer := f.call("AmazonSQS.GetQueueAttributes", `{"QueueUrl":"http://localhost:4566/`+account+`/`+queue+`","AttributeNames":["All"]}`)
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		f.Fatal(err)
	}
	return got.Attributes["ApproximateNumberOfMessages"] + "+" + got.Attributes["ApproximateNumberOfMessagesNotVisible"]
}

// word returns the only message of the dead-letter queue.
func (f *fixture) word() (word struct {
	RequestContext struct {
		FunctionArn, Condition string
		ApproximateInvokeCount int
	}
	ResponseContext    map[string]any
	DDBStreamBatchInfo struct {
		BatchSize                              int
		StartSequenceNumber, EndSequenceNumber string
		StreamArn                              string
	}
}) {
	f.Helper()
	var got struct{ Messages []struct{ Body string } }
	answer := f.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"http://localhost:4566/`+account+`/dead","MaxNumberOfMessages":10}`)
	if err := json.Unmarshal([]byte(answer), &got); err != nil || len(got.Messages) != 1 {
		f.Fatalf("dead letters %s, want one", answer)
	}
	if err := json.Unmarshal([]byte(got.Messages[0].Body), &word); err != nil {
		f.Fatal(err)
	}
	return word
}

func (f *fixture) hops(kind event.Kind, outcome event.Outcome) []event.Hop {
	all, _ := f.pipeline.Hops(0)
	return slices.DeleteFunc(all, func(h event.Hop) bool { return h.Kind != kind || h.Outcome != outcome })
}

// report is a function's answer that names items that failed.
func report(ids ...string) any {
	list := []map[string]string{}
	for _, id := range ids {
		list = append(list, map[string]string{"itemIdentifier": id})
	}
	return map[string]any{"batchItemFailures": list}
}

var errPoison = fmt.Errorf("poison")

// failsFor fails calls that bring this body.
func failsFor(body string) func([]string, map[string]string) (any, error) {
	return func(bodies []string, _ map[string]string) (any, error) {
		if slices.Contains(bodies, body) {
			return nil, errPoison
		}
		return nil, nil
	}
}
