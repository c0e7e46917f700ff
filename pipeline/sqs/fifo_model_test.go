package sqs

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// fifoReference is what a FIFO queue with a dead-letter queue does, written down as lists.
type fifoReference struct {
	now    time.Time
	queues [2]fifoList // the queue and its dead-letter queue
	sent   map[string]fifoSent
	tries  map[string]*fifoTry // by queue and ReceiveRequestAttemptId
}

type fifoList struct {
	messages []*fifoMessage // as they were sent
	ready    []string       // groups of which something can be received, in the order in which that came about
}

type fifoMessage struct {
	body, group, handle string
	queue               int
	from                time.Time // visible from then on, if hidden
	hidden              bool
	count, carried      int
}

type fifoSent struct {
	id string
	at time.Time
}

type fifoTry struct {
	batch  []*fifoMessage
	counts []int
	at     time.Time
	due    time.Time
}

// join puts a group into the line if its first message is visible.
func (l *fifoList) join(group string) {
	for _, m := range l.messages {
		if m.group == group {
			if !m.hidden && !slices.Contains(l.ready, group) {
				l.ready = append(l.ready, group)
			}
			return
		}
	}
}

func (l *fifoList) drop(m *fifoMessage) {
	l.messages = slices.DeleteFunc(l.messages, func(o *fifoMessage) bool { return o == m })
}

// settle shows what became visible, in the order in which it did.
func (r *fifoReference) settle() {
	for i := range r.queues {
		l := &r.queues[i]
		due := slices.DeleteFunc(slices.Clone(l.messages), func(m *fifoMessage) bool { return !m.hidden || m.from.After(r.now) })
		slices.SortStableFunc(due, func(a, b *fifoMessage) int { return a.from.Compare(b.from) })
		for _, m := range due {
			m.hidden = false
			l.join(m.group)
		}
	}
}

func (r *fifoReference) receive(queue, limit int, visibility time.Duration) (out []*fifoMessage) {
	l := &r.queues[queue]
	for len(out) < limit && len(l.ready) > 0 {
		group := l.ready[0]
		touched := false
		for _, m := range slices.Clone(l.messages) {
			if m.group != group || slices.Contains(out, m) {
				continue
			}
			if m.hidden || len(out) == limit {
				break
			}
			touched = true
			if queue == 0 && m.count-m.carried >= refMax {
				l.drop(m)
				m.queue, m.carried, m.handle = 1, m.count, ""
				r.queues[1].messages = append(r.queues[1].messages, m)
				r.queues[1].join(m.group)
				continue
			}
			m.count++
			m.hidden, m.from = true, r.now.Add(visibility)
			out = append(out, m)
		}
		if touched {
			l.ready = l.ready[1:]
			l.join(group)
		}
	}
	return out
}

// again returns the batch of an attempt that can be repeated.
func (r *fifoReference) again(key string, visibility time.Duration) []*fifoMessage {
	t := r.tries[key]
	if t == nil || !r.now.Before(t.at.Add(5*time.Minute)) {
		return nil
	}
	for i, m := range t.batch {
		if !m.hidden || m.count != t.counts[i] || !m.from.Equal(t.due) || !slices.Contains(r.queues[m.queue].messages, m) {
			return nil
		}
	}
	t.due = r.now.Add(visibility)
	for _, m := range t.batch {
		m.from = t.due
	}
	return t.batch
}

func (r *fifoReference) counts(queue int) [3]string {
	n := [2]int{}
	for _, m := range r.queues[queue].messages {
		if m.hidden {
			n[1]++
		} else {
			n[0]++
		}
	}
	return [3]string{fmt.Sprint(n[0]), fmt.Sprint(n[1]), "0"}
}

type fifoMachine struct {
	*fixture
	clock *engine.ManualClock
	ref   *fifoReference
	n     int
	all   []*fifoMessage
}

var fifoNames = [2]string{"q.fifo", "dead.fifo"}

