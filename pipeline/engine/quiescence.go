package engine

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Quiescent answers whether anything is under way now in the given accounts, in all of them if none is given, and what is to
// happen there later by itself. Behind a gate the work of
// consumers is the gate's to know (it runs only when every goroutine of the bubble is blocked), so it is not counted here.
//
// The parts are looked at one after the other. So nothing may have begun meanwhile: what began behind the look's back may also
// have ended, leaving something to do in a part that was looked at before.
func (e *Engine) Quiescent(accounts ...string) event.Quiescence {
	stirs := e.stirs.Load()
	now := e.Now()
	q := event.Quiescence{At: now}
	scopes := e.scopesOf(accounts)
	among := func(s *Scope) bool { return len(accounts) == 0 || s == nil || slices.Contains(accounts, s.Account) }
	list, busy := e.heap.pending(now, among)
	q.Pending = append(q.Pending, list...)
	calls := int64(0)
	for _, s := range scopes {
		calls += s.calls.Load()
	}
	if calls > 0 {
		busy = true
		q.Pending = append(q.Pending, event.Pending{What: "API calls being answered", Count: int(calls), Work: true})
	}
	if e.gate == nil {
		work := append(e.work.pending(among), e.labs.busy()...)
		busy = busy || len(work) > 0
		q.Pending = append(q.Pending, work...)
	}
	for _, s := range scopes {
		for _, svc := range s.services {
			q.Pending = append(q.Pending, svc.Pending()...)
		}
	}
	running := e.works.pending(among, e.gate == nil)
	busy = busy || e.gate == nil && len(running) > 0
	q.Pending = append(q.Pending, running...)
	q.Seq, q.LastHop = e.LastSeq()
	if !busy && e.stirs.Load() != stirs {
		busy = true
		q.Pending = append(q.Pending, event.Pending{What: "something began just now", Count: 1, Work: true})
	}
	q.Quiet = !busy
	return q
}

// labelLook is how often labelled goroutines are looked at while nothing else changes: they tell nobody when they finish.
const labelLook = 2 * time.Millisecond

// Settle waits until nothing is under way now in the given accounts, in all of them if none is given; no time of the
// pipeline's clock needs to pass. It returns what it last saw: with Quiet false if ctx ended first. Two looks must agree; with all
// accounts looked at, no hop may be between them.
//
// Behind a gate it is the gate that settles, whatever ctx says: everything in a bubble comes to rest.
func (e *Engine) Settle(ctx context.Context, accounts ...string) event.Quiescence {
	if e.gate != nil {
		e.gate.Settle()
		return e.Quiescent(accounts...)
	}
	// A wait for ctx.Done itself would not be durable in a bubble if ctx is from outside of it.
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { close(over) })
	defer stop()
	var before event.Quiescence
	for {
		news := e.news.next()
		q := e.Quiescent(accounts...)
		if q.Quiet && before.Quiet && (before.Seq == q.Seq || len(accounts) > 0) {
			e.news.done()
			return q
		}
		before = q
		if q.Quiet {
			e.news.done()
			if ctx.Err() != nil {
				return q
			}
			runtime.Gosched()
			continue
		}
		look := time.NewTimer(labelLook)
		select {
		case <-news:
		case <-look.C:
		case <-over:
			look.Stop()
			e.news.done()
			return q
		}
		look.Stop()
		e.news.done()
	}
}

// ErrClockNotManual says that the engine's time cannot be moved from outside.
var ErrClockNotManual = errors.New("the pipeline's clock is not a manual one: start it with a manual clock to move time")

// Advance moves a manual clock by d, from one due thing to the next, and settles at each, so that consumers see every step. It
// stops early, with Quiet false, when ctx ends.
func (e *Engine) Advance(ctx context.Context, d time.Duration) (event.Quiescence, error) {
	clock, ok := e.clock.(*ManualClock)
	if !ok {
		return event.Quiescence{}, ErrClockNotManual
	}
	target := clock.Now().Add(d)
	for {
		if q := e.Settle(ctx); !q.Quiet {
			return q, nil
		}
		next, ok := e.heap.next()
		if !ok || next.After(target) {
			clock.Set(target)
			return e.Settle(ctx), nil
		}
		clock.Set(next)
	}
}

// NextDue returns when the next scheduled thing is due.
func (e *Engine) NextDue() (time.Time, bool) { return e.heap.next() }
