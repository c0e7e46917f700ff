package engine

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Work is foreign code that the pipeline runs and cannot schedule: a function of the user, a request that leaves the process.
type Work struct {
	What    string        // for people: what runs
	Place   event.Place   // where
	Timeout time.Duration // of Run's context, in package time; not positive is no timeout
	Fact    uint64        // of a single event
	// Run is called on a goroutine of its own, without any lock, and may block. Its context ends with the timeout or with the engine.
	Run func(ctx context.Context)
}

// works are the pieces of work under way.
type works struct {
	mu     sync.Mutex
	all    map[*working]struct{}
	closed bool
}

type working struct {
	Work
	scope *Scope
	due   time.Time // of the timeout, by the engine's clock
	stop  context.CancelFunc
}

// Start runs w. The engine is not quiescent until Run returns; behind a gate it is while Run waits for time to pass, and lists w as
// pending. What Run learns it tells the pipeline by scheduling a task, so that it happens in its turn. Start may be called under
// the scope's lock. On a closed engine nothing is started.
func (s *Scope) Start(w Work) {
	e := s.Engine
	ctx, stop := context.WithCancel(context.Background())
	run := &working{Work: w, scope: s, stop: stop}
	if w.Timeout > 0 {
		ctx, run.stop = context.WithTimeout(ctx, w.Timeout)
		run.due = e.Now().Add(w.Timeout)
	}
	if !e.works.add(run) {
		run.stop()
		stop()
		return
	}
	e.stirs.Add(1)
	go func() {
		defer func() {
			run.stop()
			stop()
			e.works.remove(run)
			e.news.tell()
		}()
		defer e.contain(w.What, "", nil)
		w.Run(ctx)
	}()
}

func (q *works) add(w *working) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	if q.all == nil {
		q.all = map[*working]struct{}{}
	}
	q.all[w] = struct{}{}
	return true
}

func (q *works) remove(w *working) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.all, w)
}

// close ends the contexts of all work under way. They may lead anywhere, so it happens without the lock.
func (q *works) close() {
	q.mu.Lock()
	q.closed = true
	var stops []context.CancelFunc
	for w := range q.all {
		stops = append(stops, w.stop)
	}
	q.mu.Unlock()
	for _, stop := range stops {
		stop()
	}
}

func (q *works) pending(among func(*Scope) bool, busy bool) (list []event.Pending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for w := range q.all {
		if among(w.scope) {
			list = append(list, event.Pending{What: w.What, Place: w.Place, Due: w.due, Count: 1, Work: busy, Fact: w.Fact})
		}
	}
	slices.SortFunc(list, func(a, b event.Pending) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Fact, b.Fact))
	})
	return list
}
