package engine

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	account = "111111111111"
	region  = "eu-west-1"
)

// mailbox is the smallest service there can be: places that take messages and hand them to polls.
type mailbox struct {
	scope *Scope

	boxes   map[event.Place][]event.Lineage // under the scope's lock
	waiters []*Poll                         //
	fail    error                           // what Receive answers
	resets  int                             //
}

func buildMailbox(s *Scope) any {
	m := &mailbox{scope: s, boxes: map[event.Place][]event.Lineage{}}
	s.Register(m, map[string]Receiver{event.PlaceQueue: m})
	return m
}

func mailboxOf(e *Engine) *mailbox { return e.Scope(account, region).Built().(*mailbox) }

func (m *mailbox) Receive(d event.Delivery) error {
	m.scope.Lock()
	defer m.scope.Unlock()
	if m.fail != nil {
		return m.fail
	}
	l := m.scope.Engine.Record(event.Hop{Account: m.scope.Account, Kind: event.KindArrive, From: d.From, To: d.To, Outcome: event.Delivered, Event: d.Event,
		Cause: d.Cause, CorrelationID: d.CorrelationID, Attempt: d.Attempt})
	m.boxes[d.To] = append(m.boxes[d.To], l)
	for _, p := range m.waiters {
		p.Wake()
	}
	m.waiters = nil
	return nil
}

func (m *mailbox) Pending() []event.Pending { return nil }

func (m *mailbox) Describe(t *event.Topology) { t.Places = append(t.Places, "queue:a") }

func (m *mailbox) Reset() { m.resets++ }

// take is a receive as the real service does it: ask, look, wait, look again.
func (m *mailbox) take(c *Call, from event.Place, wait time.Duration) (got []event.Lineage) {
	e := m.scope.Engine
	e.Do(c, func() ([]byte, error) {
		e.Asked(c, from)
		p := e.NewPoll(c, wait)
		for late := false; ; {
			m.scope.Lock()
			got, m.boxes[from] = m.boxes[from], nil
			if len(got) == 0 && !late {
				m.waiters = append(m.waiters, p)
			}
			m.scope.Unlock()
			if len(got) > 0 || late {
				break
			}
			switch p.Wait() {
			case TimedOut:
				late = true
			case Gone:
				return nil, nil
			}
		}
		for i := range got {
			l := e.Record(event.Hop{Kind: event.KindReceive, From: from, To: c.Place(), Outcome: event.Delivered, Cause: got[i].Cause,
				CorrelationID: got[i].CorrelationID, Fact: got[i].Fact})
			got[i].Cause = l.Cause
		}
		if len(got) > 0 {
			e.Received(c, from, got)
		}
		return nil, nil
	})
	return got
}

// call makes a call of client in the test's scope.
func call(ctx context.Context, e *Engine, client, operation, body string) *Call {
	return &Call{Context: ctx, Scope: e.Scope(account, region), Client: client, Service: "sqs", Operation: operation, Body: []byte(body)}
}

// send puts a message into a box, as an API call.
func send(ctx context.Context, e *Engine, client string, to event.Place, correlation string) {
	c := call(ctx, e, client, "SendMessage", "{}")
	c.CorrelationID = correlation
	e.Do(c, func() ([]byte, error) {
		e.Send(event.Delivery{Lineage: c.Lineage(to), Account: account, Region: region, To: to, Event: &event.Event{}}, nil)
		return nil, nil
	})
}

// journal is a list that goroutines write.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.lines...)
}

// soon ends a test that would otherwise hang.
func soon(t testing.TB) context.Context {
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(stop)
	return ctx
}

// settle settles and fails the test if the engine does not come to rest.
func settle(t testing.TB, e *Engine) event.Quiescence {
	t.Helper()
	q := e.Settle(soon(t))
	if !q.Quiet {
		t.Fatalf("the engine does not come to rest: %+v", q.Pending)
	}
	return q
}

func advance(t testing.TB, e *Engine, d time.Duration) {
	t.Helper()
	q, err := e.Advance(soon(t), d)
	if err != nil || !q.Quiet {
		t.Fatalf("advance by %v: %v, %+v", d, err, q.Pending)
	}
}

func contextOf(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

func TestIDs_are_UUIDs_and_never_twice(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	e, same, other := New(Options{}), New(Options{}), New(Options{Seed: 1})
	s := e.Scope(account, region)
	seen := map[string]bool{}
	for range 1000 {
		s.Lock()
		for _, id := range []string{e.NewRequestID(), s.UUID()} {
			if !form.MatchString(id) || seen[id] {
				t.Fatalf("got %s", id)
			}
			if halves := strings.ReplaceAll(id, "-", ""); halves[:12] == halves[16:28] {
				t.Fatalf("both halves of %s are the same", id)
			}
			seen[id] = true
		}
		s.Unlock()
	}
	if a, b := e.NewRequestID(), other.NewRequestID(); a == b {
		t.Error("another seed gives the same ids")
	}
	if !seen[same.Scope(account, region).UUID()] || !seen[same.NewRequestID()] {
		t.Error("the same seed gives other ids")
	}
}
