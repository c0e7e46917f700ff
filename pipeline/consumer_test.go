package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// rest sends one request of a REST service and returns the answer's body; it must succeed.
func (c *client) rest(method, service, path, body string) string {
	c.t.Helper()
	r := c.request("AmazonSQS.x", body)
	r.Method, r.URL.Path = method, path
	r.Header.Del("X-Amz-Target")
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/sqs/", "/"+service+"/", 1))
	got, err := c.transport.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer got.Body.Close()
	answer, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode >= 300 {
		c.t.Fatalf("%s %s: %d %s %v", method, path, got.StatusCode, answer, err)
	}
	return string(answer)
}

func (c *client) queue(name, attributes string) string {
	c.call("AmazonSQS.CreateQueue", `{"QueueName":"`+name+`","Attributes":{`+attributes+`}}`)
	return "arn:aws:sqs" + arnBase + name
}

func (c *client) send(queue, body string, more string) {
	c.call("AmazonSQS.SendMessage", `{"QueueUrl":"http://localhost:4566/`+account+`/`+queue+`","MessageBody":`+strconv.Quote(body)+more+`}`)
}

// drain returns the bodies of all visible messages.
func (c *client) drain(queue string) (bodies []string) {
	for {
		var got struct{ Messages []struct{ Body string } }
		answer := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"http://localhost:4566/`+c.account+`/`+queue+`","MaxNumberOfMessages":10}`)
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			c.t.Fatal(err)
		}
		if len(got.Messages) == 0 {
			return bodies
		}
		for _, m := range got.Messages {
			bodies = append(bodies, m.Body)
		}
	}
}

func (c *client) depth(queue string) string {
	return c.call("AmazonSQS.GetQueueAttributes", `{"QueueUrl":"http://localhost:4566/`+account+`/`+queue+`","AttributeNames":["ApproximateNumberOfMessages","ApproximateNumberOfMessagesNotVisible"]}`)
}

const nothing = `{"Attributes":{"ApproximateNumberOfMessages":"0","ApproximateNumberOfMessagesNotVisible":"0"}}`

// batches is a function that keeps what it is called with.
type batches struct {
	mu     sync.Mutex
	bodies []string // "a b c" of each call
	answer func(bodies []string, ids map[string]string) (any, error)
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

// seen returns the batches so far.
func (b *batches) seen() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.bodies)
}

func (b *batches) handle(_ context.Context, in records) (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []string
	ids := map[string]string{}
	for _, r := range in.Records {
		body, id := r.Body, r.MessageID
		if id == "" {
			body, id = r.Dynamodb.NewImage["pk"]["S"], r.Dynamodb.SequenceNumber
		}
		list = append(list, body)
		ids[body] = id
	}
	b.bodies = append(b.bodies, strings.Join(list, " "))
	return b.answer(list, ids)
}

func failures(ids ...string) any {
	list := []map[string]string{}
	for _, id := range ids {
		list = append(list, map[string]string{"itemIdentifier": id})
	}
	return map[string]any{"batchItemFailures": list}
}

// run starts a pipeline and a client of it, inside a bubble.
func run(t *testing.T, o pipeline.Options) (*pipeline.Pipeline, *client) {
	p := pipeline.New(o)
	t.Cleanup(func() { p.Close() })
	return p, inProcess(t, p)
}

func TestMapping_partial_batch_of_a_queue_R1_4(t *testing.T) {
	b := &batches{answer: func(bodies []string, ids map[string]string) (any, error) {
		if slices.Contains(bodies, "poison") {
			return failures(ids["poison"]), nil
		}
		return failures(), nil
	}}
	synctest.Test(t, func(t *testing.T) {
		p, c := run(t, pipeline.Options{Functions: map[string]any{"worker": b.handle}})
		dead := c.queue("dead", "")
		source := c.queue("jobs", `"VisibilityTimeout":"30","RedrivePolicy":"{\"deadLetterTargetArn\":\"`+dead+`\",\"maxReceiveCount\":\"2\"}"`)
		for _, body := range []string{"a", "poison", "b", "ignored"} {
			c.send("jobs", body, "")
		}
		made := c.rest("POST", "lambda", "/2015-03-31/event-source-mappings", `{"EventSourceArn":"`+source+`","FunctionName":"worker","BatchSize":10,`+
			`"FunctionResponseTypes":["ReportBatchItemFailures"],"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":[{\"anything-but\":\"ignored\"}]}"}]}}`)
		if !strings.Contains(made, `"State":"Creating"`) || !strings.Contains(made, `"BatchSize":10`) {
			t.Errorf("created %s", made)
		}
		time.Sleep(2 * time.Minute)
		if want := []string{"a poison b", "poison"}; !slices.Equal(b.seen(), want) {
			t.Errorf("batches %q, want %q", b.seen(), want)
		}
		if got := c.drain("dead"); !slices.Equal(got, []string{"poison"}) || c.depth("jobs") != nothing {
			t.Errorf("dead letters %q, left %s", got, c.depth("jobs"))
		}
		hops, _ := p.Hops(0)
		var told []string
		for _, h := range hops {
			if h.Reason != nil && (h.Kind == event.KindRetry || h.Kind == event.KindMatch && h.Outcome == event.Filtered) {
				told = append(told, string(h.Kind)+" "+h.Reason.Code)
			}
		}
		if want := []string{"match PatternMismatch", "retry BatchItemFailures", "retry BatchItemFailures"}; !slices.Equal(told, want) {
			t.Errorf("the history tells %q, want %q", told, want)
		}
	})
}

func TestMapping_keeps_the_order_of_a_message_group(t *testing.T) {
	calls := 0
	b := &batches{answer: func(bodies []string, ids map[string]string) (any, error) {
		if calls++; calls == 1 {
			return failures(ids["g2"], ids["g3"]), nil
		}
		return nil, nil
	}}
	synctest.Test(t, func(t *testing.T) {
		_, c := run(t, pipeline.Options{Functions: map[string]any{"worker": b.handle}})
		source := c.queue("jobs.fifo", `"FifoQueue":"true","ContentBasedDeduplication":"true","VisibilityTimeout":"30"`)
		for i := range 3 {
			c.send("jobs.fifo", fmt.Sprint("g", i+1), `,"MessageGroupId":"g"`)
		}
		c.rest("POST", "lambda", "/2015-03-31/event-source-mappings", `{"EventSourceArn":"`+source+`","FunctionName":"worker","FunctionResponseTypes":["ReportBatchItemFailures"]}`)
		synctest.Wait()
		c.send("jobs.fifo", "g4", `,"MessageGroupId":"g"`)
		c.send("jobs.fifo", "h1", `,"MessageGroupId":"h"`)
		time.Sleep(time.Minute)
		if want := []string{"g1 g2 g3", "h1", "g2 g3 g4"}; !slices.Equal(b.seen(), want) || c.depth("jobs.fifo") != nothing {
			t.Errorf("batches %q, want %q; left %s", b.seen(), want, c.depth("jobs.fifo"))
		}
	})
}

func TestMapping_bisects_a_stream_around_a_poison_record_R1_4(t *testing.T) {
	b := &batches{answer: func(bodies []string, _ map[string]string) (any, error) {
		if slices.Contains(bodies, "poison") {
			return nil, fmt.Errorf("cannot swallow it")
		}
		return nil, nil
	}}
	synctest.Test(t, func(t *testing.T) {
		p, c := run(t, pipeline.Options{Functions: map[string]any{"reader": b.handle}})
		c.call("DynamoDB_20120810.CreateTable", `{"TableName":"items","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],`+
			`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}`)
		var described struct {
			Table struct{ LatestStreamArn string }
		}
		if err := json.Unmarshal([]byte(c.call("DynamoDB_20120810.DescribeTable", `{"TableName":"items"}`)), &described); err != nil {
			t.Fatal(err)
		}
		dead := c.queue("dead", "")
		for _, pk := range []string{"a", "b", "poison", "c"} {
			c.call("DynamoDB_20120810.PutItem", `{"TableName":"items","Item":{"pk":{"S":"`+pk+`"}}}`)
		}
		made := c.rest("POST", "lambda", "/2015-03-31/event-source-mappings", `{"EventSourceArn":"`+described.Table.LatestStreamArn+`","FunctionName":"reader","StartingPosition":"TRIM_HORIZON",`+
			`"BisectBatchOnFunctionError":true,"MaximumRetryAttempts":1,"DestinationConfig":{"OnFailure":{"Destination":"`+dead+`"}}}`)
		time.Sleep(time.Minute)
		if want := []string{"a b poison c", "a b", "poison c", "poison", "poison", "c"}; !slices.Equal(b.seen(), want) {
			t.Errorf("batches %q, want %q", b.seen(), want)
		}
		letters := c.drain("dead")
		if len(letters) != 1 {
			t.Fatalf("letters %q", letters)
		}
		for _, part := range []string{`"condition":"RetryAttemptsExhausted","approximateInvokeCount":2}`, `"functionError":"Unhandled"`, `"DDBStreamBatchInfo":{"shardId":"shardId-`, `"batchSize":1,"streamArn":"` + described.Table.LatestStreamArn} {
			if !strings.Contains(letters[0], part) {
				t.Errorf("%s is not in %s", part, letters[0])
			}
		}
		var id struct{ UUID string }
		if err := json.Unmarshal([]byte(made), &id); err != nil {
			t.Fatal(err)
		}
		path := "/2015-03-31/event-source-mappings/" + id.UUID
		if got := c.rest("GET", "lambda", path, ""); !strings.Contains(got, `"State":"Enabled"`) || !strings.Contains(got, `"LastProcessingResult":"OK"`) {
			t.Errorf("got %s", got)
		}
		c.rest("PUT", "lambda", path, `{"Enabled":false}`)
		c.call("DynamoDB_20120810.PutItem", `{"TableName":"items","Item":{"pk":{"S":"late"}}}`)
		synctest.Wait()
		waits := func(q event.Pending) bool { return q.Place == "mapping:items/reader" && q.Count == 1 && !q.Work }
		if q := p.Settle(t.Context()); !slices.ContainsFunc(q.Pending, waits) || len(b.seen()) != 6 {
			t.Errorf("pending %+v, batches %q", q.Pending, b.seen())
		}
		if list := c.rest("GET", "lambda", "/2015-03-31/event-source-mappings/", ""); strings.Count(list, `"UUID"`) != 1 {
			t.Errorf("list %s", list)
		}
		c.rest("DELETE", "lambda", path, "")
	})
}

