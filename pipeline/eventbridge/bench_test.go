package eventbridge

import (
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The whole of EventBridge's share of a PutEvents: decode, bus, one rule, delivery to one queue that takes the event.
func BenchmarkPutEvents_one_rule_one_queue(b *testing.B) {
	f := newFixture(b, 1)
	f.rule("", "contacts", `{"source":["crm.contact"],"detail":{"tenant_id":["acme"]}}`)
	f.target("", "contacts", Target{Id: "q", Arn: queueARN("acme-contacts")})
	f.queue.discard = true
	body := []byte(`{"Entries":[{"Source":"crm.contact","DetailType":"ContactCreated","Detail":"{\"tenant_id\":\"acme\",\"contact_id\":\"C-17\",\"email\":\"jane@example.com\"}"}]}`)
	serve := Operations(f.svc).Operations["PutEvents"].Serve
	b.ReportAllocs()
	for b.Loop() {
		if _, err := serve(f.call(), &wire.Request{Body: body}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
