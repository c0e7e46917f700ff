package engine

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Options configure an Engine. The zero value works.
type Options struct {
	Clock        Clock         // nil: SystemClock
	Seed         uint64        // of every choice the pipeline makes
	Gate         *Gate         // nil: calls run as they come, tasks in the order they are due
	Interceptors []Interceptor // asked in this order
	HistoryLimit int           // hops kept; 0 keeps all

	// Panicked is told of a panic in what the engine runs by itself: a task, a delivery, a piece of work. What failed is done with as far
	// as it came, and all else goes on. nil: the panic ends the process.
	Panicked func(where string, panic any, stack []byte)

	// Build makes the services of a new scope, which [Scope.Built] then returns; nil makes none. It runs before anybody else
	// sees the scope, and when two calls ask for the scope at once, one of two built ones is thrown away: it must do nothing
	// but register services with the scope, and not ask for scopes itself.
	Build func(*Scope) any
}

// Interceptor sees every hop before it happens and every call around it. Nil fields see nothing. An Interceptor must be safe
// for concurrent use; it is called with no lock held and must not block.
type Interceptor struct {
	// Hop is asked before d is brought to d.To and returns what is to happen instead: d itself, nothing (the event is lost
	// there), several, changed ones, or one with a later Due.
	Hop func(ctx context.Context, hop event.Hop, d event.Delivery) []event.Delivery
	// Call wraps one API call; next runs it and returns the encoded answer.
	Call func(ctx context.Context, c *Call, next func() ([]byte, error)) ([]byte, error)
}

// Engine is shared by all services of a pipeline. Make one with [New]. Safe for concurrent use.
type Engine struct {
	clock        Clock
	seed         uint64
	gate         *Gate
	interceptors []Interceptor
	build        func(*Scope) any
	panicked     func(where string, panic any, stack []byte)
	history      history
	requests     atomic.Uint64
	stirs        atomic.Uint64 // counts what begins: calls, woken polls, tasks due at once

	scopesMu sync.RWMutex
	scopes   map[scopeKey]*Scope

	heap  tasks
	poll  polls
	work  consumers
	works works
	news  broadcast
	labs  labels
}

// New returns an engine without scopes.
func New(o Options) *Engine {
	if o.Clock == nil {
		o.Clock = SystemClock{}
	}
	e := &Engine{clock: o.Clock, seed: o.Seed, gate: o.Gate, interceptors: slices.Clone(o.Interceptors), build: o.Build, panicked: o.Panicked, scopes: map[scopeKey]*Scope{}}
	e.history.limit = o.HistoryLimit
	e.work.held = map[consumerKey]*held{}
	e.poll.parked = map[*Poll]struct{}{}
	return e
}

// Now returns the pipeline's time, in UTC.
func (e *Engine) Now() time.Time { return e.clock.Now() }

// Seed returns the seed the engine was made with.
func (e *Engine) Seed() uint64 { return e.seed }

// Gate returns the gate that orders this engine's calls, or nil.
func (e *Engine) Gate() *Gate { return e.gate }

// Scope returns the scope of that account (12 digits) and region, with its services; a new one is made on first use.
func (e *Engine) Scope(account, region string) *Scope {
	key := scopeKey{account, region}
	e.scopesMu.RLock()
	s := e.scopes[key]
	e.scopesMu.RUnlock()
	if s != nil {
		return s
	}
	fresh := newScope(e, account, region)
	if e.build != nil {
		fresh.Once(func() any { return e.build(fresh) })
	}
	e.scopesMu.Lock()
	defer e.scopesMu.Unlock()
	if s = e.scopes[key]; s == nil {
		s = fresh
		e.scopes[key] = s
	}
	return s
}

// Existing returns the scope of that account and region if somebody used it before, else nil: for names that strangers give.
func (e *Engine) Existing(account, region string) *Scope {
	e.scopesMu.RLock()
	defer e.scopesMu.RUnlock()
	return e.scopes[scopeKey{account, region}]
}

// Scopes returns all scopes, sorted by account and region.
func (e *Engine) Scopes() []*Scope {
	e.scopesMu.RLock()
	defer e.scopesMu.RUnlock()
	all := make([]*Scope, 0, len(e.scopes))
	for _, s := range e.scopes {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *Scope) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	return all
}

// Close drops what is scheduled and ends every parked poll. Calls under way end by themselves.
func (e *Engine) Close() {
	e.heap.close()
	e.poll.close()
	e.works.close()
	if e.gate != nil {
		e.gate.Close()
	}
	e.news.tell()
}