func TestMapping_loses_and_repeats_what_interceptors_say(t *testing.T) {
	b := &batches{answer: func([]string, map[string]string) (any, error) { return nil, nil }}
	mutant := engine.Interceptor{Hop: func(_ context.Context, _ event.Hop, d event.Delivery) []event.Delivery {
		switch {
		case d.To == "function:worker" && strings.Contains(d.Event.Body, `"body":"lost"`):
			return nil
		case d.To == "function:worker" && strings.Contains(d.Event.Body, `"body":"twice"`):
			return []event.Delivery{d, d}
		}
		return []event.Delivery{d}
	}}
	synctest.Test(t, func(t *testing.T) {
		_, c := run(t, pipeline.Options{Functions: map[string]any{"worker": b.handle}, Interceptors: []engine.Interceptor{mutant}})
		source := c.queue("jobs", "")
		for _, body := range []string{"lost", "twice", "once"} {
			c.send("jobs", body, "")
		}
		c.rest("POST", "lambda", "/2015-03-31/event-source-mappings", `{"EventSourceArn":"`+source+`","FunctionName":"worker"}`)
		time.Sleep(time.Hour)
		if want := []string{"twice twice once"}; !slices.Equal(b.seen(), want) || c.depth("jobs") != nothing {
			t.Errorf("batches %q, left %s", b.seen(), c.depth("jobs"))
		}
	})
}

