package sqs

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// queue is one queue. Everything in it is guarded by the scope's lock.
type queue struct {
	service  *Service
	id       uint64 // tells its receipt handles from those of another queue, also of one with the same name
	name     string
	arn      string
	place    event.Place
	settings settings
	tags     map[string]string
	policed  bool // a permission was removed: there was a policy
	created  time.Time
	modified time.Time
	purged   time.Time

	line     line                // visible, of a standard queue, older ones first
	newest   uint64              // seq of the last one in line
	back     schedule            // visible, of a standard queue, older than the last one in line; due is 0
	fair     fair                // of a standard queue
	fifo     *fifo               // of a FIFO queue; nil: it is a standard one
	delayed  schedule            // not yet visible
	inFlight schedule            // received
	ages     ages                // all
	received map[uint64]received // those a receipt handle may name, by seq
	seq      uint64

	tasks   []*moveTask    // latest last
	waiters []*engine.Poll // parked, first come first
	readers []*reader      // inside the pipeline
	waking  bool           // a task that wakes the readers is scheduled
	wakeAt  int64          // when a wake-up is scheduled; 0: none is
}

// received is a message that was handed out, with the event of its receipt, which its later hops share.
type received struct {
	message *message
	event   *event.Event
}

// settle brings the queue up to now: delays and visibility timeouts that ran out make messages visible, in the order in which
// they ran out, and messages past their retention go. It returns how many messages became visible.
func (q *queue) settle(now int64) (woken int) {
	for {
		m := q.soonest()
		if m == nil || m.due > now {
			break
		}
		if m.state == delayed {
			q.delayed.remove(m)
		} else {
			q.land(m)
			q.returned(m, event.Because("VisibilityTimeoutExpired", "the visibility timeout ran out at "+instant(m.due).Format(time.RFC3339Nano)))
		}
		woken += q.show(m)
	}
	retention := int64(q.settings.retention) * int64(time.Second)
	for m := q.ages.oldest(); m != nil && m.sent+retention <= now; m = q.ages.oldest() {
		q.expire(m)
	}
	return woken
}

// soonest returns the message that becomes visible next, nil if there is none; of the same moment, the older one.
func (q *queue) soonest() *message {
	d, r := q.delayed.first(), q.inFlight.first()
	if d == nil || r != nil && (r.due < d.due || r.due == d.due && r.seq < d.seq) {
		return r
	}
	return d
}

// show makes a message visible. It returns how many polls can be served by that.
func (q *queue) show(m *message) int {
	m.state = visible
	if q.fifo == nil {
		q.join(m)
		return 1
	}
	q.fifo.visible++
	return q.fifo.look(q.fifo.groupOf(m))
}

// visible returns how many messages are visible, those of a FIFO queue included that stand behind others of their group.
func (q *queue) visible() int {
	if q.fifo == nil {
		return q.line.len() + len(q.back) + q.fair.count
	}
	return q.fifo.visible
}

// offers returns how many polls can be served at least one message.
func (q *queue) offers() int {
	if q.fifo == nil {
		return q.visible()
	}
	return q.fifo.waiting
}

// eachVisible calls f for each visible message: of a standard queue in order, of a FIFO queue in the order of sending.
func (q *queue) eachVisible(f func(*message)) {
	var all []*message
	if q.fifo == nil {
		all = q.inTurn()
	} else {
		all = slices.DeleteFunc(slices.Clone(q.ages.heap), func(m *message) bool { return m.state != visible })
		slices.SortFunc(all, func(a, b *message) int { return cmp.Compare(a.seq, b.seq) })
	}
	for _, m := range all {
		f(m)
	}
}

// returned records that a message became visible again.
func (q *queue) returned(m *message, why *event.Reason) {
	hop := q.hop(event.KindReturn, m)
	hop.To, hop.Outcome, hop.Reason, hop.Attempt = q.place, event.Delivered, why, int(m.count)
	m.follow(q.service.engine.Record(hop))
}

func (q *queue) expire(m *message) {
	hop := q.hop(event.KindExpire, m)
	hop.From, hop.Outcome = q.place, event.Expired
	hop.Reason = event.Because("MessageRetentionPeriod", "the message was kept for "+(time.Duration(q.settings.retention)*time.Second).String()+", the queue's retention period")
	q.service.engine.Record(hop)
	q.remove(m)
}

