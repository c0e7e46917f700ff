package layer_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/layer"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/sqs"

	"pgregory.net/rapid"
)

// movements are the events of an account: amounts add up, and the last name counts.
var movements = layer.Bodies(
	`{"id":"e-1","version":1,"amount":10,"name":"Ada"}`,
	`{"id":"e-2","version":2,"amount":20,"name":"Ada L."}`,
	`{"id":"e-3","version":3,"amount":30,"name":"Ada Lovelace"}`,
)

// fault is what is wrong with a ledger.
type fault string

const (
	right         fault = "nothing"
	countsTwice   fault = "handles a redelivery like a new event"
	knowsMessages fault = "knows messages, not events"
	lastWins      fault = "takes what comes last for the newest"
	upserts             = "writes what it is told, whatever is there"
	swallows      fault = "acknowledges what it cannot handle"
	panics        fault = "panics on what it cannot handle"
	failsAll      fault = "fails a whole batch"
	dropsOnOutage fault = "acknowledges while its store is out"
	acksFirst     fault = "acknowledges, then does"
	diesOnPoison  fault = "ends on what it cannot handle"
	retriesAtOnce fault = "receives again and again what it cannot handle"
	doesNothing   fault = "does nothing"
	asleep        fault = "never asks"
	refusesAll    fault = "refuses everything"
	forgets       fault = "keeps in memory what it handled"
	neverReturns  fault = "does not end"
)

// ledger is a consumer with a store.
type ledger struct {
	fault fault

	mu      sync.Mutex
	seen    map[string]bool
	out     bool
	balance int
	name    string
	version int
}

func (l *ledger) handle(_ context.Context, m observe.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var e struct {
		ID      string
		Version int
		Amount  int
		Name    string
	}
	if err := json.Unmarshal([]byte(m.Body), &e); err != nil {
		switch l.fault {
		case swallows:
			return nil
		case panics:
			panic(err)
		}
		return err
	}
	if l.fault == refusesAll {
		return errors.New("no such account")
	}
	if l.out {
		if l.fault == dropsOnOutage {
			return nil
		}
		return errors.New("the store is out")
	}
	key := e.ID
	if l.fault == knowsMessages {
		key = m.ID
	}
	if l.fault == doesNothing || l.seen[key] && l.fault != countsTwice && l.fault != upserts {
		return nil
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[key] = true
	if l.fault == upserts {
		l.balance, l.name = e.Amount, e.Name
		return nil
	}
	l.balance += e.Amount
	if e.Version > l.version || l.fault == lastWins {
		l.version, l.name = e.Version, e.Name
	}
	return nil
}

func (l *ledger) batch(ctx context.Context, batch []observe.Message) (failed []string, err error) {
	for _, m := range batch {
		if problem := l.handle(ctx, m); problem != nil {
			failed, err = append(failed, m.ID), problem
		}
	}
	if l.fault == failsAll {
		return nil, err
	}
	return failed, nil
}

func (l *ledger) state(context.Context) (any, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return map[string]any{"balance": l.balance, "name": l.name}, nil
}

func (l *ledger) consumer() layer.Consumer {
	return layer.Consumer{
		State: l.state,
		Break: func(broken bool) { l.mu.Lock(); l.out = broken; l.mu.Unlock() },
		Restart: func() {
			if l.mu.Lock(); l.fault == forgets {
				l.seen = nil
			}
			l.mu.Unlock()
		},
	}
}

// run is a loop of its own.
func (l *ledger) run(at backend.Endpoint) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		q, err := sqs.Open(ctx, at, layer.DefaultQueue)
		if err != nil {
			return err
		}
		if l.fault == asleep {
			<-ctx.Done()
			return ctx.Err()
		}
		for {
			batch, err := q.Receive(ctx, 20*time.Second, 30*time.Second)
			switch {
			case l.fault == neverReturns && ctx.Err() != nil:
				time.Sleep(time.Hour) //tidy:bubble runs in a bubble only
				return nil
			case err != nil:
				return err
			}
			for _, m := range batch {
				if l.fault == acksFirst {
					if err := q.Ack(ctx, []observe.Message{m}); err != nil {
						return err
					}
				}
				err := l.handle(ctx, m)
				switch {
				case l.fault == diesOnPoison && err != nil:
					return err
				case l.fault == retriesAtOnce && err != nil:
					err = q.Return(ctx, []observe.Message{m})
				case err == nil && l.fault != acksFirst:
					err = q.Ack(ctx, []observe.Message{m})
				}
				if ctx.Err() != nil {
					return err
				}
			}
		}
	}
}

