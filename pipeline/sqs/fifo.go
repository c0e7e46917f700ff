package sqs

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// fifo is what a FIFO queue has beside a standard one. Its messages stand in their groups, each in the order in which they were
// sent; only those before the first one in flight or delayed can be received. Groups of which something can be received stand in a
// line of their own, in the order in which they joined it.
//
// Source: Amazon SQS Developer Guide, "FIFO queue delivery logic"; which messages of a group can be received while others of it
// are in flight was recorded against AWS by LocalStack (tests/aws/services/sqs/test_sqs.py, test_fifo_*).
type fifo struct {
	groups  map[string]*group
	first   *group // of the line
	last    *group //
	waiting int    // groups in line
	visible int    // messages that are neither delayed nor in flight, whether or not they can be received
	passed  uint64 // seq of the last message that was taken from the first group in line; 0: none was
	numbers uint64 // sequence numbers given

	sent     recent[original]
	attempts recent[*attempt]
}

// group is one message group that has messages.
type group struct {
	name     string
	messages line   // all of them
	next     *group // in line
	inLine   bool
}

// original is what a repeated send is answered with.
type original struct {
	id     engine.ID
	number uint64
}

func newFifo() *fifo { return &fifo{groups: map[string]*group{}} }

// isFifo tells whether that name is one of a FIFO queue.
func isFifo(name string) bool { return strings.HasSuffix(name, ".fifo") }

// number returns the next sequence number.
func (f *fifo) number() uint64 {
	f.numbers++
	return f.numbers
}

// firstNumber is about where the sequence numbers of AWS begin, as far as 64 bits allow; without a row of zeros that could be taken
// for an account id, which suites replace by their own in what they compare.
const firstNumber = 18_128_314_159_265_358_848

// sequenceNumber writes a sequence number as SQS does: 20 digits, growing by more than one.
func sequenceNumber(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(firstNumber+n*256, 10)
}

// enrol gives a message what every message of a FIFO queue has. Only those lack it that were meant for another queue, when an
// interceptor leads them here.
func (f *fifo) enrol(m *message) {
	if m.extras != nil && m.extras.number != 0 {
		return
	}
	x := extras{}
	if m.extras != nil {
		x = *m.extras // which copies of the message share
	}
	x.number = f.number()
	m.extras = &x
}

// join puts a message behind those of its group.
func (f *fifo) join(m *message) *group {
	name := m.extras.group
	g := f.groups[name]
	if g == nil {
		g = &group{name: name}
		f.groups[name] = g
	}
	m.extras.group = g.name // of each sender's text, one is enough
	g.messages.push(m)
	return g
}

func (f *fifo) groupOf(m *message) *group { return f.groups[m.extras.group] }

// look puts a group into the line if its first message can be received, and forgets it if it is empty. It returns how many groups
// joined the line.
func (f *fifo) look(g *group) int {
	m := g.messages.front()
	switch {
	case m == nil && !g.inLine:
		delete(f.groups, g.name)
	case m != nil && m.state == visible && !g.inLine:
		g.inLine, g.next = true, nil
		if f.last == nil {
			f.first = g
		} else {
			f.last.next = g
		}
		f.last = g
		f.waiting++
		return 1
	}
	return 0
}

// pop takes the next message that can be received: of the first group in line as long as it has any, then of the next group. It
// returns nil if there is none. A receive ends with rest.
func (f *fifo) pop() *message {
	for f.first != nil {
		if m := f.first.messages.after(f.passed); m != nil && m.state == visible {
			f.passed = m.seq
			f.visible--
			return m
		}
		f.leave()
	}
	return nil
}

// peek returns what a new receive would take first, nil if there is nothing.
func (f *fifo) peek() *message {
	for f.first != nil {
		if m := f.first.messages.front(); m != nil && m.state == visible {
			return m
		}
		f.leave()
	}
	return nil
}

// leave takes the first group off the line.
func (f *fifo) leave() {
	g := f.first
	f.first, g.next, g.inLine = g.next, nil, false
	if f.first == nil {
		f.last = nil
	}
	f.waiting--
	f.passed = 0
	f.look(g)
}

// rest ends a receive: the group of which a part was taken gives way.
func (f *fifo) rest() {
	if f.passed != 0 {
		f.leave()
	}
}

// repeats answers a message that was sent before within the interval: it gets id and sequence number of the first one, which AWS
// remembers also when that was deleted, and is not stored. A new one is remembered. The message must have its id; without a
// deduplication id it gets that of its content.
func (q *queue) repeats(m *message, d *event.Delivery) bool {
	if q.fifo == nil {
		return false
	}
	x, now := m.extras, q.service.now()
	if x.dedup == "" {
		x.dedup = contentID(m.body)
	}
	key := hashOf(x.dedup)
	if q.settings.scope == scopeGroup {
		key = hashOf(x.group + "\x00" + x.dedup)
	}
	first, known := q.fifo.sent.get(key, now)
	if !known {
		x.number = q.fifo.number()
		q.fifo.sent.put(key, original{m.id, x.number}, now)
		return false
	}
	m.id, x.number, m.sent = first.id, first.number, now
	q.service.engine.Record(event.Hop{
		Account: q.service.scope.Account, Region: q.service.scope.Region, Kind: event.KindDrop, From: d.From, To: q.place, Outcome: event.Filtered,
		Reason: event.Because("Duplicate", "a message with the deduplication id "+x.dedup+" was sent less than 5 minutes ago"),
		Fact:   d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred, Attempt: d.Attempt, Event: m.event(),
	})
	return true
}

// contentID is the deduplication id of a body: its SHA-256, without the attributes.
func contentID(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// attempt is a receive that can be asked for again by its ReceiveRequestAttemptId.
type attempt struct {
	messages []*message
	counts   []int32
	due      int64 // when all of them were to become visible
}

// again returns the messages of an attempt, hidden anew, if none of them was deleted, became visible or had its visibility changed
// since.
func (q *queue) again(id string, visibility, now int64) []*message {
	a, ok := q.fifo.attempts.get(hashOf(id), now)
	if !ok {
		return nil
	}
	for i, m := range a.messages {
		if m.state != inFlight || m.count != a.counts[i] || m.due != a.due {
			return nil
		}
	}
	a.due = now + visibility
	for _, m := range a.messages {
		m.handed, m.due = now, a.due
		q.inFlight.fix(m)
	}
	return a.messages
}

// attempted remembers a receive under its id.
func (q *queue) attempted(id string, taken []*message, now int64) {
	a := &attempt{messages: taken, counts: make([]int32, len(taken)), due: taken[0].due}
	for i, m := range taken {
		a.counts[i] = m.count
	}
	q.fifo.attempts.put(hashOf(id), a, now)
}

// blocked returns, by group of a FIFO queue, the first message that is in flight or delayed: those behind it cannot be received.
func (q *queue) blocked() map[string]uint64 {
	if q.fifo == nil {
		return nil
	}
	first := map[string]uint64{}
	for _, part := range []schedule{q.inFlight, q.delayed} {
		for _, m := range part {
			if seq, some := first[m.extras.group]; !some || m.seq < seq {
				first[m.extras.group] = m.seq
			}
		}
	}
	return first
}
