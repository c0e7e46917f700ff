package pipeline_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
)

const (
	account = "123456789012"
	arnBase = ":us-east-1:" + account + ":"
)

// contactFlow lays table -> stream -> pipe -> bus -> rule -> queue.
func contactFlow(t testing.TB, c *client) {
	t.Helper()
	table := c.call("DynamoDB_20120810.CreateTable", `{"TableName":"contacts","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],`+
		`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}`)
	var made struct {
		TableDescription struct{ LatestStreamArn string }
	}
	if err := json.Unmarshal([]byte(table), &made); err != nil {
		t.Fatal(err)
	}
	c.call("AWSEvents.CreateEventBus", `{"Name":"crm"}`)
	c.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
	c.call("AWSEvents.PutRule", `{"Name":"acme","EventBusName":"crm","EventPattern":"{\"detail\":{\"dynamodb\":{\"NewImage\":{\"tenant\":{\"S\":[\"acme\"]}}}}}"}`)
	c.call("AWSEvents.PutTargets", `{"Rule":"acme","EventBusName":"crm","Targets":[{"Id":"q","Arn":"arn:aws:sqs`+arnBase+`leads"}]}`)
	r := c.request("AmazonSQS.x", `{"Source":"`+made.TableDescription.LatestStreamArn+`","SourceParameters":{"DynamoDBStreamParameters":{"StartingPosition":"TRIM_HORIZON"}},`+
		`"Target":"arn:aws:events`+arnBase+`event-bus/crm","RoleArn":"arn:aws:iam::`+account+`:role/pipe",`+
		`"TargetParameters":{"EventBridgeEventBusParameters":{"DetailType":"$.dynamodb.NewImage.type.S","Source":"crm.contact"}}}`)
	r.Header.Del("X-Amz-Target")
	r.URL.Path = "/v1/pipes/contacts"
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/sqs/", "/pipes/", 1))
	got, err := c.transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if answer, _ := io.ReadAll(got.Body); got.StatusCode != http.StatusOK {
		t.Fatalf("CreatePipe: %d %s", got.StatusCode, answer)
	}
}

func contact(tenant string, version int) string {
	return `{"TableName":"contacts","Item":{"pk":{"S":"` + tenant + `-1"},"tenant":{"S":"` + tenant + `"},"type":{"S":"ContactCreated"},"version":{"N":"` + strconv.Itoa(version) + `"}}}`
}

// TestFlow_from_table_to_queue_R1_1 writes two items and follows both: one arrives, the other is stopped by the rule, which says why.
func TestFlow_from_table_to_queue_R1_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New(pipeline.Options{})
		defer p.Close()
		c := inProcess(t, p)
		contactFlow(t, c)
		p.Settle(t.Context())
		before, _ := p.Engine().LastSeq()
		for _, tenant := range []string{"acme", "rival"} {
			r := c.request("DynamoDB_20120810.PutItem", contact(tenant, 1))
			if got, err := c.transport.RoundTrip(r.WithContext(event.WithCorrelation(t.Context(), "flow-"+tenant))); err != nil || got.StatusCode != 200 {
				t.Fatal(got, err)
			}
		}
		got := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+queueURL+`","WaitTimeSeconds":20}`)
		if !strings.Contains(got, "acme-1") || !strings.Contains(got, `\"detail-type\":\"ContactCreated\"`) || strings.Contains(got, "rival-1") {
			t.Errorf("received %s", got)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if q := p.Settle(ctx); q.Quiet || len(q.Pending) == 0 {
			t.Errorf("a consumer holds a message, and the pipeline is quiet: %+v", q)
		}
		hops, _ := p.Hops(before)
		var arrived, filtered bool
		for _, h := range hops {
			arrived = arrived || h.CorrelationID == "flow-acme" && h.Arrives() && h.To == "queue:leads"
			if h.CorrelationID == "flow-rival" && h.Outcome == event.Filtered {
				filtered = h.Reason != nil && len(h.Reason.Mismatches) == 1 && h.Reason.Mismatches[0].Got == `"rival"`
			}
			if h.CorrelationID == "" {
				t.Errorf("hop %d is unattributed: %s %s -> %s", h.Seq, h.Kind, h.From, h.To)
			}
		}
		if !arrived || !filtered {
			hopsText, _ := json.MarshalIndent(hops, "", " ")
			t.Errorf("arrived %v, filtered with its reason %v: %s", arrived, filtered, hopsText)
		}
		if joined := p.Topology(account).Edges; len(joined) < 5 {
			t.Errorf("table, stream, pipe, bus, rule and queue are joined by %+v only", joined)
		}
	})
}

// BenchmarkLoopback_flow is one write that travels table -> stream -> pipe -> bus -> rule -> queue to a waiting consumer.
func BenchmarkLoopback_flow(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	c := overTCP(b, p)
	contactFlow(b, c)
	for version := 1; b.Loop(); version++ { // a write that changes nothing leaves no record
		c.call("DynamoDB_20120810.PutItem", contact("acme", version))
		got := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+queueURL+`","WaitTimeSeconds":20}`)
		if !strings.Contains(got, "acme-1") {
			b.Fatal(got)
		}
	}
}

// BenchmarkRoundTrip_flow is the same line in process: what the pipeline itself spends on one event, receipt and deletion included.
func BenchmarkRoundTrip_flow(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	c := inProcess(b, p)
	contactFlow(b, c)
	b.ReportAllocs()
	for version := 1; b.Loop(); version++ {
		c.call("DynamoDB_20120810.PutItem", contact("acme", version))
		got := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+queueURL+`","WaitTimeSeconds":20}`)
		_, handle, found := strings.Cut(got, `"ReceiptHandle":"`)
		if !found {
			b.Fatal(got)
		}
		handle, _, _ = strings.Cut(handle, `"`)
		c.call("AmazonSQS.DeleteMessage", `{"QueueUrl":"`+queueURL+`","ReceiptHandle":"`+handle+`"}`)
	}
}
