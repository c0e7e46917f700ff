package tap_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe/tap"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// inBubble runs a test in virtual time.
func inBubble(t *testing.T, body func(t *testing.T, r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		b := embedded.New(embedded.Options{Seed: 1, Wait: synctest.Wait})
		defer b.Close()
		body(t, newRig(t.Context(), t, b))
	})
}

// refusing lets an operation fail, for the calls of one endpoint; "" refuses none.
type refusing struct {
	next      http.RoundTripper
	operation string
	late      bool // the call is served, and its answer is lost
	calls     int
}

func (f *refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.operation != "" && strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+f.operation) {
		f.calls++
		if f.late {
			if answer, err := f.next.RoundTrip(r); err == nil {
				answer.Body.Close()
			}
		}
		return nil, errors.New("connection reset")
	}
	return f.next.RoundTrip(r)
}

func (r *rig) refusing(operation string) (backend.Endpoint, *refusing) {
	e := r.b.Endpoint("observer")
	f := &refusing{next: e.Transport, operation: operation}
	e.Transport = f
	return e, f
}

func TestFence_reaches_nobody_else_R2_9(t *testing.T) {
	for _, c := range []struct {
		reason, pattern, filter string
		disturbs                string
	}{
		{"rules and filters that ask for something", `{"source":["shop"]}`, `{"kind":["sale"]}`, ""},
		{"a rule that asks for another field", `{"detail":{"n":[1]}}`, `{"kind":["sale"]}`, ""},
		{"alternatives that all ask for something", `{"$or":[{"source":["shop"]},{"detail-type":["Paid"]}]}`, `{"$or":[{"a":["1"]},{"b":["2"]}]}`, ""},
		{"a rule for every source", `{"source":[{"prefix":""}]}`, `{"kind":["sale"]}`, "rule:shop/all"},
		{"a rule for all but some", `{"source":[{"anything-but":"shop"}]}`, `{"kind":["sale"]}`, "rule:shop/all"},
		{"a subscription without a filter", `{"source":["shop"]}`, "", "queue:all"},
		{"a filter that wants an attribute away", `{"source":["shop"]}`, `{"kind":[{"exists":false}]}`, "queue:all"},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.bus("shop")
				r.rule("shop", "all", c.pattern, r.queue("all"))
				var filter []string
				if c.filter != "" {
					filter = []string{"FilterPolicy", c.filter}
				}
				r.subscribe(r.topic("news"), r.queue("all"), filter...)
				var disturbed []string
				for _, place := range []event.Place{"bus:shop", "topic:news"} {
					tp, err := tap.Attach(r.ctx, r.b.Endpoint("observer"), place, tap.Options{})
					if e, ok := errors.AsType[*tap.DisturbError](err); ok {
						disturbed = append(disturbed, string(e.Seen[0]))
						if !strings.Contains(err.Error(), "FenceAlways") {
							t.Error(err)
						}
						continue
					}
					r.must(err)
					r.must(tp.Close(r.ctx))
				}
				if got := strings.Join(disturbed, " "); got != c.disturbs {
					t.Errorf("the fence would disturb %q, want %q", got, c.disturbs)
				}
				if got := r.receive("all", true); len(got) > 0 {
					t.Errorf("the system got %q", got)
				}
				if left := r.left(); len(left) > 0 {
					t.Errorf("left behind: %q", left)
				}
			})
		})
	}
}

func TestFence_is_left_out_or_sent_as_asked_R2_9(t *testing.T) {
	for _, c := range []struct {
		reason  string
		own     bool
		fencing tap.Fencing
		by      string
		fences  int // that the system saw
	}{
		{"a backend that records is believed its configuration", true, tap.FenceQuietly, "configuration", 0},
		{"asked to go without", false, tap.FenceNever, "configuration", 0},
		{"said to do no harm", false, tap.FenceAlways, "fence", 1},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.bus("shop")
				r.rule("shop", "all", `{"source":[{"prefix":""}]}`, r.queue("all"))
				o := tap.Options{Fencing: c.fencing}
				if c.own {
					o.Backend = r.b
				}
				tp := r.attachForeign("bus:shop", o)
				if s := tp.Shown(); s[0].By != c.by || (s[0].Why == "") != (c.by == "fence") {
					t.Errorf("%+v", s)
				}
				if got := r.receive("all", true); len(got) != c.fences {
					t.Errorf("the system got %q", got)
				}
				r.put("shop", "shop", "Placed", "{}")
				if got := r.received(tp); texts(got) != "Placed" {
					t.Error(texts(got))
				}
				r.must(tp.Close(r.ctx))
			})
		})
	}
}

// lossy loses what a rule hands to the queue of a tap.
func lossy() engine.Interceptor {
	return engine.Interceptor{Hop: func(_ context.Context, h event.Hop, d event.Delivery) []event.Delivery {
		if h.From.Kind() == event.PlaceRule && strings.HasPrefix(d.To.Name(), tap.Prefix) {
			return nil
		}
		return []event.Delivery{d}
	}}
}

