package eventbridge

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const (
	account = "111111111111"
	other   = "222222222222"
	third   = "333333333333"
	region  = "us-east-1"
)

func queueARN(name string) string { return "arn:aws:sqs:" + region + ":" + account + ":" + name }
func busARN(account, name string) string {
	return "arn:aws:events:" + region + ":" + account + ":event-bus/" + name
}

// fakeQueues stands for SQS: it takes deliveries to every queue but those it is told to fail for.
type fakeQueues struct {
	engine  *engine.Engine
	discard bool // keep nothing: for benchmarks

	mu   sync.Mutex
	got  []event.Delivery
	at   []time.Time
	fail map[event.Place]error
}

func (q *fakeQueues) Receive(d event.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.discard {
		return nil
	}
	if err := q.fail[d.To]; err != nil {
		return err
	}
	q.got = append(q.got, d)
	q.at = append(q.at, q.engine.Now())
	q.engine.Record(event.Hop{Account: d.Account, Region: d.Region, Kind: event.KindArrive, From: d.From, To: d.To, Outcome: event.Delivered,
		Cause: d.Cause, Fact: d.Fact, CorrelationID: d.CorrelationID, Event: d.Event, Attempt: d.Attempt})
	return nil
}

func (q *fakeQueues) Pending() []event.Pending   { return nil }
func (q *fakeQueues) Describe(t *event.Topology) {}
func (q *fakeQueues) Reset()                     {}

type fixture struct {
	t      testing.TB
	engine *engine.Engine
	svc    *Service
	queue  *fakeQueues
	port   *outbound.Port // by which API destinations are reached
}

func newFixture(t testing.TB, seed uint64, interceptors ...engine.Interceptor) *fixture {
	f := &fixture{t: t, queue: &fakeQueues{fail: map[event.Place]error{}}, port: outbound.New(outbound.Options{})}
	f.engine = engine.New(engine.Options{Seed: seed, HistoryLimit: 100_000, Interceptors: interceptors, Build: func(s *engine.Scope) any {
		svc := New(s, Options{Outbound: f.port})
		s.Register(f.queue, map[string]engine.Receiver{event.PlaceQueue: f.queue})
		return svc
	}})
	f.queue.engine = f.engine
	f.svc = f.in(account)
	return f
}

func (f *fixture) in(account string) *Service {
	return f.engine.Scope(account, region).Built().(*Service)
}

func (f *fixture) call() *engine.Call {
	return &engine.Call{Context: context.Background(), Scope: f.svc.scope, Client: "app", Service: "events", Operation: "Test", CorrelationID: "flow-1"}
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, body func(t *testing.T, f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, 1)
		defer f.engine.Close()
		body(t, f)
	})
}

func must[T any](t testing.TB) func(out T, err error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func (f *fixture) bus(name string) {
	f.t.Helper()
	must[*CreateEventBusOutput](f.t)(f.svc.CreateEventBus(f.call(), &CreateEventBusInput{Name: name}))
}

func opt(s string) wire.Opt[string] { return wire.Opt[string]{V: s, OK: s != ""} }

func (f *fixture) rule(bus, name, pattern string) {
	f.t.Helper()
	must[*PutRuleOutput](f.t)(f.svc.PutRule(f.call(), &PutRuleInput{Name: name, EventBusName: opt(bus), EventPattern: wire.Some(pattern)}))
}

func (f *fixture) target(bus, rule string, targets ...Target) {
	f.t.Helper()
	out := must[*PutTargetsOutput](f.t)(f.svc.PutTargets(f.call(), &PutTargetsInput{Rule: rule, EventBusName: opt(bus), Targets: targets}))
	if out.FailedEntryCount.V != 0 {
		f.t.Fatalf("targets refused: %+v", out.FailedEntries)
	}
}

// put puts one event with source "s" and type "T" and waits until all that is due now has happened.
func (f *fixture) put(bus, detail string) {
	f.t.Helper()
	out := must[*PutEventsOutput](f.t)(f.svc.PutEvents(f.call(), &PutEventsInput{Entries: []PutEventsRequestEntry{
		{Source: wire.Some("s"), DetailType: wire.Some("T"), Detail: wire.Some(detail), EventBusName: opt(bus)},
	}}))
	if out.FailedEntryCount.V != 0 {
		f.t.Fatalf("entry refused: %+v", out.Entries)
	}
	synctest.Wait()
}

// pass lets virtual time pass.
//
//tidy:bubble the fixture's tests run in synctest.Test, see bubble
func (f *fixture) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// failing makes every delivery to a queue fail; a nil error ends that.
func (f *fixture) failing(queue string, err error) {
	f.queue.mu.Lock()
	defer f.queue.mu.Unlock()
	f.queue.fail[event.At(event.PlaceQueue, queue)] = err
}

// bodies returns what came to a queue, oldest first.
func (f *fixture) bodies(queue string) []string {
	var all []string
	for _, d := range f.queue.got {
		if d.To == event.At(event.PlaceQueue, queue) {
			all = append(all, d.Event.Body)
		}
	}
	return all
}

// hops returns the hops of one kind.
func (f *fixture) hops(kind event.Kind) []event.Hop {
	var all []event.Hop
	hops, _ := f.engine.Hops(0)
	for _, h := range hops {
		if h.Kind == kind {
			all = append(all, h)
		}
	}
	return all
}

func reasons(hops []event.Hop) string {
	var all []string
	for _, h := range hops {
		code := ""
		if h.Reason != nil {
			code = " " + h.Reason.Code
		}
		all = append(all, string(h.From)+" -> "+string(h.To)+": "+string(h.Outcome)+code)
	}
	return strings.Join(all, "\n")
}

func wantError(t testing.TB, err error, code, message string) {
	t.Helper()
	e, ok := errors.AsType[*wire.Error](err)
	if !ok || e.Code != code || !strings.Contains(e.Message, message) {
		t.Errorf("got %v, want %s: %s", err, code, message)
	}
}