func newFifoMachine(t *rapid.T) *fifoMachine {
	clock := engine.NewManualClock(start)
	f := &fixture{TB: failer{t: t}, engine: engine.New(engine.Options{Clock: clock, Build: func(s *engine.Scope) any { return New(s, Options{}) }})}
	f.scope = f.engine.Scope("000000000001", "us-east-1")
	f.sqs = f.scope.Built().(*Service)
	f.create("dead.fifo", "FifoQueue", "true")
	f.create("q.fifo", "FifoQueue", "true", "RedrivePolicy", fmt.Sprintf(`{"maxReceiveCount":%d,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:dead.fifo"}`, refMax))
	return &fifoMachine{fixture: f, clock: clock, ref: &fifoReference{now: start, sent: map[string]fifoSent{}, tries: map[string]*fifoTry{}}}
}

func (m *fifoMachine) step(d time.Duration) {
	m.ref.now = m.ref.now.Add(d)
	m.clock.Set(m.ref.now)
	m.ref.settle()
}

func (m *fifoMachine) check(t *rapid.T) {
	for i, name := range fifoNames {
		if got, want := m.counts(name), m.ref.counts(i); got != want {
			t.Fatalf("%s counts visible, in flight, delayed %v, want %v", name, got, want)
		}
	}
}

func (m *fifoMachine) sendOne(t *rapid.T) {
	m.step(time.Second)
	m.n++
	one := &fifoMessage{body: fmt.Sprint("m", m.n), group: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "group")}
	dedup := rapid.SampledFrom([]string{"x", "y", one.body}).Draw(t, "deduplication id")
	out, err := m.sqs.SendMessage(m.call("SendMessage"), &SendMessageInput{QueueUrl: "q.fifo", MessageBody: one.body, MessageGroupId: wire.Some(one.group), MessageDeduplicationId: wire.Some(dedup)})
	if err != nil {
		t.Fatal(err)
	}
	if before, ok := m.ref.sent[dedup]; ok && m.ref.now.Before(before.at.Add(5*time.Minute)) {
		if out.MessageId.V != before.id {
			t.Fatalf("%s repeats %s but is %s", one.body, before.id, out.MessageId.V)
		}
		return
	}
	m.ref.sent[dedup] = fifoSent{out.MessageId.V, m.ref.now}
	m.ref.queues[0].messages = append(m.ref.queues[0].messages, one)
	m.ref.queues[0].join(one.group)
	m.all = append(m.all, one)
}

func (m *fifoMachine) receiveSome(t *rapid.T) {
	queue, limit := rapid.IntRange(0, 1).Draw(t, "queue"), rapid.Int32Range(1, 10).Draw(t, "limit")
	seconds := rapid.SampledFrom([]int32{0, 1, 30}).Draw(t, "visibility")
	visibility := time.Duration(seconds) * time.Second
	id := rapid.SampledFrom([]string{"", "", "try"}).Draw(t, "attempt")
	m.step(time.Microsecond)
	in := &ReceiveMessageInput{QueueUrl: fifoNames[queue], MaxNumberOfMessages: wire.Some(limit), VisibilityTimeout: wire.Some(seconds), MessageSystemAttributeNames: []string{"All"}}
	key := fifoNames[queue] + id
	var want []*fifoMessage
	if id != "" {
		in.ReceiveRequestAttemptId = wire.Some(id)
		want = m.ref.again(key, visibility)
	}
	if want == nil {
		if want = m.ref.receive(queue, int(limit), visibility); id != "" && len(want) > 0 {
			try := &fifoTry{batch: want, at: m.ref.now, due: m.ref.now.Add(visibility)}
			for _, one := range want {
				try.counts = append(try.counts, one.count)
			}
			m.ref.tries[key] = try
		}
	}
	out, err := m.sqs.ReceiveMessage(m.call("ReceiveMessage"), in)
	if err != nil {
		t.Fatal(err)
	}
	wantBodies := []string{}
	for _, one := range want {
		wantBodies = append(wantBodies, one.body)
	}
	if !slices.Equal(bodies(out.Messages), wantBodies) {
		t.Fatalf("received %v, want %v", bodies(out.Messages), wantBodies)
	}
	for i, one := range want {
		one.handle = out.Messages[i].ReceiptHandle.V
		if a := out.Messages[i].Attributes; a["ApproximateReceiveCount"] != fmt.Sprint(one.count) || a["MessageGroupId"] != one.group {
			t.Fatalf("%s: attributes %v, want count %d and group %s", one.body, a, one.count, one.group)
		}
	}
	m.ref.settle() // what was hidden for no time
}