func TestAttach_fails_where_no_fence_comes_out_R2_9(t *testing.T) {
	b := onServer(t, pipeline.Options{Interceptors: []engine.Interceptor{lossy()}})
	r := newRig(t.Context(), t, b)
	r.bus("shop")
	_, err := tap.Attach(r.ctx, b.Endpoint("observer"), "bus:shop", tap.Options{Backend: b, FenceWithin: 1500 * time.Millisecond})
	e, ok := errors.AsType[*tap.FenceError](err)
	if !ok || e.Feeder != "bus:shop" || e.Sent == 0 || e.Hop == nil {
		t.Fatalf("%+v", err)
	}
	t.Log(err)
	for _, want := range []string{"tap bus:shop: not attached: ", " fences were sent to bus:shop, and none came out within", "the last one", tap.Prefix} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	_, err = tap.Attach(r.ctx, b.Endpoint("observer"), "bus:shop", tap.Options{FenceWithin: time.Second})
	if e, ok := errors.AsType[*tap.FenceError](err); !ok || e.Hop != nil || !strings.Contains(err.Error(), "policy of the queue") {
		t.Errorf("%v", err)
	}
	if left := r.left(); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestAttach_says_what_is_wrong_R2_9(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		r.queue("jobs")
		r.json(awsapi.DynamoDB, "CreateTable", map[string]any{
			"TableName": "still", "BillingMode": "PAY_PER_REQUEST", "KeySchema": []any{map[string]any{"AttributeName": "pk", "KeyType": "HASH"}},
			"AttributeDefinitions": []any{map[string]any{"AttributeName": "pk", "AttributeType": "S"}},
		})
		for _, c := range []struct {
			place   event.Place
			options tap.Options
			want    string
		}{
			{"bus:ship", tap.Options{}, "tap bus:ship: the bus does not exist: make it before a tap is attached"},
			{"topic:none", tap.Options{}, "tap topic:none: the topic does not exist"},
			{"topic:arn:aws:sns:us-east-1:000000000000:none", tap.Options{}, "the topic does not exist"},
			{"queue:none", tap.Options{}, "tap queue:none: the queue does not exist"},
			{"queue:none", tap.Options{Backend: r.b}, "tap queue:none: the queue does not exist"},
			{"table:none", tap.Options{}, "tap table:none: the table does not exist"},
			{"stream:still", tap.Options{}, "the table has no stream: enable it (StreamSpecification)"},
			{"queue:jobs", tap.Options{}, "no rule and no subscription feeds it"},
			{"bus:shop", tap.Options{Pattern: `{"source":"shop"}`}, "the rule of the tap could not be made on bus shop"},
			{"bus:shop", tap.Options{Pattern: `[]`}, "the pattern is not a JSON object"},
			{"queue:jobs", tap.Options{Pattern: `{}`}, "Options.Pattern is for a bus"},
			{"bus:shop", tap.Options{FilterPolicy: `{}`}, "are for a topic"},
			{"bus:shop", tap.Options{Run: "a b"}, `Options.Run is "a b"`},
			{"lambda:x", tap.Options{}, "only a bus, topic, queue, table or stream can be tapped"},
			{"bus:", tap.Options{}, "a place is a kind and a name"},
		} {
			_, err := tap.Attach(r.ctx, r.b.Endpoint("observer"), c.place, c.options)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %+v: %v", c.place, c.options, err)
			}
			if left := r.left(); len(left) > 0 {
				t.Fatalf("%s left behind: %q", c.place, left)
			}
		}
	})
}

func TestFence_states_its_grade_R4_6(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		r.table("stock")
		fifo := r.topic("orders.fifo")
		r.topic("news")
		for _, c := range []struct {
			place  event.Place
			own    bool
			groups []string
			grade  event.Grade
			fences int
			bound  string
		}{
			{"bus:shop", true, nil, event.Proved, 0, "nothing is under way now, relative to code in the test's bubble"},
			{"bus:shop", false, nil, event.Waited, 1, "EventBridge keeps no order"},
			{"topic:news", false, nil, event.Statistical, 19, "P ≤ 1/20"},
			{"topic:orders.fifo", false, []string{"c-1", "c-2"}, event.Fenced, 2, "of message groups c-1, c-2"},
			{"topic:orders.fifo", false, nil, event.Waited, 1, "within a message group only"},
			{"table:stock", false, nil, event.Waited, 0, "every shard was read"},
		} {
			o := tap.Options{}
			if c.own {
				o.Backend = r.b
			}
			tp := r.attachForeign(c.place, o)
			switch c.place {
			case "topic:orders.fifo":
				r.publish(fifo, fmt.Sprint("fact-", len(c.groups)), "c-1")
			case "bus:shop":
				r.put("shop", "shop", "fact", "{}")
			}
			a, err := tp.Fence(r.ctx, c.groups...)
			if err != nil || a.Grade != c.grade || a.Fences != c.fences || a.Waited > 2*time.Second || !strings.Contains(a.String(), c.bound) {
				t.Errorf("%s: %+v, %v", c.place, a, err)
			}
			if got, err := tp.Received(r.ctx); err != nil || len(got) > 1 || (c.place == "bus:shop" || c.place == "topic:orders.fifo") != (len(got) == 1) {
				t.Errorf("%s: %s, %v", c.place, texts(got), err)
			}
			r.must(tp.Close(r.ctx))
		}
	})
}

func TestFence_of_a_backend_at_work_is_inconclusive_R4_6(t *testing.T) {
	b := onServer(t, pipeline.Options{})
	r := newRig(t.Context(), t, b)
	r.queue("jobs")
	tp := r.attach("queue:jobs", tap.Options{})
	r.send("jobs", "work")
	awsReceive(r, "jobs") // and never asks again
	ctx, stop := context.WithTimeout(r.ctx, 100*time.Millisecond)
	defer stop()
	a, err := tp.Fence(ctx)
	if err == nil && (a.Grade != event.Inconclusive || !strings.Contains(a.Bound, "app received 1 message")) {
		t.Errorf("%+v", a)
	}
	r.must(tp.Close(r.ctx))
}