// hop begins a hop of a message at this queue.
func (q *queue) hop(kind event.Kind, m *message) event.Hop {
	ev := q.received[m.seq].event
	if ev == nil {
		ev = m.event()
	}
	return event.Hop{
		Account: q.service.scope.Account, Region: q.service.scope.Region, Kind: kind,
		Fact: m.fact, Cause: m.cause, CorrelationID: m.correlation, Inferred: m.inferred, Event: ev,
	}
}

// store puts a new message into the queue; from now on it is visible or, until due, delayed. The hop lacks only what is the
// same for every arrival. It returns the message's id as text, which the hop has already.
func (q *queue) store(m *message, hop event.Hop, now int64) (id string) {
	woken := q.settle(now)
	q.seq++
	m.seq = q.seq
	if m.due > now {
		m.state = delayed
		hop.Due = instant(m.due)
		if hop.Outcome == event.Delivered {
			hop.Outcome = event.Delayed
		}
	} else {
		m.state = visible
	}
	hop.To, hop.Event = q.place, m.event()
	m.follow(q.service.engine.Record(hop))
	q.ages.push(m)
	if q.fifo != nil {
		q.fifo.enrol(m)
		q.fifo.join(m)
	}
	if m.state == delayed {
		q.delayed.push(m)
	} else {
		woken += q.show(m)
	}
	q.wake(woken)
	q.arm()
	return hop.Event.ID
}

// remove takes a message out of the queue for good.
func (q *queue) remove(m *message) {
	was := m.state
	m.state = gone
	switch was {
	case visible:
		if q.fifo == nil {
			q.buryVisible(m)
		} else {
			q.fifo.visible--
		}
	case delayed:
		q.delayed.remove(m)
	case inFlight:
		q.land(m)
		if len(q.inFlight) == q.service.limit-1 && q.offers() > 0 {
			q.wake(1)
		}
	}
	q.bury(m)
}

// bury forgets a message that is neither scheduled nor in line any more.
func (q *queue) bury(m *message) {
	m.state = gone
	if q.fifo != nil {
		g := q.fifo.groupOf(m)
		g.messages.bury()
		q.wake(q.fifo.look(g))
	}
	q.ages.bury()
	delete(q.received, m.seq)
	m.body, m.extras = "", nil // tombstones may stay for a while
}

// take hands out up to limit messages and hides them for visibility seconds. Messages that were received too often go to the
// dead-letter queue instead; with interceptors their moves are returned, to be made without the lock.
func (q *queue) take(limit int, visibility int32, now int64) (taken []*message, moves []move) {
	for len(taken) < limit && len(q.inFlight) < q.service.limit {
		m := q.pop()
		if m == nil {
			break
		}
		if p := q.settings.redrive; p != nil && m.count-m.carried >= p.max {
			if move, moved := q.deadLetter(m, p, now); moved {
				if move.message != nil {
					moves = append(moves, move)
				}
				continue
			}
		}
		m.count++
		m.handed = now
		if m.first == 0 {
			m.first = now
		}
		m.state = inFlight
		m.due = now + int64(visibility)*int64(time.Second)
		q.fly(m)
		if q.received[m.seq].message == nil {
			q.received[m.seq] = received{m, m.event()}
		}
		taken = append(taken, m)
	}
	if q.fifo != nil {
		q.fifo.rest()
	}
	q.arm()
	return taken, moves
}

func (q *queue) pop() *message {
	if q.fifo == nil {
		return q.popNext()
	}
	return q.fifo.pop()
}

// peek returns what pop would take, without taking it.
func (q *queue) peek() *message {
	if q.fifo == nil {
		return q.next()
	}
	return q.fifo.peek()
}

// fly puts a message in flight until m.due.
func (q *queue) fly(m *message) {
	q.inFlight.push(m)
	if q.fifo == nil {
		q.fair.flies(m)
	}
}

// land takes a message out of flight.
func (q *queue) land(m *message) {
	q.inFlight.remove(m)
	if q.fifo == nil {
		q.fair.lands(m)
	}
}

