package inject_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/inject"
	"github.com/dyetrace/dyetrace/observe"
)

// crm makes a bus whose events go to a queue, a FIFO queue, a topic and a table with a stream.
func crm(ctx context.Context, at backend.Endpoint) error {
	c := awsapi.New(at)
	queue := "arn:aws:sqs:" + at.Region + ":" + at.AccountID + ":leads"
	for _, call := range []struct {
		service   awsapi.JSONService
		operation string
		in        map[string]any
	}{
		{awsapi.SQS, "CreateQueue", map[string]any{"QueueName": "leads"}},
		{awsapi.SQS, "CreateQueue", map[string]any{"QueueName": "accounts.fifo", "Attributes": map[string]any{"FifoQueue": "true"}}},
		{awsapi.EventBridge, "CreateEventBus", map[string]any{"Name": "crm"}},
		{awsapi.EventBridge, "PutRule", map[string]any{"EventBusName": "crm", "Name": "leads", "EventPattern": `{"source":["crm.lead"]}`}},
		{awsapi.EventBridge, "PutTargets", map[string]any{"EventBusName": "crm", "Rule": "leads", "Targets": []any{map[string]any{"Id": "q", "Arn": queue}}}},
		{awsapi.DynamoDB, "CreateTable", map[string]any{
			"TableName": "leads", "BillingMode": "PAY_PER_REQUEST",
			"AttributeDefinitions": []any{map[string]any{"AttributeName": "id", "AttributeType": "S"}},
			"KeySchema":            []any{map[string]any{"AttributeName": "id", "KeyType": "HASH"}},
			"StreamSpecification":  map[string]any{"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
		}},
		{awsapi.DynamoDB, "CreateTable", map[string]any{
			"TableName": "silent", "BillingMode": "PAY_PER_REQUEST",
			"AttributeDefinitions": []any{map[string]any{"AttributeName": "id", "AttributeType": "S"}},
			"KeySchema":            []any{map[string]any{"AttributeName": "id", "KeyType": "HASH"}},
		}},
	} {
		if err := c.JSON(ctx, call.service, call.operation, call.in, nil); err != nil {
			return err
		}
	}
	return c.Query(ctx, awsapi.SNS, "CreateTopic", url.Values{"Name": {"alerts"}}, nil)
}

// An event is put on a bus, and what follows from it is of one transaction.
func ExamplePut() {
	ctx := context.Background()
	b := embedded.New(embedded.Options{})
	defer b.Close()
	if err := crm(ctx, b.Endpoint("setup")); err != nil {
		fmt.Println(err)
	}
	report, err := inject.Put(ctx, b.Endpoint("inject"), inject.At("bus:crm", event.Event{
		Source: "crm.lead", Type: "LeadQualified", Body: `{"lead_id":"L-17"}`,
	}), inject.Options{CorrelationID: "tx-1", CorrelationAt: []string{"detail.correlation_id"}})
	fmt.Println(report.Results[0].Event.Body, err)
	_, _ = b.Settle(ctx)
	hops, _, _ := b.Hops(ctx, 0)
	for _, h := range hops {
		if h.CorrelationID == "tx-1" && h.Arrives() {
			fmt.Println(h.From, "→", h.To)
		}
	}
	// Output:
	// {"correlation_id":"tx-1","lead_id":"L-17"} <nil>
	// client:inject → bus:crm
	// rule:crm/leads → queue:leads
}

// What is wrong is told with its line, and nothing is sent.
func ExampleReadCSV() {
	entries, err := inject.ReadCSV(strings.NewReader(`detail-type,source,detail.lead_id,detail.amount:number,detail.tags.0
LeadQualified,crm.lead,L-17,1200,new
LeadQualified,crm.lead,007,,
`), "bus:crm")
	for _, e := range entries {
		fmt.Println(e.Line, e.Place, e.Event.Body)
	}
	fmt.Println(err)
	_, err = inject.ReadCSV(strings.NewReader("detail.amount:number\nmany\n1\n1 200\n"), "bus:crm")
	fmt.Println(err)
	// Output:
	// 2 bus:crm {"detail":{"amount":1200,"lead_id":"L-17","tags":["new"]},"detail-type":"LeadQualified","source":"crm.lead"}
	// 3 bus:crm {"detail":{"lead_id":"007"},"detail-type":"LeadQualified","source":"crm.lead"}
	// <nil>
	// line 2, column "detail.amount:number": "many" is not a number as in JSON
	// line 4, column "detail.amount:number": "1 200" is not a number as in JSON
}

// A line is the event as it is on the wire, or one that says more.
func ExampleReadJSONL() {
	entries, err := inject.ReadJSONL(strings.NewReader(`{"detail-type":"LeadQualified","source":"crm.lead","detail":{"lead_id":"L-17"}}
{"place":"queue:accounts.fifo","key":"A-1","attributes":{"tenant":"acme"},"body":{"version":2}}
`), "bus:crm")
	for _, e := range entries {
		fmt.Println(e.Line, e.Place, e.Event.Key, e.Event.Attributes, e.Event.Body)
	}
	fmt.Println(err)
	// Output:
	// 1 bus:crm  map[] {"detail-type":"LeadQualified","source":"crm.lead","detail":{"lead_id":"L-17"}}
	// 2 queue:accounts.fifo A-1 map[tenant:acme] {"version":2}
	// <nil>
}

// What set off a recorded flow is put again, elsewhere or here: only what came from outside, not what the bus made of it.
func ExampleStimulus() {
	ctx := context.Background()
	b := embedded.New(embedded.Options{})
	defer b.Close()
	if err := crm(ctx, b.Endpoint("setup")); err != nil {
		fmt.Println(err)
	}
	first := inject.At("bus:crm", event.Event{Source: "crm.lead", Type: "LeadQualified", Body: `{"lead_id":"L-17"}`})
	_, _ = inject.Put(ctx, b.Endpoint("app"), first, inject.Options{CorrelationID: "tx-1"})
	_, _ = b.Settle(ctx)
	hops, _, _ := b.Hops(ctx, 0)

	entries, left := inject.Stimulus(observe.Recording{CorrelationID: "tx-1", Hops: hops})
	fmt.Println(len(entries), entries[0].Place, entries[0].Event.Type, len(left))
	report, err := inject.Put(ctx, b.Endpoint("inject"), entries, inject.Options{CorrelationID: "tx-2"})
	fmt.Println(report.Results[0].Event.Body, err)
	// Output:
	// 1 bus:crm LeadQualified 0
	// {"lead_id":"L-17"} <nil>
}

// Items are written to a table, and taken away again.
func ExampleReport_Remove() {
	ctx := context.Background()
	b := embedded.New(embedded.Options{})
	defer b.Close()
	at := b.Endpoint("inject")
	if err := crm(ctx, at); err != nil {
		fmt.Println(err)
	}
	report, err := inject.Put(ctx, at, inject.At("stream:leads",
		event.Event{Body: `{"id":"L-17","status":"new"}`}, event.Event{Body: `{"id":"L-17","status":"qualified"}`}), inject.Options{CorrelationID: "tx-1"})
	fmt.Println(err, report.Remove(ctx, at), report.Remove(ctx, at))
	var items struct{ Count int }
	_ = awsapi.New(at).JSON(ctx, awsapi.DynamoDB, "Scan", map[string]any{"TableName": "leads"}, &items)
	fmt.Println(items.Count, "items")
	// Output:
	// <nil> <nil> <nil>
	// 0 items
}

// The format is told by the file's first bytes.
func ExampleRead() {
	f, err := inject.Read(strings.NewReader("@key,account_id\nA-1,1\n"), "", "queue:accounts.fifo")
	fmt.Println(f.Format, f.Entries[0].Event.Key, f.Entries[0].Event.Body, err)
	// Output:
	// csv A-1 {"account_id":"1"} <nil>
}