func (m *fifoMachine) held(t *rapid.T) *fifoMessage {
	held := slices.DeleteFunc(slices.Clone(m.all), func(one *fifoMessage) bool { return one.handle == "" })
	if len(held) == 0 {
		t.Skip("nothing was received")
	}
	return rapid.SampledFrom(held).Draw(t, "message")
}

func (m *fifoMachine) deleteOne(t *rapid.T) {
	one := m.held(t)
	l := &m.ref.queues[one.queue]
	_, err := m.sqs.DeleteMessage(m.call("DeleteMessage"), &DeleteMessageInput{QueueUrl: fifoNames[one.queue], ReceiptHandle: one.handle})
	if refused := err != nil && strings.Contains(err.Error(), "The receipt handle has expired."); refused == one.hidden {
		t.Fatalf("delete of %s (hidden: %v): %v", one.body, one.hidden, err)
	}
	if one.hidden {
		l.drop(one)
		l.join(one.group)
		m.all = slices.DeleteFunc(m.all, func(o *fifoMessage) bool { return o == one })
	}
}

func (m *fifoMachine) changeOne(t *rapid.T) {
	m.step(time.Microsecond)
	one, seconds := m.held(t), rapid.Int32Range(0, 100).Draw(t, "seconds")
	if err := m.change(fifoNames[one.queue], one.handle, seconds); (err == nil) != one.hidden {
		t.Fatalf("change of %s (hidden: %v): %v", one.body, one.hidden, err)
	}
	if one.hidden {
		one.from = m.ref.now.Add(time.Duration(seconds) * time.Second)
		m.ref.settle()
	}
}

// disconnect lets a client go away in the middle of a long poll, if there is nothing it could be handed.
func (m *fifoMachine) disconnect(t *rapid.T) {
	queue := rapid.IntRange(0, 1).Draw(t, "queue")
	if len(m.ref.queues[queue].ready) > 0 {
		t.Skip("it would not wait")
	}
	leavePoll(t, m.fixture, fifoNames[queue])
}

// leavePoll polls a queue that offers nothing and goes away while it waits.
func leavePoll(t *rapid.T, f *fixture, name string) {
	ctx, leave := context.WithCancel(context.Background())
	handed := make(chan int)
	go func() {
		c := f.call("ReceiveMessage")
		c.Context = ctx
		out, _ := f.sqs.ReceiveMessage(c, &ReceiveMessageInput{QueueUrl: name, WaitTimeSeconds: wire.Some(int32(20))})
		handed <- len(out.Messages)
	}()
	for waits := 0; waits == 0; runtime.Gosched() {
		f.scope.Lock()
		waits = len(f.sqs.queues[name].waiters)
		f.scope.Unlock()
	}
	leave()
	if n := <-handed; n > 0 {
		t.Fatalf("a client that went away was handed %d messages", n)
	}
}

// TestFifo_behaves_like_the_reference_R4_4 compares what is received, in which order and how often, what is refused, and all counts.
func TestFifo_behaves_like_the_reference_R4_4(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newFifoMachine(t)
		defer m.engine.Close()
		t.Repeat(map[string]func(*rapid.T){
			"": m.check, "send": m.sendOne, "receive": m.receiveSome, "delete": m.deleteOne, "change": m.changeOne, "disconnect": m.disconnect,
			"wait": func(t *rapid.T) {
				m.step(time.Duration(rapid.IntRange(1, 200_000).Draw(t, "milliseconds")) * time.Millisecond)
			},
		})
	})
}
