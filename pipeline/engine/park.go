package engine

import (
	"context"
	"sync"
	"time"
)

// Wake says why a parked poll goes on.
type Wake int

// The reasons for a poll to go on.
const (
	Woken    Wake = iota // something came; look again
	TimedOut             // the wait passed
	Gone                 // the client went away or the pipeline was closed; hand out nothing
)

// Poll is a call that waits for something to come; it belongs to a call that [Engine.Do] runs. Its wait is the client's patience
// and so runs in package time, also under a manual clock. While the pipeline is drained ([Engine.HoldPolls]) no wait passes.
type Poll struct {
	engine *Engine
	call   *Call
	wake   chan Wake // capacity 1

	mu       sync.Mutex
	timer    *time.Timer
	deadline time.Time
	left     time.Duration // of a held poll
	held     bool
	resting  bool // in Wait, and not told to go on: not work under way
}

type polls struct {
	mu     sync.Mutex
	parked map[*Poll]struct{}
	held   bool
	closed bool
}

// NewPoll returns a poll of call c that waits for at most wait in total, over all its Waits.
func (e *Engine) NewPoll(c *Call, wait time.Duration) *Poll {
	return &Poll{engine: e, call: c, wake: make(chan Wake, 1), deadline: time.Now().Add(wait), left: wait}
}

// Wake lets the poll go on. It never blocks and may be called under a scope's lock; waking a poll that does not wait makes its
// next Wait return at once.
func (p *Poll) Wake() { p.signal(Woken) }

// signal counts the poll as work under way from here on, not from when its goroutine gets to run: in between, the pipeline would
// look quiet with a message on its way to a consumer.
func (p *Poll) signal(w Wake) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.wake <- w:
	default:
		return
	}
	if p.resting {
		p.resting = false
		p.engine.stirs.Add(1)
		p.call.Scope.calls.Add(1)
	}
}

// rest ends to count the poll as work under way, unless it is to go on at once.
func (p *Poll) rest() {
	p.mu.Lock()
	p.resting = len(p.wake) == 0
	quiet := p.resting && p.call.Scope.calls.Add(-1) == 0
	p.mu.Unlock()
	if quiet {
		p.engine.news.tell()
	}
}

// Client returns the name of the client that polls.
func (p *Poll) Client() string { return p.call.Client }

// Wait blocks until the poll is woken, its wait passes, the client goes away or the engine is closed. It must be called
// without any lock. A woken poll passes the gate again, so that the seed decides which of several waiters is served.
func (p *Poll) Wait() Wake {
	e := p.engine
	if err := p.call.Context.Err(); err != nil {
		return Gone
	}
	if !e.poll.park(p) {
		return Gone
	}
	stop := context.AfterFunc(p.call.Context, func() { p.signal(Gone) })
	p.rest()
	w := <-p.wake
	stop()
	e.poll.unpark(p)
	if w != Gone && e.gate != nil && p.call.Context.Err() == nil {
		e.gate.enter(p.call)
	}
	if p.call.Context.Err() != nil {
		return Gone // also if that was while it stood at the gate: nobody would take what it is handed
	}
	return w
}

func (q *polls) park(p *Poll) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.parked[p] = struct{}{}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = time.Until(p.deadline)
	p.held = q.held
	if !p.held {
		p.timer = time.AfterFunc(p.left, func() { p.signal(TimedOut) })
	}
	return true
}

func (q *polls) unpark(p *Poll) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.parked, p)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	if p.held {
		p.deadline = time.Now().Add(p.left)
	}
}

// HoldPolls stops the waits of all polls, parked now or later, until ReleasePolls: so that virtual time jumps to the next real
// cause instead of to the end of an empty wait.
func (e *Engine) HoldPolls() {
	q := &e.poll
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held = true
	for p := range q.parked {
		p.mu.Lock()
		if p.timer != nil && p.timer.Stop() {
			p.left, p.held, p.timer = time.Until(p.deadline), true, nil
		}
		p.mu.Unlock()
	}
}

// ReleasePolls lets the waits go on where HoldPolls stopped them.
func (e *Engine) ReleasePolls() {
	q := &e.poll
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held = false
	for p := range q.parked {
		p.mu.Lock()
		if p.held {
			p.held = false
			p.deadline = time.Now().Add(p.left)
			p.timer = time.AfterFunc(p.left, func() { p.signal(TimedOut) })
		}
		p.mu.Unlock()
	}
}

func (q *polls) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for p := range q.parked {
		p.signal(Gone)
	}
}
