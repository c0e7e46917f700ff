package sqs

// line holds messages in the order of sending: a ring that grows by doubling. A message that is
// deleted while it stands in line stays as a tombstone until it comes to the front or the line is compacted.
type line struct {
	ring []*message
	head int
	n    int // in the ring, tombstones included
	dead int // tombstones
}

// len returns how many messages stand in line.
func (l *line) len() int { return l.n - l.dead }

func (l *line) push(m *message) {
	if l.n == len(l.ring) {
		l.resize(max(8, 2*l.n))
	}
	l.ring[(l.head+l.n)%len(l.ring)] = m
	l.n++
}

// pop takes the first message, nil if there is none.
func (l *line) pop() *message {
	for l.n > 0 {
		m := l.ring[l.head]
		l.ring[l.head] = nil
		l.head = (l.head + 1) % len(l.ring)
		l.n--
		if m.state != gone {
			return m
		}
		l.dead--
	}
	return nil
}

// front returns the first message without taking it, nil if there is none.
func (l *line) front() *message {
	for l.n > 0 {
		if m := l.ring[l.head]; m.state != gone {
			return m
		}
		l.ring[l.head] = nil
		l.head = (l.head + 1) % len(l.ring)
		l.n--
		l.dead--
	}
	return nil
}

// after returns the first message with a seq beyond that one, without taking it, nil if there is none.
func (l *line) after(seq uint64) *message {
	l.front()
	for i := range l.n {
		if m := l.ring[(l.head+i)%len(l.ring)]; m.state != gone && m.seq > seq {
			return m
		}
	}
	return nil
}

// bury counts a message that left while it stood in line; its state is gone already.
func (l *line) bury() {
	l.dead++
	if l.dead > 32 && l.dead > l.n/2 {
		l.resize(max(8, 2*l.len()))
	}
}

// all calls f for each message in line.
func (l *line) all(f func(*message)) {
	for i := range l.n {
		if m := l.ring[(l.head+i)%len(l.ring)]; m.state != gone {
			f(m)
		}
	}
}

func (l *line) resize(size int) {
	ring := make([]*message, size)
	n := 0
	l.all(func(m *message) {
		ring[n] = m
		n++
	})
	*l = line{ring: ring, n: n}
}

// schedule is a heap of messages by the moment they become visible, then by age.
type schedule []*message

func (s schedule) before(i, j int) bool {
	return s[i].due < s[j].due || s[i].due == s[j].due && s[i].seq < s[j].seq
}

func (s schedule) swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = int32(i), int32(j)
}

func (s schedule) up(i int) {
	for i > 0 && s.before(i, (i-1)/2) {
		s.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (s schedule) down(i int) {
	for {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(s); child++ {
			if s.before(child, first) {
				first = child
			}
		}
		if first == i {
			return
		}
		s.swap(i, first)
		i = first
	}
}

func (s *schedule) push(m *message) {
	m.index = int32(len(*s))
	*s = append(*s, m)
	s.up(int(m.index))
}

// remove takes m out, wherever it stands.
func (s *schedule) remove(m *message) {
	i, last := int(m.index), len(*s)-1
	s.swap(i, last)
	(*s)[last] = nil
	*s = (*s)[:last]
	if i < last {
		s.fix((*s)[i])
	}
}

// fix restores the order after m.due changed.
func (s schedule) fix(m *message) {
	s.up(int(m.index))
	s.down(int(m.index))
}

// first returns the message that becomes visible next, nil if there is none.
func (s schedule) first() *message {
	if len(s) == 0 {
		return nil
	}
	return s[0]
}

// ages is a heap of all messages of a queue by the moment they were first sent, so that the oldest is found for retention.
// What left the queue stays as a tombstone until it comes to the top or the heap is compacted.
type ages struct {
	heap []*message
	dead int
}

func (a *ages) push(m *message) {
	a.heap = append(a.heap, m)
	for i := len(a.heap) - 1; i > 0 && a.heap[i].sent < a.heap[(i-1)/2].sent; i = (i - 1) / 2 {
		a.heap[i], a.heap[(i-1)/2] = a.heap[(i-1)/2], a.heap[i]
	}
}

// oldest returns the oldest message that is still there, nil if there is none.
func (a *ages) oldest() *message {
	for len(a.heap) > 0 && a.heap[0].state == gone {
		last := len(a.heap) - 1
		a.heap[0] = a.heap[last]
		a.heap[last] = nil
		a.heap = a.heap[:last]
		a.down(0)
		a.dead--
	}
	if len(a.heap) == 0 {
		return nil
	}
	return a.heap[0]
}

func (a *ages) down(i int) {
	for {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(a.heap); child++ {
			if a.heap[child].sent < a.heap[first].sent {
				first = child
			}
		}
		if first == i {
			return
		}
		a.heap[i], a.heap[first] = a.heap[first], a.heap[i]
		i = first
	}
}

// bury counts a message that left; its state is gone already.
func (a *ages) bury() {
	a.dead++
	if a.dead < 64 || a.dead < len(a.heap)/2 {
		return
	}
	kept := make([]*message, 0, len(a.heap)-a.dead)
	for _, m := range a.heap {
		if m.state != gone {
			kept = append(kept, m)
		}
	}
	a.heap, a.dead = kept, 0
	for i := len(kept)/2 - 1; i >= 0; i-- {
		a.down(i)
	}
}