// caught returns the cases that failed, and the text of the table.
func caught(t *testing.T, cases layer.Cases, way string, f fault) (failed []string, text string) {
	t.Helper()
	table := func(ctx context.Context, open func() (backend.Backend, error)) {
		results, err := cases.Table(ctx, open, func(b *layer.Tapped) layer.Consumer {
			l := &ledger{fault: f}
			c := l.consumer()
			switch way {
			case "handle":
				c.Handle = l.handle
			case "batch":
				c.HandleBatch = l.batch
			case "run":
				c.Run = l.run(b.Endpoint("ledger"))
			}
			return c
		})
		if err != nil {
			t.Error(err)
		}
		for _, r := range results {
			if !r.OK {
				failed = append(failed, string(r.Case))
			}
		}
		text = results.String()
		if n := strings.Count(text, "\n") + 1; n > len(layer.AllCases()) {
			t.Errorf("%d lines\n%s", n, text)
		}
		for _, r := range results {
			report := r.Report()
			if n := strings.Count(report, "\n") + 1; n > 30 || (report == "") != r.OK {
				t.Errorf("%d lines of %v\n%s", n, r.Variant, report)
			}
			text += "\n" + report
		}
	}
	if way != "run" {
		table(t.Context(), func() (backend.Backend, error) { return embedded.New(embedded.Options{Seed: 3}), nil })
		return failed, text
	}
	synctest.Test(t, func(t *testing.T) {
		table(t.Context(), func() (backend.Backend, error) {
			return embedded.New(embedded.Options{Seed: 3, Wait: synctest.Wait}), nil
		})
		if f == neverReturns {
			time.Sleep(2 * time.Hour)
		}
	})
	return failed, text
}

func TestConsumer_table_catches_each_fault_and_passes_a_right_one_R2_14(t *testing.T) {
	for _, c := range []struct {
		way   string
		fault fault
		want  string
		says  string
	}{
		{"handle", right, "", "out of order   ok, 5 runs"},
		{"batch", right, "", ""},
		{"run", right, "", "crash          ok, 2 runs"},
		{"handle", countsTwice, "redelivered, duplicated, crash, slow", "balance: want 60, got 120"},
		{"run", countsTwice, "redelivered, duplicated, crash, slow", "balance: want 60, got 120"},
		{"handle", knowsMessages, "duplicated", ""},
		{"handle", lastWins, "out of order", "order 3 2 1"},
		{"run", lastWins, "out of order", ""},
		{"handle", swallows, "poison, partial batch", "was acknowledged: it is not in the dead-letter queue"},
		{"run", swallows, "poison, partial batch", ""},
		{"handle", panics, "poison, partial batch", "the consumer panicked, which would end its process"},
		{"run", panics, "poison, partial batch", "the consumer ended by itself: panic"},
		{"batch", failsAll, "poison, partial batch", "came again with the message that failed, although they did not: event 1, 2, 3"},
		{"handle", refusesAll, "plain", "event 1, event 2, event 3 ended in the dead-letter queue: the consumer said: no such account"},
		{"handle", dropsOnOutage, "outage", "balance: want 60, got 0"},
		{"run", dropsOnOutage, "outage", ""},
		{"run", acksFirst, "poison, partial batch, crash, outage", "after the acknowledgement"},
		{"run", diesOnPoison, "poison, partial batch, outage", "the consumer ended by itself"},
		{"run", retriesAtOnce, "outage", "event 3 ended in the dead-letter queue"},
		{"handle", upserts, "out of order, slow", ""},
		{"run", upserts, "out of order, slow", ""},
		{"run", asleep, "plain", "messages still in the queue after 24h0m0s: 1; they come again and again, or nobody takes them"},
		{"handle", forgets, "crash", "balance: want 60, got 120"},
		{"run", forgets, "crash", ""},
		{"handle", doesNothing, "plain", "no case could show anything"},
	} {
		t.Run(c.way+" "+string(c.fault), func(t *testing.T) {
			failed, text := caught(t, layer.Cases{Events: movements}, c.way, c.fault)
			if got := strings.Join(failed, ", "); got != c.want {
				t.Errorf("failed: %s; want %s\n%s", got, c.want, text)
			}
			if !strings.Contains(text, c.says) {
				t.Errorf("does not say %q\n%s", c.says, text)
			}
		})
	}
}

