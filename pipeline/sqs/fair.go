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
	aside    line // visible messages that were at the front of the line while the group was noisy
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
	if t.inFlight == 0 && t.aside.len() == 0 {
		delete(f.tenants, group)
	}
}

func (t *tenant) noisy(inFlight int) bool {
	return t != nil && t.inFlight >= noisyCount && t.inFlight*noisyShare > inFlight
}

// setAside moves a message from the line to its noisy group.
func (f *fair) setAside(m *message, t *tenant) {
	if t.aside.len() == 0 {
		f.aside = append(f.aside, t)
	}
	t.aside.push(m)
	m.aside = true
	f.count++
}

// taken tells that a message left its group, by a receive or for good.
func (f *fair) taken(m *message, t *tenant) {
	m.aside = false
	f.count--
	if t.aside.len() == 0 {
		f.aside = slices.DeleteFunc(f.aside, func(o *tenant) bool { return o == t })
		f.drop(m.extras.group, t)
	}
}

// next returns the message that a standard queue hands out next and the line that it is at the front of: the one that became
// visible first, of groups that are not noisy if there is any.
func (q *queue) next() (*message, *line) {
	m := q.line.front()
	for m != nil && len(q.fair.tenants) > 0 {
		t := q.fair.of(m)
		if !t.noisy(len(q.inFlight)) {
			break
		}
		q.line.pop()
		q.fair.setAside(m, t)
		m = q.line.front()
	}
	first, from, loud := m, &q.line, m == nil
	for _, t := range q.fair.aside {
		a, noisy := t.aside.front(), t.noisy(len(q.inFlight))
		if first == nil || !noisy && (loud || a.turn < first.turn) || noisy && loud && a.turn < first.turn {
			first, from, loud = a, &t.aside, noisy
		}
	}
	return first, from
}

// popNext takes the message that next tells.
func (q *queue) popNext() *message {
	m, from := q.next()
	if m == nil {
		return nil
	}
	from.pop()
	if m.aside {
		q.fair.taken(m, q.fair.of(m))
	}
	return m
}

// buryVisible takes a message out of its line that left the queue while it was visible; its state is gone already.
func (q *queue) buryVisible(m *message) {
	if !m.aside {
		q.line.bury()
		return
	}
	t := q.fair.of(m)
	t.aside.bury()
	q.fair.taken(m, t)
}

// inTurn returns the visible messages of a standard queue in the order in which they became visible.
func (q *queue) inTurn() []*message {
	all := make([]*message, 0, q.line.len()+q.fair.count)
	add := func(m *message) { all = append(all, m) }
	q.line.all(add)
	for _, t := range q.fair.aside {
		t.aside.all(add)
	}
	if q.fair.count > 0 {
		slices.SortFunc(all, func(a, b *message) int { return cmp.Compare(a.turn, b.turn) })
	}
	return all
}