// move is a message on its way to a dead-letter queue.
type move struct {
	message *message // a copy; nil: already there
	hop     event.Hop
	target  string
}

// deadLetter moves a message that was just taken from the line. It reports false if there is no dead-letter queue any more:
// then the message stays, and nothing is lost.
func (q *queue) deadLetter(m *message, p *redrivePolicy, now int64) (move, bool) {
	hop := q.hop(event.KindDeadLetter, m)
	hop.From, hop.To, hop.Attempt = q.place, event.At(event.PlaceQueue, p.name), int(m.count)
	received := strconv.Itoa(int(m.count - m.carried))
	target := q.service.queues[p.name]
	if target == nil {
		hop.Outcome = event.Failed
		hop.Reason = event.Because("NoSuchQueue", "the dead-letter queue "+p.name+" does not exist, the message stays after "+received+" receives")
		m.cause = q.service.engine.Record(hop).Cause
		return move{}, false
	}
	hop.Outcome = event.DeadLettered
	hop.Reason = event.Because("MaxReceiveCountExceeded", "another receive would exceed maxReceiveCount: received "+received+" times, maxReceiveCount is "+strconv.Itoa(int(p.max)))
	moved := *m
	moved.carried, moved.due = m.count, 0
	moved.with(func(r *rare) { r.source = q.arn })
	if target.fifo != nil {
		// So that two messages which share a deduplication id are both kept; and FIFO queues count retention anew.
		moved.extras.dedup, moved.extras.number, moved.sent = m.id.String(), target.fifo.number(), now
	}
	q.bury(m)
	if q.service.engine.Intercepted() {
		return move{message: &moved, hop: hop, target: p.name}, true
	}
	target.store(&moved, hop, now)
	return move{}, true
}

// wake lets n waiting polls look again. Behind a gate all of them do, so that the seed decides who is served.
func (q *queue) wake(n int) {
	if n <= 0 {
		return
	}
	q.wakeReaders()
	if len(q.waiters) == 0 {
		return
	}
	if n > len(q.waiters) || q.service.engine.Gate() != nil {
		n = len(q.waiters)
	}
	for _, p := range q.waiters[:n] {
		p.Wake()
	}
	q.waiters = append(q.waiters[:0], q.waiters[n:]...)
}

// leave takes a poll off the waiting list and reports whether it was on it.
func (q *queue) leave(p *engine.Poll) bool {
	for i, w := range q.waiters {
		if w == p {
			q.waiters = append(q.waiters[:i], q.waiters[i+1:]...)
			return true
		}
	}
	return false
}

// arm schedules a wake-up for the moment the next message becomes visible, if anybody waits for it.
func (q *queue) arm() {
	if len(q.waiters) == 0 && len(q.readers) == 0 {
		return
	}
	m := q.soonest()
	if m == nil || q.wakeAt != 0 && q.wakeAt <= m.due {
		return
	}
	due := m.due
	q.wakeAt = due
	s := q.service
	s.engine.Schedule(&engine.Task{
		Due: instant(due), Scope: s.scope, Channel: "wake " + string(q.place), What: "look into " + string(q.place), Place: q.place, Wake: true,
		Run: func() {
			s.scope.Lock()
			defer s.scope.Unlock()
			if q.wakeAt == due {
				q.wakeAt = 0
			}
			q.wake(q.settle(s.now()))
			q.arm()
		},
	})
}

// empty drops every message with a reason that says by what.
func (q *queue) empty(code, text string) {
	why := event.Because(code, text)
	drop := func(m *message) {
		hop := q.hop(event.KindDrop, m)
		hop.From, hop.Outcome, hop.Reason = q.place, event.Lost, why
		q.service.engine.Record(hop)
		m.state = gone
	}
	q.eachVisible(drop)
	for _, m := range q.delayed {
		drop(m)
	}
	for _, m := range q.inFlight {
		drop(m)
	}
	q.forget()
}

func (q *queue) forget() {
	q.line, q.back, q.fair, q.delayed, q.inFlight, q.ages = line{}, nil, fair{}, nil, nil, ages{}
	q.received = map[uint64]received{}
	if q.fifo != nil {
		q.fifo = &fifo{groups: map[string]*group{}, numbers: q.fifo.numbers}
	}
}
