package sqs

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// reference is what a standard queue with a dead-letter queue does, written down without heaps, lines or tombstones: a list of
// messages, each with the moment at which it becomes visible.
type reference struct {
	now      time.Time
	messages []*refMessage
	arrivals int
}

func (r *reference) arrive(m *refMessage) {
	r.arrivals++
	m.order = r.arrivals
}

type refMessage struct {
	body, handle string
	dead         bool // in the dead-letter queue
	sent, from   time.Time
	order        int // of arrival in its queue
	count        int
	carried      int
	received     bool // in flight until from
}

const (
	refVisibility = 30 * time.Second
	refRetention  = 10 * time.Minute
	refMax        = 3
)

// visible returns the messages of one queue that can be received, in order.
func (r *reference) visible(dead bool) []*refMessage {
	var list []*refMessage
	for _, m := range r.messages {
		if m.dead == dead && !m.from.After(r.now) && m.sent.Add(refRetention).After(r.now) {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b *refMessage) int {
		return a.order - b.order
	})
	return list
}

func (r *reference) expire() {
	r.messages = slices.DeleteFunc(r.messages, func(m *refMessage) bool { return !m.sent.Add(refRetention).After(r.now) })
}

// receive returns the bodies that a receive of up to limit hands out, and moves what was received too often.
func (r *reference) receive(dead bool, limit int) []*refMessage {
	r.expire()
	var out []*refMessage
	for _, m := range r.visible(dead) {
		if len(out) == limit {
			break
		}
		if !dead && m.count-m.carried >= refMax {
			m.dead, m.carried, m.from, m.received, m.handle = true, m.count, r.now, false, ""
			r.arrive(m)
			continue
		}
		m.count++
		m.from, m.received = r.now.Add(refVisibility), true
		out = append(out, m)
	}
	return out
}

func (r *reference) counts(dead bool) [3]string {
	r.expire()
	n := [3]int{}
	for _, m := range r.messages {
		switch {
		case m.dead != dead:
		case !m.from.After(r.now):
			n[0]++
		case m.received:
			n[1]++
		default:
			n[2]++
		}
	}
	return [3]string{fmt.Sprint(n[0]), fmt.Sprint(n[1]), fmt.Sprint(n[2])}
}

// machine drives a queue, its dead-letter queue and the reference with the same calls and clock jumps.
type machine struct {
	*fixture
	clock *engine.ManualClock
	ref   *reference
	sent  int
}

var queueOf = map[bool]string{false: "q", true: "dead"}

func newMachine(t *rapid.T) *machine {
	clock := engine.NewManualClock(start)
	f := &fixture{TB: failer{t: t}, engine: engine.New(engine.Options{Clock: clock, Build: func(s *engine.Scope) any { return New(s, Options{}) }})}
	f.scope = f.engine.Scope("000000000001", "us-east-1")
	f.sqs = f.scope.Built().(*Service)
	retention := fmt.Sprint(int(refRetention.Seconds()))
	f.create("dead", "MessageRetentionPeriod", retention)
	f.create("q", "MessageRetentionPeriod", retention, "RedrivePolicy", fmt.Sprintf(`{"maxReceiveCount":%d,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:dead"}`, refMax))
	return &machine{fixture: f, clock: clock, ref: &reference{now: start}}
}

func (m *machine) step(d time.Duration) {
	m.ref.now = m.ref.now.Add(d)
	m.clock.Set(m.ref.now)
}

func (m *machine) check(t *rapid.T) {
	for dead, name := range queueOf {
		if got, want := m.counts(name), m.ref.counts(dead); got != want {
			t.Fatalf("%s counts visible, in flight, delayed %v, want %v", name, got, want)
		}
	}
}

func (m *machine) sendOne(t *rapid.T) {
	m.step(time.Second)
	m.sent++
	one := &refMessage{body: fmt.Sprint("m", m.sent), sent: m.ref.now, from: m.ref.now}
	m.ref.arrive(one)
	delay := rapid.Int32Range(0, 5).Draw(t, "delay")
	one.from = m.ref.now.Add(time.Duration(delay) * time.Second)
	m.send("q", one.body, delay)
	m.ref.messages = append(m.ref.messages, one)
}

