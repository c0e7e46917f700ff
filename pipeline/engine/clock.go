package engine

import (
	"sync"
	"time"
)

// Clock is where the pipeline gets its time.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f on a goroutine of its own once d has passed, at once if d is not positive.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is what a Clock arms. Stop reports whether it kept f from running.
type Timer interface{ Stop() bool }

// SystemClock is package time: real outside, virtual inside a testing/synctest bubble.
type SystemClock struct{}

// Now returns time.Now in UTC.
func (SystemClock) Now() time.Time { return time.Now().UTC() }

// AfterFunc is time.AfterFunc.
func (SystemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// ManualClock stands still until it is moved. The zero value is not ready; use [NewManualClock]. Safe for concurrent use.
type ManualClock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*manualTimer]struct{}
}

type manualTimer struct {
	clock *ManualClock
	due   time.Time
	f     func()
}

// NewManualClock returns a clock that stands at start.
func NewManualClock(start time.Time) *ManualClock {
	return &ManualClock{now: start.UTC(), timers: map[*manualTimer]struct{}{}}
}

// Now returns where the clock stands.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc arms f for d after now.
func (c *ManualClock) AfterFunc(d time.Duration, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.arm(c.now.Add(d), f)
}

// at arms f for an instant. A distance would be from where the clock stood when it was computed, and the clock may have been
// moved since: f would come late, or never.
func (c *ManualClock) at(due time.Time, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.arm(due, f)
}

func (c *ManualClock) arm(due time.Time, f func()) Timer {
	t := &manualTimer{clock: c, due: due, f: f}
	if !due.After(c.now) {
		go f()
		return t
	}
	c.timers[t] = struct{}{}
	return t
}

// Set moves the clock to at and fires what became due; it never moves backwards. Each f runs on a goroutine of its own, so
// move in steps ([Engine.Advance]) where the order matters.
func (c *ManualClock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.now) {
		c.now = at
	}
	for t := range c.timers {
		if !t.due.After(c.now) {
			delete(c.timers, t)
			go t.f()
		}
	}
}

// Stop disarms the timer.
func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	_, armed := t.clock.timers[t]
	delete(t.clock.timers, t)
	return armed
}
