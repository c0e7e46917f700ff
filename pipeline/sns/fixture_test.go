package sns

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const (
	account = "111111111111"
	other   = "222222222222"
	region  = "us-east-1"
)

func queueARN(name string) string { return "arn:aws:sqs:" + region + ":" + account + ":" + name }
func topicOf(name string) string  { return "arn:aws:sns:" + region + ":" + account + ":" + name }

// fakeQueues stands for SQS: it takes deliveries to every queue but those it is told to fail for.
type fakeQueues struct {
	discard bool // keep nothing: for benchmarks

	mu   sync.Mutex
	got  []event.Delivery
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
	return nil
}

func (q *fakeQueues) Pending() []event.Pending   { return nil }
func (q *fakeQueues) Describe(t *event.Topology) {}
func (q *fakeQueues) Reset()                     {}

// at returns what came to a queue, oldest first.
func (q *fakeQueues) at(name string) []*event.Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	var all []*event.Event
	for _, d := range q.got {
		if d.To == event.At(event.PlaceQueue, name) {
			all = append(all, d.Event)
		}
	}
	return all
}

// fakeWeb answers posts with the statuses it is told, then with 200.
type fakeWeb struct {
	mu      sync.Mutex
	status  []int
	fail    error
	got     []Post
	waiting []func(int, error)
	hold    bool // answer only when told
}

func (w *fakeWeb) Post(r Post, done func(int, error)) {
	w.mu.Lock()
	w.got = append(w.got, r)
	status, err := 200, w.fail
	if len(w.status) > 0 {
		status, w.status = w.status[0], w.status[1:]
	}
	if w.hold {
		w.waiting = append(w.waiting, done)
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	done(status, err)
}

type fixture struct {
	testing.TB
	engine *engine.Engine
	svc    *Service
	queues *fakeQueues
	web    *fakeWeb
}

func newFixture(t testing.TB, o engine.Options) *fixture {
	f := &fixture{TB: t, queues: &fakeQueues{fail: map[event.Place]error{}}, web: &fakeWeb{}}
	o.Build = func(s *engine.Scope) any {
		svc := New(s, Options{Outbound: f.web})
		s.Register(f.queues, map[string]engine.Receiver{event.PlaceQueue: f.queues})
		return svc
	}
	f.engine = engine.New(o)
	f.svc = f.engine.Scope(account, region).Built().(*Service)
	return f
}

func (f *fixture) call() *engine.Call {
	return &engine.Call{Context: context.Background(), Scope: f.svc.scope, Client: "app", Service: "sns", Operation: "Test", CorrelationID: "flow-1", BaseURL: "http://127.0.0.1:4566"}
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, body func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		defer f.engine.Close()
		body(f)
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

func pairs(list []string) map[string]string {
	if len(list) == 0 {
		return nil
	}
	m := map[string]string{}
	for i := 0; i < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	return m
}

func (f *fixture) topic(name string, attributes ...string) string {
	f.Helper()
	return must[*CreateTopicOutput](f)(f.svc.CreateTopic(f.call(), &CreateTopicInput{Name: name, Attributes: pairs(attributes)})).TopicArn.V
}

func (f *fixture) subscribe(topicARN, protocol, endpoint string, attributes ...string) string {
	f.Helper()
	return must[*SubscribeOutput](f)(f.svc.Subscribe(f.call(), &SubscribeInput{
		TopicArn: topicARN, Protocol: protocol, Endpoint: wire.Some(endpoint), Attributes: pairs(attributes), ReturnSubscriptionArn: wire.Some(true),
	})).SubscriptionArn.V
}

// publish publishes and waits until all that is due now has happened.
func (f *fixture) publish(in *PublishInput) *PublishOutput {
	f.Helper()
	out := must[*PublishOutput](f)(f.svc.Publish(f.call(), in))
	synctest.Wait()
	return out
}

func (f *fixture) hops(kinds ...event.Kind) []event.Hop {
	hops, _ := f.engine.Hops(0)
	var kept []event.Hop
	for _, h := range hops {
		for _, k := range kinds {
			if h.Kind == k {
				kept = append(kept, h)
			}
		}
	}
	return kept
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

func wantError(t testing.TB, what string, err error, code, message string) {
	t.Helper()
	e, ok := errors.AsType[*wire.Error](err)
	if !ok || e.Code != code || e.Message != message {
		t.Errorf("%s:\ngot  %v\nwant %s: %s", what, err, code, message)
	}
}
