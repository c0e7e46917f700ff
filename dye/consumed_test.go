package dye

import (
	"testing"

	"github.com/dyetrace/dyetrace/event"
)

func TestConsumed_is_what_code_was_handed_R2_7(t *testing.T) {
	for _, c := range []struct {
		reason string
		hop    event.Hop
		want   bool
	}{
		{"a message to a client", event.Hop{Kind: event.KindReceive, From: "queue:orders", To: "client:worker", Outcome: event.Delivered}, true},
		{"an event to a function", event.Hop{Kind: event.KindArrive, From: "rule:shop/all", To: "function:price", Outcome: event.Delivered}, true},
		{"a webhook", event.Hop{Kind: event.KindArrive, From: "topic:news", To: "http:http://localhost/hook", Outcome: event.Delivered}, true},
		{"it only lies in a queue", event.Hop{Kind: event.KindArrive, From: "rule:shop/all", To: "queue:orders", Outcome: event.Delivered}, false},
		{"it did not get there", event.Hop{Kind: event.KindArrive, From: "rule:shop/all", To: "function:price", Outcome: event.Failed}, false},
		{"somebody sent it", event.Hop{Kind: event.KindCall, From: "client:shop", To: "queue:orders", Outcome: event.Delivered}, false},
	} {
		if got := consumed(&c.hop); got != c.want {
			t.Errorf("%s: %t", c.reason, got)
		}
	}
}
