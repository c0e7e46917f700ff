package feed

import (
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// lane is what was read of some partition keys. Its batches are processed one after the other, beside those of other lanes.
type lane struct {
	*Stream
	items    []*Record // those that passed the filters
	next     int       // of items
	end      int       // behind the batch, in items
	ends     []int     // of the batches that were split, in items; the last is the innermost
	attempts int       // failed ones of the batch
}

// step processes batches until one is under way.
func (l *lane) step() {
	for {
		l.acknowledge()
		plan, ok := l.Plan()
		if !ok || l.next == len(l.items) {
			l.ended(ok)
			return
		}
		if l.next == l.end {
			l.end, l.attempts = min(l.next+plan.Batch, len(l.items)), 0
			if n := len(l.ends); n > 0 {
				l.end, l.ends = l.ends[n-1], l.ends[:n-1]
			}
			continue
		}
		first := l.items[l.next]
		if l.attempts == 0 && plan.MaxAge >= 0 && l.Scope.Engine.Now().Sub(first.since) > plan.MaxAge {
			l.giveUp(plan, l.items[l.next:l.next+1], GivenUp{Condition: "RecordAgeExceeded"})
			l.advance(1)
			continue
		}
		b := &Batch{Records: l.items[l.next:l.end], Attempt: l.attempts + 1, Ordered: true}
		plan.Process(b, func(r Result) { l.processed(plan, b, r) })
		return
	}
}

// advance goes on behind n records that are done.
func (l *lane) advance(n int) {
	for _, r := range l.items[l.next : l.next+n] {
		r.done = true
	}
	l.next += n
	l.attempts = 0
}

// processed goes on behind what is done: everything before the first record that failed.
func (l *lane) processed(plan *Plan, b *Batch, r Result) {
	if r.Err == nil {
		l.advance(len(b.Records))
		l.step()
		return
	}
	done := 0
	for r.Failed != nil && done < len(b.Records) && !r.Failed[b.Records[done].ID] {
		done++
	}
	if done > 0 {
		l.advance(done)
		l.acknowledge()
	}
	l.attempts++
	l.failed(plan, r)
}

// Backoff is how long a reader waits before it tries a failed batch again: one second, doubling up to a minute.
func Backoff(failures int) time.Duration { return min(time.Second<<min(failures-1, 6), time.Minute) }

// failed tries the current batch again later, or a part of it, unless it was tried too often or is too old.
func (l *lane) failed(plan *Plan, r Result) {
	batch := l.items[l.next:l.end]
	now := l.Scope.Engine.Now()
	hop := event.Hop{Kind: event.KindRetry, From: l.Place, To: plan.To, Outcome: event.Failed, Reason: Because(r.Err), Attempt: l.attempts}
	if plan.Bisect && len(batch) > 1 && !r.Alone {
		half := (len(batch) + 1) / 2
		l.ends = append(l.ends, l.end)
		l.end = l.next + half
		l.attempts = 0 // Source: Lambda Developer Guide: splitting a batch does not count towards the retry quota
		hop.Due = now
		hop.Reason.Text += "; the batch of " + strconv.Itoa(len(batch)) + " is split"
		l.note(batch, hop)
		l.schedule(&engine.Task{What: "a part of the batch of " + string(l.Place), Event: batch[0].Event, Fact: batch[0].Lineage.Fact, Run: l.step})
		return
	}
	if r.Alone {
		batch = batch[:1]
	}
	wait := Backoff(l.attempts)
	if condition := exhausted(plan, batch[0], l.attempts, now.Add(wait)); condition != "" {
		l.giveUp(plan, batch, GivenUp{Condition: condition, Attempts: l.attempts, Err: r.Err})
		l.advance(len(batch))
		l.step()
		return
	}
	hop.Due = now.Add(wait)
	l.note(batch, hop)
	l.schedule(&engine.Task{
		Due: hop.Due, What: "retry of " + string(l.Place) + " to " + string(plan.To), Event: batch[0].Event, Fact: batch[0].Lineage.Fact, Run: l.step,
	})
}

// exhausted returns AWS's name of the condition under which records are given up, "" if they are not.
func exhausted(plan *Plan, first *Record, attempts int, next time.Time) string {
	switch {
	case plan.Retries >= 0 && attempts > plan.Retries:
		return "RetryAttemptsExhausted"
	case plan.MaxAge >= 0 && next.Sub(first.since) > plan.MaxAge:
		return "RecordAgeExceeded"
	}
	return ""
}
