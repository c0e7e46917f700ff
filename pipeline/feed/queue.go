package feed

import (
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Queue receives from a queue.
type Queue struct {
	Options
	reader engine.QueueReader

	// Guarded by the scope's lock.
	looking bool // a task that looks is scheduled

	// Used by tasks only, which run one after the other.
	running int       // batches being processed
	held    []*Record // received, not yet in a batch
	full    time.Time // until when held may wait for more; zero: nothing waits
}

// NewQueue returns a reader of a queue. It receives when [Queue.Look] is called, and whenever a message may have become visible.
func NewQueue(o Options, src engine.QueueSource, arn string) (*Queue, error) {
	q := &Queue{Options: o}
	reader, err := src.OpenQueue(arn, o.Place, func() {
		o.Scope.Lock()
		defer o.Scope.Unlock()
		q.Look()
	})
	q.reader = reader
	return q, err
}

// Close ends the receiving; batches under way end by themselves.
func (q *Queue) Close() { q.reader.Close() }

// Look schedules a look into the queue. The scope must be locked.
func (q *Queue) Look() {
	if q.looking {
		return
	}
	q.looking = true
	q.schedule(&engine.Task{What: string(q.Place) + " receives", Wake: true, Run: q.look})
}

func (q *Queue) look() {
	hold := q.Scope.Hold()
	defer hold.End()
	q.looking = false
	hold.End()
	for {
		plan, ok := q.Plan()
		if !ok || q.running >= max(plan.Concurrency, 1) {
			return
		}
		now := q.Scope.Engine.Now()
		q.held = slices.DeleteFunc(q.held, func(r *Record) bool { return !r.Due.After(now) }) // they are in the queue again
		if err := q.receive(plan); err != nil {
			q.Broken(err)
			return
		}
		if len(q.held) == 0 || q.gathers(plan) {
			return
		}
		q.full = time.Time{}
		n := min(len(q.held), plan.Batch)
		b := &Batch{Records: q.held[:n:n], Attempt: 1, Ordered: q.reader.Ordered()}
		q.held = q.held[n:]
		q.running++
		plan.Process(b, func(r Result) { q.processed(plan, b, r) })
	}
}

// gathers holds while a batch that is not full may wait for more.
func (q *Queue) gathers(plan *Plan) bool {
	now := q.Scope.Engine.Now()
	switch {
	case len(q.held) >= plan.Batch || plan.Window == 0 || !q.full.IsZero() && !q.full.After(now):
		return false
	case q.full.IsZero():
		q.full = now.Add(plan.Window)
		q.schedule(&engine.Task{Due: q.full, What: string(q.Place) + " processes what it gathered", Run: func() {
			q.Scope.Lock()
			defer q.Scope.Unlock()
			q.Look()
		}})
	}
	return true
}

// receive takes messages until the batch is full or nothing is visible. What the filters refuse is deleted, as AWS does.
func (q *Queue) receive(plan *Plan) error {
	for len(q.held) < plan.Batch {
		messages, err := q.reader.Receive(min(plan.Batch-len(q.held), 10))
		if err != nil || len(messages) == 0 {
			return err
		}
		for _, m := range messages {
			r := &Record{ID: m.ID, Event: m.Event, Text: Unescape(m.Event.Body, m.Body), Lineage: m.Lineage, Due: m.Due, handle: m.Handle}
			q.Note(r, event.Hop{Kind: event.KindArrive, From: q.reader.Place(), To: q.Place, Outcome: event.Delivered, Attempt: m.Receives})
			if q.passes(plan, r) {
				q.held = append(q.held, r)
			} else {
				q.reader.Delete(r.handle)
			}
		}
	}
	return nil
}

// processed deletes what is processed. The rest becomes visible again by itself.
func (q *Queue) processed(plan *Plan, b *Batch, r Result) {
	q.running--
	for _, m := range b.Records {
		if r.Err == nil || r.Failed != nil && !r.Failed[m.ID] {
			q.reader.Delete(m.handle)
			continue
		}
		q.Note(m, event.Hop{Kind: event.KindRetry, From: q.Place, To: plan.To, Outcome: event.Failed, Reason: Because(r.Err), Due: m.Due})
	}
	q.Scope.Lock()
	defer q.Scope.Unlock()
	q.Look()
}
