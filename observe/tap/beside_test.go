package tap_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/tap"
)

// steps of a shop: what is put on its bus, published, written and consumed.
var steps = map[string]func(r *rig){
	"placed":  func(r *rig) { r.put("shop", "shop", "Placed", `{"n":1}`) },
	"paid":    func(r *rig) { r.put("shop", "bank", "Paid", `{"n":1}`) },
	"unknown": func(r *rig) { r.put("shop", "other", "Noise", `{}`) },
	"publish": func(r *rig) {
		r.publish("arn:aws:sns:us-east-1:000000000000:news", `{"sale":true}`, "", "kind", "sale")
	},
	"send":    func(r *rig) { r.send("orders", `{"direct":true}`) },
	"write":   func(r *rig) { r.item("stock", "a") },
	"consume": func(r *rig) { r.receive("orders", true) },
	"fail":    func(r *rig) { r.receive("orders", false) },
	"mail":    func(r *rig) { r.receive("mail", true) },
	"minutes": func(r *rig) {
		_, err := r.b.(*embedded.Backend).Advance(r.ctx, 5*time.Minute)
		r.must(err)
	},
}

// shop sets the system up, lets it be observed, does the steps and returns what was recorded of it.
func shop(r *rig, plan []string, observer func()) observe.Recording {
	r.bus("shop")
	r.table("stock")
	dead := r.queue("dead")
	orders := r.queue("orders", "VisibilityTimeout", "60", "RedrivePolicy", fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":2}`, dead))
	mail := r.queue("mail")
	r.rule("shop", "orders", ofShop, orders)
	r.rule("shop", "mail", `{"detail-type":["Paid","Placed"]}`, mail, map[string]any{"InputPath": "$.detail"})
	r.subscribe(r.topic("news"), mail, "FilterPolicy", `{"kind":["sale"]}`)
	observer()
	for _, name := range plan {
		steps[name](r)
		r.settle()
	}
	var recording observe.Recording
	var err error
	recording.Hops, _, err = r.b.Hops(r.ctx, 0)
	r.must(err)
	recording.Topology, err = r.b.Topology(r.ctx)
	r.must(err)
	recording.Quiescence = r.settle()
	return recording
}

// outline prints what happened, without ids, times and numbers of hops.
func outline(r observe.Recording) []string {
	var lines []string
	for _, h := range r.Hops {
		line := fmt.Sprintf("%s %s %s→%s %s #%d", h.Kind, h.Operation, h.From, h.To, h.Outcome, h.Attempt)
		if h.Reason != nil {
			line += " " + h.Reason.Code
		}
		if h.Event != nil {
			line += " " + h.Event.Type
		}
		lines = append(lines, line)
	}
	for _, p := range r.Topology.Places {
		lines = append(lines, "place "+string(p))
	}
	for _, e := range r.Topology.Edges {
		lines = append(lines, fmt.Sprintf("edge %s→%s", e.From, e.To))
	}
	for _, p := range r.Quiescence.Pending {
		lines = append(lines, fmt.Sprintf("pending %s ×%d", p.Place, p.Count))
	}
	slices.Sort(lines) // outside a bubble what happens at the same time is recorded as it comes
	return lines
}

// A system that is observed everywhere does exactly what it does unobserved: the same hops with the same reasons.
func TestTaps_change_nothing_R2_9(t *testing.T) {
	names := slices.Sorted(maps.Keys(steps))
	rapid.Check(t, func(rt *rapid.T) {
		plan := rapid.SliceOfN(rapid.SampledFrom(names), 1, 12).Draw(rt, "steps")
		run := func(observer func(r *rig)) observe.Recording {
			b := embedded.New(embedded.Options{})
			defer b.Close()
			r := newRig(context.Background(), rt, b)
			return shop(r, plan, func() { observer(r) })
		}
		alone := run(func(*rig) {})
		var taps []*tap.Tap
		beside := run(func(r *rig) {
			for _, place := range []event.Place{"bus:shop", "topic:news", "queue:orders", "queue:mail", "table:stock"} {
				taps = append(taps, r.attach(place, tap.Options{}))
			}
			taps = append(taps, r.attachForeign("queue:mail", tap.Options{}))
		})
		want, got := outline(alone), outline(tap.Hide(beside, "client:observer"))
		if !slices.Equal(got, want) {
			rt.Fatalf("after %s:\n%s", plan, firstDifference(want, got))
		}
		if slices.Equal(outline(beside), want) {
			rt.Fatal("the observer left no trace at all, so nothing was compared")
		}
	})
}

func firstDifference(want, got []string) string {
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			return fmt.Sprintf("at line %d\nalone:\n  %s\nobserved:\n  %s", i, strings.Join(want[i:], "\n  "), strings.Join(got[min(i, len(got)):], "\n  "))
		}
	}
	return "more:\n  " + strings.Join(got[len(want):], "\n  ")
}