func TestPipe_from_a_queue_looks_into_JSON_bodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := run(t, pipeline.Options{})
		source, target := c.queue("in", ""), c.queue("out", "")
		c.rest("POST", "pipes", "/v1/pipes/p", `{"Source":"`+source+`","Target":"`+target+`","RoleArn":"arn:aws:iam::`+account+`:role/pipe",`+
			`"SourceParameters":{"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":{\"kind\":[\"lead\"]}}"}]}},`+
			`"TargetParameters":{"InputTemplate":"{\"name\":<$.body.name>,\"tags\":<$.body.tags>,\"from\":\"<$.eventSource>\"}"}}`)
		c.send("in", `{"kind":"lead","name":"Ada \"L\"","tags":["x",1]}`, "")
		c.send("in", `{"kind":"contact"}`, "")
		c.send("in", `no JSON`, "")
		time.Sleep(time.Minute)
		if got, want := c.drain("out"), []string{`{"name":"Ada \"L\"","tags":["x",1],"from":"aws:sqs"}`}; !slices.Equal(got, want) || c.depth("in") != nothing {
			t.Errorf("got %q, want %q; left %s", got, want, c.depth("in"))
		}
	})
}

func TestPipe_from_a_queue_leaves_what_fails_to_the_queue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c := run(t, pipeline.Options{})
		dead := c.queue("dead", "")
		source := c.queue("in", `"VisibilityTimeout":"10","RedrivePolicy":"{\"deadLetterTargetArn\":\"`+dead+`\",\"maxReceiveCount\":\"3\"}"`)
		c.rest("POST", "pipes", "/v1/pipes/p", `{"Source":"`+source+`","Target":"arn:aws:sqs`+arnBase+`nowhere","RoleArn":"arn:aws:iam::`+account+`:role/pipe"}`)
		c.send("in", "hello", "")
		time.Sleep(time.Minute)
		if got := c.drain("dead"); !slices.Equal(got, []string{"hello"}) {
			t.Errorf("dead letters %q", got)
		}
		hops, _ := p.Hops(0)
		retries := slices.DeleteFunc(hops, func(h event.Hop) bool { return h.Kind != event.KindRetry })
		if len(retries) != 3 || retries[0].Reason.Code != "AWS.SimpleQueueService.NonExistentQueue" || retries[0].Due.Sub(retries[0].At) != 10*time.Second {
			t.Errorf("retries %+v", retries)
		}
	})
}

