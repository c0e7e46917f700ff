package observe_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// outbox is two flows whose second events a worker sends when it holds nothing any more, or something else.
func outbox() []event.Hop {
	named := func(typ, id string) *event.Event {
		return &event.Event{Body: fmt.Sprintf(`{"detail-type":%q,"detail":{"request":%q}}`, typ, id)}
	}
	hops := []event.Hop{
		{CorrelationID: "dye-1", Kind: event.KindArrive, To: "queue:in", Fact: 1, Event: named("Asked", "r-1")},
		{CorrelationID: "dye-2", Kind: event.KindArrive, To: "queue:in", Fact: 2, Event: named("Asked", "r-2")},
		{Kind: event.KindArrive, To: "bus:out", Fact: 3, Event: named("Answered", "r-1")},
		{Kind: event.KindArrive, To: "queue:out", Fact: 3, Cause: 3, Event: &event.Event{Body: "transformed"}},
		{Kind: event.KindReceive, From: "queue:out", To: "client:mailer", Fact: 3, Cause: 4},
		{Kind: event.KindCall, From: "client:mailer", To: "table:mails", Cause: 5},
		{CorrelationID: "dye-1", Inferred: true, Kind: event.KindArrive, To: "bus:out", Fact: 7, Event: named("Answered", "r-2")},
		{Kind: event.KindArrive, To: "bus:out", Fact: 8, Event: named("Tick", "")},
		{Kind: event.KindArrive, To: "bus:out", Fact: 9, Event: &event.Event{Body: "-", Attributes: map[string]string{"traceparent": "00-0123456789abcdef0123456789abcdef-0000000000000002-01"}}},
	}
	hops[0].Event.Attributes = map[string]string{"traceparent": "00-0123456789abcdef0123456789abcdef-0000000000000001-01"}
	for i := range hops {
		hops[i].Seq, hops[i].Outcome = uint64(i+1), event.Delivered
	}
	return hops
}

func TestNewFlow_attributes_by_what_events_say_R2_8(t *testing.T) {
	for _, c := range []struct {
		reason string
		flow   string
		at     []string
		want   string // facts, with ? where they are nobody's
	}{
		{"nothing declared: the unattributed count in every flow, and the inferred may be wrong", "dye-1", nil, "1 3? 7 8? 9?"},
		{"by a path of the detail", "dye-1", []string{"detail.request"}, "1 3 8? 9?"},
		{"the other flow", "dye-2", []string{"detail.request"}, "2 7 8? 9?"},
		{"by the trace of an attribute", "dye-1", []string{"traceparent"}, "1 3? 7 8? 9"},
		{"by the first that an event has", "dye-1", []string{"detail.request", "traceparent"}, "1 3 8? 9?"},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			hops := outbox()
			f := observe.NewFlow(observe.Recording{CorrelationID: c.flow, Hops: hops, CorrelationAt: c.at})
			var got []string
			for _, fact := range f.Facts {
				text := fmt.Sprint(fact.ID)
				if fact.Unattributed {
					text += "?"
				}
				got = append(got, text)
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
			if !slices.EqualFunc(hops, outbox(), func(a, b event.Hop) bool { return a.Seq == b.Seq && a.CorrelationID == b.CorrelationID }) {
				t.Error("the recording was changed")
			}
		})
	}
	f := observe.NewFlow(observe.Recording{CorrelationID: "dye-1", Hops: outbox(), CorrelationAt: []string{"detail.request"}})
	if h, ok := f.HopBySeq(6); !ok || h.CorrelationID != "dye-1" || !h.Inferred {
		t.Errorf("the write that the answer led to: %+v, %t", h, ok)
	}
}

// As at AWS, the backend knows no flow at all; what was carried does.
func TestNewFlow_attributes_what_carries_its_correlation_id_R2_8(t *testing.T) {
	long, other := "order-4711-of-2026", "order-4712-of-2026"
	for _, c := range []struct {
		reason, flow string
		at           []string
		attributes   []map[string]string // of facts 1, 2, …
		want         string
	}{
		{"a trace made of an id tells it", "dye-00000001", []string{"traceparent", "AWSTraceHeader"}, []map[string]string{
			{"traceparent": event.TraceFor("dye-00000001").Traceparent()}, {"traceparent": event.TraceFor("dye-00000002").Traceparent()},
			{"AWSTraceHeader": event.TraceFor("dye-00000001").AWSTraceHeader()}, {"AWSTraceHeader": event.TraceFor("dye-00000002").AWSTraceHeader()},
		}, "1 3"},
		{"of an id that is too long to be told, this flow's is known", long, []string{"traceparent"}, []map[string]string{
			{"traceparent": event.TraceFor(long).Traceparent()}, {"traceparent": event.TraceFor(other).Traceparent()},
		}, "1 2?"},
		{"where an id stands, ids stand", long, []string{"correlation_id"}, []map[string]string{
			{"correlation_id": other}, {"correlation_id": long}, {"correlation_id": "third"}, {},
		}, "2 4?"},
		{"names of one's own are no ids", long, []string{"request"}, []map[string]string{{"request": "r-1"}, {"request": "r-2"}}, "1? 2?"},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			var hops []event.Hop
			for i, attributes := range c.attributes {
				n := uint64(i + 1)
				hops = append(hops, event.Hop{Seq: n, Fact: n, Kind: event.KindArrive, To: "queue:q", Outcome: event.Delivered, Event: &event.Event{Body: "b", Attributes: attributes}})
			}
			var got []string
			for _, fact := range observe.NewFlow(observe.Recording{CorrelationID: c.flow, Hops: hops, CorrelationAt: c.at}).Facts {
				got = append(got, fmt.Sprint(fact.ID, map[bool]string{true: "?"}[fact.Unattributed]))
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
}