// A tap on a queue sees beside it what its consumer sees in it.
func TestFanout_sees_what_the_queue_gets_R2_9(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		mail := r.queue("mail")
		r.rule("shop", "paid", `{"detail-type":["Paid"]}`, mail)
		r.rule("shop", "detail", `{"source":["depot"]}`, mail, map[string]any{"InputPath": "$.detail"})
		r.rule("shop", "text", `{"source":["crm"]}`, mail, map[string]any{"InputTransformer": map[string]any{
			"InputPathsMap": map[string]string{"n": "$.detail.n"}, "InputTemplate": `{"crm":<n>}`}})
		topic := r.topic("news")
		r.subscribe(topic, mail, "FilterPolicy", `{"kind":["sale"]}`, "RawMessageDelivery", "true")
		tp := r.attachForeign("queue:mail", tap.Options{})
		r.put("shop", "bank", "Paid", `{"n":1}`)
		r.put("shop", "depot", "Sent", `{"n":2}`)
		r.put("shop", "crm", "Called", `{"n":3}`)
		r.put("shop", "other", "Noise", `{"n":4}`)
		r.publish(topic, `{"n":5}`, "", "kind", "sale")
		r.publish(topic, `{"n":6}`, "", "kind", "other")
		var saw []string
		for _, m := range r.received(tp) {
			saw = append(saw, m.Body)
		}
		got := r.receive("mail", true)
		slices.Sort(saw)
		slices.Sort(got)
		if len(got) != 4 || !slices.Equal(saw, got) {
			t.Errorf("the consumer got %q, the tap saw %q", got, saw)
		}
		var by []string
		for _, s := range tp.Shown() {
			by = append(by, string(s.Feeder)+" "+s.By)
		}
		slices.Sort(by)
		if want := "bus:shop configuration, bus:shop fence, bus:shop fence, topic:news fence"; strings.Join(by, ", ") != want {
			t.Errorf("shown by %q", by)
		}
		if len(tp.Blind()) != 1 {
			t.Errorf("%q", tp.Blind())
		}
		r.must(tp.Close(r.ctx))
		if left := r.left(); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

// A FIFO queue behind a FIFO topic is observed in its order.
func TestFanout_keeps_the_order_of_a_FIFO_queue_R2_9(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		topic := r.topic("orders.fifo")
		r.subscribe(topic, r.queue("orders.fifo", "FifoQueue", "true"), "RawMessageDelivery", "true")
		tp := r.attachForeign("queue:orders.fifo", tap.Options{Fencing: tap.FenceNever})
		for i := range 12 {
			r.publish(topic, fmt.Sprint(i), "customer-1")
		}
		if got := texts(r.received(tp)); got != "0 1 2 3 4 5 6 7 8 9 10 11" {
			t.Error(got)
		}
		r.must(tp.Close(r.ctx))
	})
}

func TestAttach_says_why_a_queue_cannot_be_observed_R2_9(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		dead := r.queue("dead")
		r.queue("orders", "RedrivePolicy", fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":2}`, dead))
		r.rule("shop", "off", ofShop, dead)
		r.json(awsapi.EventBridge, "DisableRule", map[string]any{"Name": "off", "EventBusName": "shop"})
		r.json(awsapi.EventBridge, "PutRule", map[string]any{"Name": "hourly", "ScheduleExpression": "rate(1 hour)"})
		r.json(awsapi.EventBridge, "PutTargets", map[string]any{"Rule": "hourly", "Targets": []any{map[string]any{"Id": "1", "Arn": dead}}})
		_, err := tap.Attach(r.ctx, r.b.Endpoint("observer"), "queue:dead", tap.Options{})
		e, ok := errors.AsType[*tap.UnobservableError](err)
		if !ok || len(e.Why) != 3 {
			t.Fatalf("%v", err)
		}
		const want = `tap queue:dead: no rule and no subscription feeds it that an observer could stand beside
  dead letters of the queue orders: they are moved and not sent
  what the rule default/hourly sends by its schedule: a second schedule would fire at other times
  the rule shop/off: it is disabled
  what is sent with SendMessage can be seen here only by taking it away from its consumer: tap the bus, topic or stream
  that it starts at; or run the system on the embedded pipeline or a dyetrace server, which record what comes to a queue;
  or, if the queue has no consumer, take its messages with observe.Collect`
		if err.Error() != want {
			t.Errorf("%v", err)
		}
		if left := r.left(); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}
