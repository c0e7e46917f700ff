package layer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/layer"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/sqs"

	"pgregory.net/rapid"
)

// record runs do on the backend as one flow, lets time run for an hour, and returns what was recorded.
func record(t *testing.T, b *embedded.Backend, do func(ctx context.Context) error) observe.Recording {
	t.Helper()
	before, err := b.Settle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := do(event.WithCorrelation(t.Context(), "flow-1")); err != nil {
		t.Fatal(err)
	}
	q, err := b.Drain(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	hops, _, _ := b.Hops(t.Context(), before.Seq)
	topology, _ := b.Topology(t.Context())
	return observe.Recording{CorrelationID: "flow-1", After: before.Seq, Start: before.At, Hops: hops, Topology: topology, Quiescence: q, Grade: b.Features().Absence}
}

func withBus(t *testing.T) *embedded.Backend {
	t.Helper()
	b := embedded.New(embedded.Options{})
	if err := awsapi.New(b.Endpoint("app")).JSON(t.Context(), awsapi.EventBridge, "CreateEventBus", map[string]any{"Name": "shop"}, nil); err != nil {
		t.Fatal(err)
	}
	return b
}

// put puts events of source shop on the bus of that name.
func put(ctx context.Context, at backend.Endpoint, typ string, details ...string) error {
	for _, d := range details {
		err := awsapi.New(at).JSON(ctx, awsapi.EventBridge, "PutEvents", map[string]any{"Entries": []map[string]any{{"EventBusName": "shop", "Source": "shop", "DetailType": typ, "Detail": d}}}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

const one = `{"sku":"A","count":1}`

func TestProducer_emits_exactly_what_it_promises_R2_14(t *testing.T) {
	placed := expect.Type("OrderPlaced").On("bus:shop")
	schema := layer.VersionOf[line]("v1")
	for _, c := range []struct {
		reason string
		does   []string // details of OrderPlaced
		emits  []layer.Emission
		ok     bool
		says   string
	}{
		{"exactly once", []string{one}, []layer.Emission{{Event: placed, Source: "shop", Form: layer.EventBridge, Schema: schema}}, true, ""},
		{"twice", []string{one, one}, []layer.Emission{{Event: placed}}, false, "want 1, got 2"},
		{"not at all", nil, []layer.Emission{{Event: placed}}, false, "want 1, got 0"},
		{"at least two", []string{one, one, one}, []layer.Emission{{Event: placed, Times: layer.AtLeast(2)}}, true, ""},
		{"less than at least two", []string{one}, []layer.Emission{{Event: placed, Times: layer.AtLeast(2)}}, false, "want 2, got 1"},
		{"at most one, none", nil, []layer.Emission{{Event: placed, Times: layer.AtMost(1)}}, true, ""},
		{"at most one, two", []string{one, one}, []layer.Emission{{Event: placed, Times: layer.AtMost(1)}}, false, "want 1, got 2"},
		{"two or three", []string{one, one, one}, []layer.Emission{{Event: placed, Times: layer.Between(2, 3)}}, true, ""},
		{"exactly two", []string{one, one}, []layer.Emission{{Event: placed, Times: layer.Exactly(2)}}, true, ""},
		{"something else", []string{one}, nil, false, "want none, got 1"},
		{"another source", []string{one}, []layer.Emission{{Event: placed, Source: "billing"}}, false, `source want "billing" got "shop"`},
		{"another envelope", []string{one}, []layer.Emission{{Event: placed, Form: layer.CloudEvents}}, false, `(form) want cloudevents got eventbridge`},
		{"a field that the schema does not know", []string{`{"sku":"A","count":1,"colour":"red"}`}, []layer.Emission{{Event: placed, Schema: schema}}, false,
			`payload.colour want no such field in v1 got "red"`},
		{"a schema that cannot read", []string{one}, []layer.Emission{{Event: placed, Schema: layer.Recorded("v0", os.DirFS("testdata"), "contact.v0.json")}}, false,
			"recorded samples cannot read what is emitted"},
		{"a schema that is not there", []string{one}, []layer.Emission{{Event: placed, Schema: layer.Recorded("v0", os.DirFS("testdata"), "nothing.json")}}, false,
			"no file is called nothing.json"},
		{"a field of another type", []string{`{"sku":"A","count":"1"}`}, []layer.Emission{{Event: placed, Schema: schema}}, false, `payload.count want a int got a string`},
	} {
		t.Run(c.reason, func(t *testing.T) {
			b := withBus(t)
			p := layer.Producer{Emits: c.emits, Do: func(ctx context.Context) error { return put(ctx, b.Endpoint("app"), "OrderPlaced", c.does...) }}
			flow := observe.NewFlow(record(t, b, p.Do))
			list, err := p.Expectations(flow, nil)
			if err != nil {
				t.Fatal(err)
			}
			verdict := expect.Judge(flow, list...)
			if verdict.OK != c.ok {
				t.Errorf("OK: %t", verdict.OK)
			}
			var said strings.Builder
			for _, f := range verdict.Failed() {
				fmt.Fprintf(&said, "%s: want %s, got %s %s\n", f.Expectation, f.Want, f.Got, f.Problem)
				for _, n := range f.Near {
					for _, d := range n.Differences {
						fmt.Fprintf(&said, "%s want %s got %s\n", d.Path, d.Want, d.Got)
					}
				}
			}
			if !strings.Contains(said.String(), c.says) {
				t.Errorf("does not say %q\n%s", c.says, said.String())
			}
		})
	}
}

func TestProducer_emits_nothing_when_it_fails_R2_14(t *testing.T) {
	for _, c := range []struct {
		reason string
		does   []string
		err    error
		fails  bool
		ok     bool
		says   string
	}{
		{"fails and emits nothing", nil, errors.New("no stock"), true, true, ""},
		{"fails and emits all the same", []string{one}, errors.New("no stock"), true, false, ""},
		{"should fail and does not", nil, nil, true, false, "was to fail, and did not"},
		{"fails and should not", nil, errors.New("no stock"), false, false, "the operation failed: no stock"},
	} {
		b := withBus(t)
		flow := observe.NewFlow(record(t, b, func(ctx context.Context) error { return put(ctx, b.Endpoint("app"), "OrderPlaced", c.does...) }))
		list, err := layer.Producer{Fails: c.fails}.Expectations(flow, c.err)
		switch {
		case err != nil && (c.ok || !strings.Contains(err.Error(), c.says) || c.says == ""):
			t.Errorf("%s: %v", c.reason, err)
		case err == nil && expect.Judge(flow, list...).OK != c.ok:
			t.Errorf("%s: OK is not %t", c.reason, c.ok)
		}
	}
}

// shop is a system with a queue of orders, whose worker sends a parcel for each to another queue. Its fault is what the replay
// should show.
type shop struct {
	b     *embedded.Backend
	fault string
	seen  map[string]bool
	sent  []string
	times []time.Duration
}

func openShop(t *testing.T, fault string) *shop {
	t.Helper()
	s := &shop{b: embedded.New(embedded.Options{Seed: 2, Wait: synctest.Wait}), fault: fault, seen: map[string]bool{}}
	for _, name := range []string{"orders", "parcels"} {
		if err := awsapi.New(s.b.Endpoint("app")).JSON(t.Context(), awsapi.SQS, "CreateQueue", map[string]any{"QueueName": name}, nil); err != nil {
			t.Fatal(err)
		}
	}
	go s.work(t.Context())
	return s
}

func (s *shop) send(ctx context.Context, client, queue, body string) error {
	at := s.b.Endpoint(client)
	url := fmt.Sprintf("%s/%s/%s", at.URL, at.AccountID, queue)
	return awsapi.New(at).JSON(ctx, awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": url, "MessageBody": body}, nil)
}

func (s *shop) work(ctx context.Context) {
	q, err := sqs.Open(ctx, s.b.Endpoint("worker"), "orders")
	if err != nil {
		return
	}
	start := time.Now()
	for {
		batch, err := q.Receive(ctx, 20*time.Second, time.Minute)
		if err != nil {
			return
		}
		for _, m := range batch {
			var e struct{ Detail struct{ Order string } }
			if json.Unmarshal([]byte(m.Body), &e) != nil {
				continue
			}
			s.times = append(s.times, time.Since(start).Round(time.Second))
			parcel := fmt.Sprintf(`{"detail-type":"ParcelSent","detail":{"order":%q,"label":"%08x-0000-4000-8000-%012x"}}`, e.Detail.Order, time.Now().Unix(), len(s.sent))
			if s.fault == "forgets the order" {
				parcel = `{"detail-type":"ParcelSent","detail":{}}`
			}
			if !s.seen[e.Detail.Order] || s.fault == "sends twice" {
				s.seen[e.Detail.Order] = true
				s.sent = append(s.sent, e.Detail.Order)
				_ = s.send(ctx, "worker", "parcels", parcel)
			}
			_ = q.Ack(ctx, []observe.Message{m})
		}
	}
}

// closing ends the shop of a bubble.
func inShop(t *testing.T, fault string, body func(t *testing.T, s *shop)) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t, fault)
		t.Cleanup(func() { s.b.Close() })
		body(t, s)
	})
}

// order are the orders of the recorded flow, with an hour between the second and the third.
func orders(ctx context.Context, s *shop) error {
	for i, pause := range []time.Duration{0, time.Second, 10 * time.Minute} {
		time.Sleep(pause) //tidy:bubble runs in a bubble only
		if err := s.send(ctx, "app", "orders", fmt.Sprintf(`{"detail-type":"OrderPlaced","detail":{"order":"o-%d"}}`, i+1)); err != nil {
			return err
		}
	}
	return nil
}

func sleep(d time.Duration) error {
	time.Sleep(d) //tidy:bubble runs in a bubble only
	return nil
}

func TestReplay_compares_what_came_of_the_events_R2_14(t *testing.T) {
	var recorded observe.Recording
	inShop(t, "", func(t *testing.T, s *shop) {
		recorded = record(t, s.b, func(ctx context.Context) error { return orders(ctx, s) })
	})
	for _, c := range []struct {
		reason string
		replay layer.Replay
		fault  string
		times  string // when the worker had the orders
		says   string
	}{
		{"the whole flow, as it was", layer.Replay{}, "", "[0s 1s 10m1s]", ""},
		{"without the gaps", layer.Replay{DropGaps: true}, "", "[0s 0s 0s]", ""},
		{"what came to the worker", layer.Replay{At: "queue:orders"}, "", "[0s 1s 10m1s]", ""},
		{"duplicates and another order", layer.Replay{At: "queue:orders", Duplicates: 3, Reorder: 2, DropGaps: true}, "", "[0s 0s 0s 0s 0s 0s]", ""},
		{"a worker that sends twice shows with duplicates only", layer.Replay{}, "sends twice", "[0s 1s 10m1s]", ""},
		{"and then it does", layer.Replay{Duplicates: 1}, "sends twice", "", "+ ParcelSent"},
		{"a field is lost", layer.Replay{}, "forgets the order", "", `-      "order": "o-1"`},
		{"a field is lost, told without the order", layer.Replay{Reorder: 1}, "forgets the order", "", `-      "order": "o-1"`},
	} {
		t.Run(c.reason, func(t *testing.T) {
			inShop(t, c.fault, func(t *testing.T, s *shop) {
				c.replay.Recording = recorded
				now := record(t, s.b, func(ctx context.Context) error { return c.replay.Put(ctx, s.b.Endpoint("replay"), sleep) })
				if got := fmt.Sprint(s.times); c.times != "" && got != c.times {
					t.Errorf("orders at %s, want %s", got, c.times)
				}
				diff := c.replay.Compare(now, event.Normal{}, 24)
				if c.says == "" && diff != "" || !strings.Contains(diff, c.says) {
					t.Errorf("difference, want %q:\n%s", c.says, diff)
				}
			})
		})
	}
	if diff := (layer.Replay{Recording: recorded, At: "queue:parcels", Duplicates: 1}).Compare(recorded, event.Normal{}, 24); !strings.Contains(diff, "nothing can be compared") {
		t.Errorf("nobody reads the parcels, and the difference is %q", diff)
	}
	if _, err := (layer.Replay{Recording: recorded, At: "queue:nowhere"}).Steps(); err == nil || !strings.Contains(err.Error(), "events came to queue:orders, queue:parcels") {
		t.Errorf("%v", err)
	}
	if _, err := (layer.Replay{}).Steps(); err == nil || !strings.Contains(err.Error(), "no event that came from outside") {
		t.Errorf("%v", err)
	}
	if list, err := layer.Arrived(recorded, "queue:orders"); err != nil || len(list) != 3 || !strings.Contains(list[2].Body, "o-3") {
		t.Errorf("%v, %v", list, err)
	}
}

func TestReplay_puts_in_each_event_and_keeps_the_gaps_R2_14(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(r, "events")
		replay := layer.Replay{At: "queue:q", Seed: rapid.Uint64().Draw(r, "seed"), Duplicates: rapid.IntRange(0, 5).Draw(r, "duplicates"),
			Reorder: rapid.IntRange(0, 4).Draw(r, "reorder"), Recording: observe.Recording{CorrelationID: "f"}}
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var gaps []time.Duration
		for i := range n {
			seq := uint64(i + 1)
			gap := time.Duration(rapid.IntRange(0, 100).Draw(r, "gap")) * time.Second
			at = at.Add(gap)
			gaps = append(gaps, gap)
			replay.Recording.Hops = append(replay.Recording.Hops, event.Hop{Seq: seq, Fact: seq, At: at, Kind: event.KindArrive, Outcome: event.Delivered,
				To: "queue:q", CorrelationID: "f", Event: &event.Event{Body: fmt.Sprint(i)}})
		}
		steps, err := replay.Steps()
		if err != nil {
			r.Fatal(err)
		}
		seen, last, firsts := map[string]bool{}, time.Duration(0), 0
		for _, s := range steps {
			body := s.Entry.Event.Body
			if s.After < last || s.Again != seen[body] {
				r.Fatalf("%v of %v", s, steps)
			}
			last = s.After
			if !s.Again {
				if i, _ := strconv.Atoi(body); i-firsts > replay.Reorder || firsts-i > replay.Reorder {
					r.Fatalf("event %d is number %d", i, firsts)
				}
				firsts++
			}
			seen[body] = true
		}
		total := time.Duration(0)
		for _, g := range gaps[1:] {
			total += g
		}
		if len(steps) != n+replay.Duplicates || firsts != n || last != total {
			r.Fatalf("%d steps, %d events, over %v, want %v", len(steps), firsts, last, total)
		}
	})
}