func TestSchedule_to_a_bus_of_another_account(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c := run(t, pipeline.Options{})
		other := inProcess(t, p)
		other.account = "999999999999"
		other.call("AWSEvents.CreateEventBus", `{"Name":"shared"}`)
		other.call("AmazonSQS.CreateQueue", `{"QueueName":"ticks"}`)
		other.call("AWSEvents.PutRule", `{"Name":"all","EventBusName":"shared","EventPattern":"{\"account\":[\"999999999999\"]}"}`)
		other.call("AWSEvents.PutTargets", `{"Rule":"all","EventBusName":"shared","Targets":[{"Id":"q","Arn":"arn:aws:sqs:us-east-1:999999999999:ticks"}]}`)
		c.rest("POST", "scheduler", "/schedules/hourly", `{"ScheduleExpression":"cron(0 * * * ? *)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"RoleArn":"arn:aws:iam::`+account+`:role/s",`+
			`"Arn":"arn:aws:events:us-east-1:999999999999:event-bus/shared","Input":"{\"n\":1}","EventBridgeParameters":{"DetailType":"Tick","Source":"clock"}}}`)
		time.Sleep(30*24*time.Hour - time.Minute)
		if got := other.drain("ticks"); len(got) != 4*24 { // the queue keeps messages for four days
			t.Errorf("%d ticks", len(got))
		} else if !strings.Contains(got[0], `"detail-type":"Tick"`) || !strings.Contains(got[0], `"detail":{"n":1}`) {
			t.Errorf("tick %s", got[0])
		}
	})
}

func TestPipe_to_a_log_group(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c := run(t, pipeline.Options{})
		source := c.queue("in", "")
		c.rest("POST", "pipes", "/v1/pipes/p", `{"Source":"`+source+`","Target":"arn:aws:logs`+arnBase+`log-group:audit","RoleArn":"arn:aws:iam::`+account+`:role/pipe"}`)
		c.send("in", "hello", "")
		time.Sleep(time.Second)
		hops, _ := p.Hops(0)
		arrived := func(h event.Hop) bool {
			return h.Arrives() && h.To == "log:audit" && strings.Contains(h.Event.Body, `"body":"hello"`)
		}
		if !slices.ContainsFunc(hops, arrived) || c.depth("in") != nothing {
			t.Errorf("nothing came to the log group: %+v", hops)
		}
	})
}
