package sqs

import (
	"cmp"
	"slices"
)

// A group of a standard queue is noisy while it has at least noisyCount messages in flight and more than a tenth of all that are.
//
// Source: Amazon SQS Developer Guide, "How Amazon SQS fair queues work", concurrency share. (The other measure there, the share of
// processing time, is not kept.)
const (
	noisyCount = 30
	noisyShare = 10
)

// fair keeps the messages of noisy groups of a standard queue apart, so that they are received after those of all other groups.
// Messages without a group are a group each. The zero value is ready.
type fair struct {
	tenants map[string]*tenant // groups with messages in flight or aside
	aside   []*tenant          // those with messages aside
	count   int                // messages aside
}

// tenant is a message group of a standard queue.
type tenant struct {
	inFlight int
	aside    schedule // visible messages whose turn it was while the group was noisy; due is 0, so older ones come first
}

func (f *fair) of(m *message) *tenant {
	if m.extras == nil || m.extras.group == "" || len(f.tenants) == 0 {
		return nil
	}
	return f.tenants[m.extras.group]
}

// flies counts a message of a group as in flight.
func (f *fair) flies(m *message) {
	if m.extras == nil || m.extras.group == "" {
		return
	}
	t := f.of(m)
	if t == nil {
		if f.tenants == nil {
			f.tenants = map[string]*tenant{}
		}
		t = &tenant{}
		f.tenants[m.extras.group] = t
	}
	t.inFlight++
}

// lands ends that.
func (f *fair) lands(m *message) {
	if t := f.of(m); t != nil {
		t.inFlight--
		f.drop(m.extras.group, t)
	}
}

func (f *fair) drop(group string, t *tenant) {
	if t.inFlight == 0 && len(t.aside) == 0 {
		delete(f.tenants, group)
	}
}

func (t *tenant) noisy(inFlight int) bool {
	return t != nil && t.inFlight >= noisyCount && t.inFlight*noisyShare > inFlight
}

// setAside moves a message from the line to its noisy group.
func (f *fair) setAside(m *message, t *tenant) {
	if len(t.aside) == 0 {
		f.aside = append(f.aside, t)
	}
	m.aside, m.due = true, 0
	t.aside.push(m)
	f.count++
}

// taken tells that a message left its group, by a receive or for good.
func (f *fair) taken(m *message, t *tenant) {
	m.aside = false
	f.count--
	t.aside.remove(m)
	if len(t.aside) == 0 {
		f.aside = slices.DeleteFunc(f.aside, func(o *tenant) bool { return o == t })
		f.drop(m.extras.group, t)
	}
}

// join puts a visible message among the others of a standard queue: older ones come first, however often they were received.
//
// Source: recorded against AWS by LocalStack, test_inflight_message_requeue; AWS promises no more than that messages generally come
// in the order in which they were sent (Amazon SQS Developer Guide, "Standard queues").
func (q *queue) join(m *message) {
	if m.seq > q.newest || q.line.len() == 0 {
		q.newest = m.seq
		q.line.push(m)
		return
	}
	m.due = 0
	q.back.push(m)
}

// front returns the oldest visible message that is not aside, nil if there is none.
func (q *queue) front() *message {
	m := q.line.front()
	if b := q.back.first(); b != nil && (m == nil || b.seq < m.seq) {
		return b
	}
	return m
}

// isBack tells whether a visible message that is not aside is among those that are back.
func (q *queue) isBack(m *message) bool {
	i := int(m.index)
	return i < len(q.back) && q.back[i] == m
}

// step takes the front from where it is.
func (q *queue) step(m *message) {
	if q.isBack(m) {
		q.back.remove(m)
	} else {
		q.line.pop()
	}
}

// next returns the message that a standard queue hands out next: the oldest visible one, of groups that are not noisy if there is any.
func (q *queue) next() *message {
	m := q.front()
	for m != nil && len(q.fair.tenants) > 0 {
		t := q.fair.of(m)
		if !t.noisy(len(q.inFlight)) {
			break
		}
		q.step(m)
		q.fair.setAside(m, t)
		m = q.front()
	}
	first, loud := m, m == nil
	for _, t := range q.fair.aside {
		a, noisy := t.aside.first(), t.noisy(len(q.inFlight))
		if first == nil || !noisy && (loud || a.seq < first.seq) || noisy && loud && a.seq < first.seq {
			first, loud = a, noisy
		}
	}
	return first
}

// popNext takes the message that next tells.
func (q *queue) popNext() *message {
	m := q.next()
	switch {
	case m == nil:
	case m.aside:
		q.fair.taken(m, q.fair.of(m))
	default:
		q.step(m)
	}
	return m
}

// buryVisible takes a message out of its line that left the queue while it was visible; its state is gone already.
func (q *queue) buryVisible(m *message) {
	switch {
	case m.aside:
		q.fair.taken(m, q.fair.of(m))
	case q.isBack(m):
		q.back.remove(m)
	default:
		q.line.bury()
	}
}

// inTurn returns the visible messages of a standard queue, older ones first.
func (q *queue) inTurn() []*message {
	all := make([]*message, 0, q.visible())
	q.line.all(func(m *message) { all = append(all, m) })
	older := len(q.back) + len(q.fair.aside)
	all = append(all, q.back...)
	for _, t := range q.fair.aside {
		all = append(all, t.aside...)
	}
	if older > 0 {
		slices.SortFunc(all, func(a, b *message) int { return cmp.Compare(a.seq, b.seq) })
	}
	return all
}
