package engine

import (
	"sync"
	"sync/atomic"
)

// broadcast tells whoever waits that something changed. It costs one atomic load while nobody does.
type broadcast struct {
	waiting atomic.Int32
	mu      sync.Mutex
	ch      chan struct{}
}

// next returns a channel that is closed at the next tell; the caller gives it back with done.
func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting.Add(1)
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *broadcast) done() { b.waiting.Add(-1) }

func (b *broadcast) tell() {
	if b.waiting.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

// News returns a channel that is closed when something happens: a hop is recorded, a call has been answered, work has ended. It may
// be closed without a new hop ([Engine.LastSeq] tells). The caller gives it back with done.
func (e *Engine) News() (next <-chan struct{}, done func()) { return e.news.next(), e.news.done }
