package tap_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/tap"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func ofType(name string) func(*observe.Received) []event.Mismatch {
	return func(r *observe.Received) []event.Mismatch {
		if r.Document.Type == name {
			return nil
		}
		return []event.Mismatch{{Path: "type", Want: name, Got: r.Document.Type}}
	}
}

func TestTap_is_a_source_to_collect_from_R2_9(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		r.queue("jobs")
		bus, queue := r.attach("bus:shop", tap.Options{}), r.attach("queue:jobs", tap.Options{})
		for _, c := range []struct {
			tap  *tap.Tap
			send func(typ string)
		}{
			{bus, func(typ string) { r.put("shop", "shop", typ, "{}") }},
			{queue, func(typ string) { r.send("jobs", fmt.Sprintf(`{"detail-type":%q,"detail":{}}`, typ)) }},
		} {
			for _, typ := range []string{"Noise", "Placed", "Paid"} {
				c.send(typ)
			}
			for _, want := range []string{"Placed", "Paid", "Noise"} { // what does not match is there for the next
				got, err := observe.Collect(r.ctx, c.tap, observe.CollectOptions{Match: ofType(want), Linger: 10 * time.Millisecond})
				if err != nil || texts(got.Events) != want || got.Redelivered != 0 {
					t.Errorf("%s: %s, %v", want, texts(got.Events), err)
				}
			}
			_, err := observe.Collect(r.ctx, c.tap, observe.CollectOptions{Deadline: 50 * time.Millisecond})
			if e, ok := errors.AsType[*observe.TimeoutError](err); !ok || len(e.Surplus) != 0 {
				t.Errorf("%v", err)
			}
			r.settle() // nobody waits for the tap to ask again
			if got, err := c.tap.Received(r.ctx); err != nil || texts(got) != "Noise Placed Paid" {
				t.Errorf("%s, %v", texts(got), err)
			}
		}
		r.must(errors.Join(bus.Close(r.ctx), queue.Close(r.ctx)))
	})
}

func TestAll_is_live_R2_9(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := embedded.New(embedded.Options{Seed: 1, Wait: synctest.Wait})
		defer b.Close()
		r := newRig(t.Context(), t, b)
		r.bus("shop")
		r.queue("jobs")
		r.table("stock")
		for place, send := range map[event.Place]func(int){
			"bus:shop":    func(i int) { r.put("shop", "shop", fmt.Sprint(i), "{}") },
			"queue:jobs":  func(i int) { r.send("jobs", fmt.Sprint(i)) },
			"table:stock": func(i int) { r.item("stock", fmt.Sprint(i)) },
		} {
			tp := r.attach(place, tap.Options{})
			send(0)
			start := time.Now()
			go func() {
				for i := 1; i < 4; i++ {
					time.Sleep(time.Minute)
					send(i)
				}
			}()
			seen := 0
			ctx, stop := context.WithTimeout(r.ctx, time.Hour)
			for e, err := range tp.All(ctx) {
				r.must(err)
				if late := time.Since(start) - time.Duration(seen)*time.Minute; late > 2*time.Second {
					t.Errorf("%s: event %d came %v late", place, seen, late)
				}
				if seen++; seen == 4 {
					break
				}
				_ = e
			}
			stop()
			if seen != 4 {
				t.Errorf("%s: saw %d events", place, seen)
			}
			ctx, stop = context.WithTimeout(r.ctx, time.Minute)
			for range tp.All(ctx) { // all of them again, then nothing until ctx ends
				seen++
			}
			stop()
			if seen != 8 {
				t.Errorf("%s: saw %d events", place, seen)
			}
			r.must(tp.Close(r.ctx))
			for range tp.All(r.ctx) {
				seen++
			}
			if seen != 12 {
				t.Errorf("%s: a closed tap showed %d events", place, seen-8)
			}
		}
	})
}

func TestReceived_tells_a_redelivery_from_a_new_event_R2_2(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		at, f := r.refusing("")
		tp, err := tap.Attach(r.ctx, at, "bus:shop", tap.Options{})
		r.must(err)
		r.put("shop", "shop", "Placed", "{}")
		r.settle()
		f.operation = "DeleteMessageBatch" // the message stays in the queue of the tap
		if _, err := tp.Received(r.ctx); err == nil {
			t.Error("a deletion failed, and nobody was told")
		}
		f.operation = ""
		time.Sleep(time.Minute) //tidy:bubble every caller is inside synctest.Test
		r.put("shop", "shop", "Placed", "{}")
		got := r.received(tp)
		if len(got) != 2 || got[0].Attempt != 2 || got[1].Attempt != 1 || tp.Redelivered() != 1 {
			t.Errorf("%d events, %d redeliveries", len(got), tp.Redelivered())
		}
		all, err := observe.Collect(r.ctx, tp, observe.CollectOptions{Count: 2})
		if err != nil || len(all.Events) != 2 || all.Redelivered != 1 {
			t.Errorf("%d events, %d redeliveries, %v", len(all.Events), all.Redelivered, err)
		}
		r.must(tp.Close(r.ctx))
	})
}

// EventBridge delivers at least once: a second message with the id that it gave an event is no second event.
func TestReceived_knows_the_second_delivery_of_an_event_R2_2(t *testing.T) {
	twice := engine.Interceptor{Hop: func(_ context.Context, h event.Hop, d event.Delivery) []event.Delivery {
		if h.From.Kind() == event.PlaceRule && strings.HasPrefix(d.To.Name(), tap.Prefix) {
			return []event.Delivery{d, d}
		}
		return []event.Delivery{d}
	}}
	r := newRig(t.Context(), t, onServer(t, pipeline.Options{Interceptors: []engine.Interceptor{twice}}))
	r.bus("shop")
	tp := r.attach("bus:shop", tap.Options{})
	r.put("shop", "shop", "Placed", "{}")
	r.put("shop", "shop", "Placed", "{}")
	if got := r.received(tp); len(got) != 2 || got[0].Attempt != 2 || got[1].Attempt != 2 || tp.Redelivered() != 2 {
		t.Errorf("%s, %d redeliveries", pretty(got), tp.Redelivered())
	}
	got, err := observe.Collect(r.ctx, tp, observe.CollectOptions{Count: 2, Linger: 10 * time.Millisecond})
	if err != nil || len(got.Events) != 2 || got.Redelivered != 2 {
		t.Errorf("%d events, %d redeliveries, %v", len(got.Events), got.Redelivered, err)
	}
	r.must(tp.Close(r.ctx))
}

func TestHops_that_are_no_longer_kept_are_told(t *testing.T) {
	r := newRig(t.Context(), t, onServer(t, pipeline.Options{HistoryLimit: 10}))
	r.queue("jobs")
	tp := r.attach("queue:jobs", tap.Options{})
	for i := range 600 {
		r.send("jobs", fmt.Sprint(i))
	}
	got, err := tp.Received(r.ctx)
	if e, ok := errors.AsType[*tap.GapError](err); !ok || e.Place != "queue:jobs" || len(got) == 0 || len(got) == 600 {
		t.Errorf("%d events, %v", len(got), err)
	}
	if again, err := tp.Received(r.ctx); err != nil || len(again) != len(got) {
		t.Errorf("%d events, %v", len(again), err)
	}
}
