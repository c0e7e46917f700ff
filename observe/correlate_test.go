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