func TestConsumer_that_does_not_end_is_told_R2_14(t *testing.T) {
	failed, text := caught(t, layer.Cases{Events: movements, Only: []layer.Case{layer.Plain}, Want: map[string]any{"balance": 60, "name": "Ada Lovelace"}}, "run", neverReturns)
	if len(failed) != 1 || !strings.Contains(text, "Run did not return within a minute") {
		t.Errorf("%v\n%s", failed, text)
	}
}

func TestConsumer_of_a_FIFO_queue_R2_14(t *testing.T) {
	for _, c := range []struct {
		fault fault
		want  string
	}{{right, ""}, {countsTwice, "redelivered, duplicated, crash, slow"}, {upserts, "slow"}} {
		failed, text := caught(t, layer.Cases{Events: movements, FIFO: true}, "handle", c.fault)
		if strings.Join(failed, ", ") != c.want || !strings.Contains(text, "out of order   left out: the queue is FIFO") {
			t.Errorf("%s: %v, want %s\n%s", c.fault, failed, c.want, text)
		}
	}
}

func TestCases_plan_R2_14(t *testing.T) {
	for _, c := range []struct {
		reason string
		cases  layer.Cases
		want   string
	}{
		{"no events", layer.Cases{}, "a table of consumer cases needs Events"},
		{"no such case", layer.Cases{Events: movements, Only: []layer.Case{"plane"}}, `there is no case "plane": see AllCases`},
		{"no reason", layer.Cases{Events: movements, Skip: map[layer.Case]string{layer.Slow: ""}}, `case "slow" is left out without a reason: Skip says why`},
		{"one case", layer.Cases{Events: movements, Only: []layer.Case{layer.Poison}}, "poison"},
		{"all orders of three", layer.Cases{Events: movements, Only: []layer.Case{layer.OutOfOrder}},
			"out of order, order 3 2 1; out of order, order 1 3 2; out of order, order 2 1 3; out of order, order 2 3 1; out of order, order 3 1 2"},
		{"at most two orders", layer.Cases{Events: movements, Only: []layer.Case{layer.OutOfOrder}, Permutations: 2, Seed: 1}, "out of order, order 3 2 1; out of order, order 3 1 2"},
		{"one event has no other order", layer.Cases{Events: movements[:1], Only: []layer.Case{layer.OutOfOrder}}, "out of order (there is only one event)"},
		{"left out", layer.Cases{Events: movements, Only: []layer.Case{layer.Slow}, Skip: map[layer.Case]string{layer.Slow: "handling takes 1 s"}}, "slow (handling takes 1 s)"},
	} {
		plan, err := c.cases.Plan()
		var list []string
		for _, v := range plan {
			text := v.String()
			if v.Skip != "" {
				text += " (" + v.Skip + ")"
			}
			list = append(list, text)
		}
		got := strings.Join(list, "; ")
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.reason, got, c.want)
		}
	}
}

