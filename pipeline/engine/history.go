package engine

import (
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// history keeps hops in chunks, so that a long test does not copy them again and again; with a limit it forgets the oldest
// chunk and counts what fell out.
type history struct {
	mu     sync.Mutex
	limit  int
	chunks [][]event.Hop
	last   uint64 // Seq of the newest hop
	lastAt time.Time
	lost   uint64 // hops that fell out
	kept   int
	spare  []event.Hop // the chunk that fell out last, empty, to be filled again
}

const chunkSize = 256

// Record appends a hop. It sets Seq, At if it is zero, and Fact to Seq where the hop brings a new fact to a place; it returns
// what the hop's effects inherit.
func (e *Engine) Record(h event.Hop) event.Lineage {
	if h.At.IsZero() {
		h.At = e.clock.Now()
	}
	s := &e.history
	s.mu.Lock()
	s.last++
	h.Seq = s.last
	if h.Fact == 0 && h.Arrives() {
		h.Fact = h.Seq
	}
	s.lastAt = h.At
	s.append(h)
	s.mu.Unlock()
	e.news.tell()
	return h.Lineage()
}

func (s *history) append(h event.Hop) {
	n := len(s.chunks)
	if n == 0 || len(s.chunks[n-1]) == chunkSize {
		if s.spare == nil {
			s.spare = make([]event.Hop, 0, chunkSize)
		}
		s.chunks = append(s.chunks, s.spare)
		s.spare = nil
		n++
	}
	s.chunks[n-1] = append(s.chunks[n-1], h)
	s.kept++
	if s.limit > 0 && s.kept-chunkSize >= s.limit {
		s.lost += chunkSize
		s.kept -= chunkSize
		clear(s.chunks[0])
		s.spare = s.chunks[0][:0]
		s.chunks[0] = nil
		s.chunks = s.chunks[1:]
	}
}

// Hops returns the hops after seq, oldest first, and how many hops after seq are no longer kept.
func (e *Engine) Hops(after uint64) (hops []event.Hop, lost uint64) {
	s := &e.history
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost > after {
		lost = s.lost - after
	}
	if after >= s.last {
		return nil, 0
	}
	skip := max(after, s.lost) - s.lost // of those kept; all chunks but the last are full
	for i := int(skip / chunkSize); i < len(s.chunks); i++ {
		hops = append(hops, s.chunks[i][skip%chunkSize:]...)
		skip = 0
	}
	return hops, lost
}

// LastSeq returns the Seq of the newest hop, and when it was.
func (e *Engine) LastSeq() (uint64, time.Time) {
	e.history.mu.Lock()
	defer e.history.mu.Unlock()
	return e.history.last, e.history.lastAt
}