func (m *machine) receiveSome(t *rapid.T) {
	dead, limit := rapid.Bool().Draw(t, "dead"), rapid.Int32Range(1, 10).Draw(t, "limit")
	m.step(time.Microsecond)
	got, want := m.receive(queueOf[dead], limit, 0), m.ref.receive(dead, int(limit))
	bodiesWant := []string{}
	for _, one := range want {
		bodiesWant = append(bodiesWant, one.body)
	}
	if !slices.Equal(bodies(got), bodiesWant) {
		t.Fatalf("received %v, want %v", bodies(got), bodiesWant)
	}
	for i, one := range want {
		one.handle = got[i].ReceiptHandle.V
		if got[i].Attributes["ApproximateReceiveCount"] != fmt.Sprint(one.count) {
			t.Fatalf("%s: receive count %s, want %d", one.body, got[i].Attributes["ApproximateReceiveCount"], one.count)
		}
	}
}

// held draws a message of which a consumer has a receipt handle.
func (m *machine) held(t *rapid.T) *refMessage {
	m.ref.expire()
	held := slices.DeleteFunc(slices.Clone(m.ref.messages), func(one *refMessage) bool { return one.handle == "" })
	if len(held) == 0 {
		t.Skip("nothing was received")
	}
	return rapid.SampledFrom(held).Draw(t, "message")
}

func (m *machine) deleteOne(t *rapid.T) {
	one := m.held(t)
	m.delete(queueOf[one.dead], one.handle)
	m.ref.messages = slices.DeleteFunc(m.ref.messages, func(o *refMessage) bool { return o == one })
}

func (m *machine) changeOne(t *rapid.T) {
	m.step(time.Microsecond)
	one, seconds := m.held(t), rapid.Int32Range(0, 100).Draw(t, "seconds")
	if err := m.change(queueOf[one.dead], one.handle, seconds); err != nil {
		t.Fatal(err)
	}
	if one.received && one.from.After(m.ref.now) {
		one.from = m.ref.now.Add(time.Duration(seconds) * time.Second)
	}
}

// TestQueue_behaves_like_the_reference compares what is received, in which order and how often, and all counts. Older
// messages come first.
func TestQueue_behaves_like_the_reference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		defer m.engine.Close()
		t.Repeat(map[string]func(*rapid.T){
			"": m.check, "send": m.sendOne, "receive": m.receiveSome, "delete": m.deleteOne, "change": m.changeOne,
			"disconnect": func(t *rapid.T) {
				dead := rapid.Bool().Draw(t, "dead")
				if m.ref.expire(); len(m.ref.visible(dead)) > 0 {
					t.Skip("it would not wait")
				}
				leavePoll(t, m.fixture, queueOf[dead])
			},
			"wait": func(t *rapid.T) {
				m.step(time.Duration(rapid.IntRange(1, 200_000).Draw(t, "milliseconds")) * time.Millisecond)
			},
		})
	})
}

// failer lets the fixture fail a rapid test.
type failer struct {
	testing.TB
	t *rapid.T
}

func (f failer) Helper()                           {}
func (f failer) Fatalf(format string, args ...any) { f.t.Fatalf(format, args...) }

// TestQueue_loses_nothing sends, receives and deletes at random and then drains both queues: every message is deleted, or is
// still there, exactly once.
func TestQueue_loses_nothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clock := engine.NewManualClock(start)
		e := engine.New(engine.Options{Clock: clock, Seed: rapid.Uint64().Draw(t, "seed"), Build: func(s *engine.Scope) any { return New(s, Options{}) }})
		defer e.Close()
		f := &fixture{engine: e, scope: e.Scope("000000000001", "us-east-1")}
		f.sqs = f.scope.Built().(*Service)
		f.TB = failer{t: t}
		f.create("dead")
		f.create("q", "RedrivePolicy", `{"maxReceiveCount":2,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:dead"}`)
		there := map[string]bool{}
		for i, op := range rapid.SliceOfN(rapid.IntRange(0, 9), 1, 200).Draw(t, "operations") {
			switch {
			case op < 4:
				there[f.send("q", fmt.Sprint(i), int32(op))] = true
			case op < 6:
				for j, m := range f.receive("q", int32(op), 0) {
					if (i+j)%3 == 0 {
						f.delete("q", m.ReceiptHandle.V)
						delete(there, m.MessageId.V)
					}
				}
			default:
				clock.Set(e.Now().Add(time.Duration(op*op) * time.Second))
			}
		}
		found := map[string]int{}
		for _, name := range []string{"q", "dead"} {
			list, _ := f.sqs.Peek(name)
			for _, p := range list {
				found[p.Message.MessageId.V]++
			}
		}
		if len(found) != len(there) {
			t.Fatalf("%d messages are there, want %d", len(found), len(there))
		}
		for id := range there {
			if found[id] != 1 {
				t.Fatalf("message %s is there %d times", id, found[id])
			}
		}
	})
}