func TestCases_orders_are_different_and_repeat_R2_14(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 9).Draw(r, "events")
		most := rapid.IntRange(1, 40).Draw(r, "most")
		cases := layer.Cases{Events: make([]event.Event, n), Permutations: most, Seed: rapid.Uint64().Draw(r, "seed"), Only: []layer.Case{layer.OutOfOrder}}
		first, err := cases.Plan()
		if err != nil {
			r.Fatal(err)
		}
		again, _ := cases.Plan()
		seen := map[string]bool{}
		for i, v := range first {
			if seen[v.Text] || again[i].Text != v.Text {
				r.Fatalf("%s, again %s", v, again[i])
			}
			seen[v.Text] = true
		}
		if all := [...]int{0, 0, 1, 5, 23, 119}; len(first) > most || n < len(all) && len(first) != min(most, all[n]) {
			r.Fatalf("%d of %d events, at most %d", len(first), n, most)
		}
	})
}

func TestConsumer_of_a_queue_without_redrive_policy_R2_14(t *testing.T) {
	cases := layer.Cases{Events: movements, Only: []layer.Case{layer.Poison}}
	open := func() (backend.Backend, error) {
		b := embedded.New(embedded.Options{})
		return b, backendtest.SQS{}.CreateQueue(t.Context(), b.Endpoint("app"), "plain-queue")
	}
	results, err := cases.Table(t.Context(), open, func(*layer.Tapped) layer.Consumer {
		l := &ledger{}
		return layer.Consumer{Handle: l.handle, State: l.state, Queue: "plain-queue"}
	})
	if text := results.String(); err != nil || results.OK() || !strings.Contains(text, "queue plain-queue has no redrive policy") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestConsumer_that_the_case_does_not_reach_is_told_R2_14(t *testing.T) {
	cases := layer.Cases{Events: movements, Only: []layer.Case{layer.Plain, layer.Redelivered, layer.Crash, layer.Slow}}
	var text string
	synctest.Test(t, func(t *testing.T) {
		results, err := cases.Table(t.Context(), func() (backend.Backend, error) { return embedded.New(embedded.Options{Wait: synctest.Wait}), nil },
			func(b *layer.Tapped) layer.Consumer {
				l := &ledger{}
				c := l.consumer()
				c.Run = l.run(b.Backend.Endpoint("ledger")) // beside the tap
				return c
			})
		if err != nil {
			t.Error(err)
		}
		text = results.String()
	})
	for _, s := range []string{"plain          ok", "redelivered    FAILED: the case shows nothing: 3 of 3 messages were not acknowledged where",
		"crash          FAILED", "slow           FAILED: the case shows nothing: no message was received where"} {
		if !strings.Contains(text, s) {
			t.Errorf("does not say %q\n%s", s, text)
		}
	}
	cases.Only = []layer.Case{layer.Outage}
	results, err := cases.Table(t.Context(), func() (backend.Backend, error) { return embedded.New(embedded.Options{}), nil },
		func(*layer.Tapped) layer.Consumer {
			l := &ledger{}
			return layer.Consumer{Handle: l.handle, State: l.state, Break: func(bool) {}}
		})
	if text := results.String(); err != nil || !strings.Contains(text, "outage         FAILED: the case shows nothing: the consumer handled events although Break") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestConsumer_must_be_whole_R2_14(t *testing.T) {
	for _, c := range []struct {
		consumer layer.Consumer
		says     string
	}{
		{layer.Consumer{}, "must have one of Handle, HandleBatch and Run, and has 0"},
		{layer.Consumer{Handle: (&ledger{}).handle}, "has no State"},
		{layer.Consumer{Handle: (&ledger{}).handle, State: func(context.Context) (any, error) { return nil, errors.New("no table") }}, "State: no table"},
		{layer.Consumer{Handle: (&ledger{}).handle, State: func(context.Context) (any, error) { return make(chan int), nil }}, "State returns cannot be written as JSON"},
	} {
		_, err := layer.Cases{Events: movements}.Table(t.Context(), func() (backend.Backend, error) { return embedded.New(embedded.Options{}), nil },
			func(*layer.Tapped) layer.Consumer { return c.consumer })
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}
