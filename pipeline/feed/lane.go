package feed

import (
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// lane is what was read of some partition keys of one shard. Its batches are processed one after the other, beside those of other
// lanes; one that fails holds up no other lane.
//
// Source: Lambda Developer Guide, "Event source mappings": batches that are processed in parallel keep the order of each partition key.
type lane struct {
	*Stream
	shard string
	slot  int

	items    []*Record // to be done, the current batch first
	size     int       // of the current batch; 0: there is none
	rest     []int     // sizes of the parts of split batches behind the current one, the nearest last
	attempts int       // failed ones of the current batch
	working  bool      // the batch is being processed, or waits to be tried again
	full     time.Time // until when the batch may wait to become full; zero: it does not wait
}

// retention is how long a stream keeps a record, and how long one is tried, therefore.
//
// Source: Lambda Developer Guide, "Lambda parameters for Amazon DynamoDB event source mappings".
const retention = 24 * time.Hour

// start lets an idle lane work if it can.
func (l *lane) start() {
	if !l.working && len(l.items) > 0 {
		l.working = true
		l.step()
	}
}

// resume tries the batch, and then lets the others go on.
func (l *lane) resume() {
	l.step()
	l.fill()
}

// step processes batches until one is under way or nothing can be done.
func (l *lane) step() {
	for {
		plan, ok := l.Plan()
		if !ok {
			l.working, l.size, l.rest, l.attempts = false, 0, nil, 0
			return
		}
		l.drop(plan)
		if !l.next(plan) {
			l.working = false
			return
		}
		b := &Batch{Records: l.items[:l.size:l.size], Attempt: l.attempts + 1, Ordered: true}
		began, ended := false, false
		var result Result
		l.active++
		plan.Process(b, func(r Result) {
			l.active--
			if !began { // within the call: go on here, not deeper and deeper
				ended, result = true, r
				return
			}
			if l.processed(plan, b, r) {
				l.working = false
				l.fill()
			}
		})
		began = true
		if !ended || !l.processed(plan, b, result) {
			return
		}
	}
}

// next makes sure that there is a batch, and reports whether it can be processed now.
func (l *lane) next(plan *Plan) bool {
	for l.size == 0 && len(l.rest) > 0 {
		n := len(l.rest)
		l.size, l.rest, l.attempts = l.rest[n-1], l.rest[:n-1], 0
	}
	if l.size > 0 {
		return true
	}
	size := 0
	for size < min(plan.Batch, len(l.items)) && (l.items[size].before == nil || l.items[size].before.done || l.holds(l.items[size].before)) {
		size++
	}
	if size == 0 || l.gathers(plan, size) {
		return false
	}
	l.size, l.attempts = size, 0
	return true
}

// holds reports whether r is in this lane: what is behind it there is in order anyhow. It is not if the shard of the key was split,
// or the number of lanes changed.
func (l *lane) holds(r *Record) bool { return r.lane == l }

// gathers holds while a batch that is not full may wait for more.
func (l *lane) gathers(plan *Plan, n int) bool {
	now := l.Scope.Engine.Now()
	switch {
	case n >= plan.Batch || plan.Window == 0 || !l.full.IsZero() && !l.full.After(now):
		l.full = time.Time{}
		return false
	case l.full.IsZero():
		l.full = now.Add(plan.Window)
		l.task(l.full, l.told[2], nil, l.fill)
	}
	return true
}

// drop gives up what is too old before its first attempt, or so old that the stream has forgotten it.
func (l *lane) drop(plan *Plan) {
	for len(l.items) > 0 {
		first := l.items[0]
		age := l.Scope.Engine.Now().Sub(first.since)
		switch {
		case age >= retention:
			l.note(l.items[:1], event.Hop{
				Kind: event.KindExpire, From: l.Place, To: plan.To, Outcome: event.Expired, Attempt: l.attempts,
				Reason: event.Because("TrimmedRecords", "the record outlived the stream's retention of 24 hours before it was processed"),
			})
		case l.attempts == 0 && plan.MaxAge >= 0 && age > plan.MaxAge:
			l.giveUp(plan, l.items[:1], GivenUp{Condition: "RecordAgeExceeded"})
		default:
			return
		}
		l.advance(1)
	}
}

// advance goes on behind n records that are done.
func (l *lane) advance(n int) {
	for _, r := range l.items[:n] {
		l.finished(r)
	}
	l.items = l.items[n:]
	l.size = max(l.size-n, 0)
	l.attempts = 0
	l.acknowledge()
}

// processed goes on behind what is done: everything before the first record that failed. It reports whether the lane may go on now.
//
// Source: that an attempt after which the stream goes on somewhere does not count towards the retry quota of what is left was recorded
// against AWS by LocalStack, for streams of DynamoDB and of Kinesis: five calls for three retries.
func (l *lane) processed(plan *Plan, b *Batch, r Result) bool {
	if r.Err == nil {
		l.advance(len(b.Records))
		return true
	}
	done := 0
	for r.Failed != nil && done < len(b.Records) && !r.Failed[b.Records[done].ID] {
		done++
	}
	if done > 0 {
		l.advance(done)
	} else {
		l.attempts++
	}
	return l.failed(plan, r)
}

// Backoff is how long a reader waits before it tries a failed batch again: one second, doubling up to a minute.
func Backoff(failures int) time.Duration {
	return min(time.Second<<max(min(failures-1, 6), 0), time.Minute)
}

// failed tries the current batch again later, or a part of it, unless it was tried too often or is too old: then the lane may go on.
func (l *lane) failed(plan *Plan, r Result) bool {
	batch := l.items[:l.size]
	now := l.Scope.Engine.Now()
	hop := event.Hop{Kind: event.KindRetry, From: l.Place, To: plan.To, Outcome: event.Failed, Reason: Because(r.Err), Attempt: l.attempts}
	if plan.Bisect && len(batch) > 1 && !r.Alone {
		half := (len(batch) + 1) / 2
		l.rest = append(l.rest, l.size-half)
		l.size = half
		l.attempts = 0 // Source: Lambda Developer Guide: splitting a batch does not count towards the retry quota
		hop.Due = now
		hop.Reason.Text += "; the batch of " + strconv.Itoa(len(batch)) + " is split"
		l.note(batch, hop)
		l.task(time.Time{}, "a part of the batch of "+string(l.Place), batch[0], l.resume)
		return false
	}
	if r.Alone {
		batch = batch[:1]
	}
	if plan.Retries >= 0 && l.attempts > plan.Retries {
		l.giveUp(plan, batch, GivenUp{Condition: "RetryAttemptsExhausted", Attempts: l.attempts, Err: r.Err})
		l.advance(len(batch))
		return true
	}
	hop.Due = now.Add(Backoff(l.attempts))
	what, run := "retry of "+string(l.Place)+" to "+string(plan.To), l.resume
	if end := batch[0].since.Add(plan.MaxAge); plan.MaxAge >= 0 && hop.Due.After(end) {
		hop.Due = end
		hop.Reason.Text += "; the record reaches its maximum age before another retry"
		what, run = "end of retries of "+string(l.Place)+" to "+string(plan.To), func() { l.outlived(plan, r) }
	}
	l.note(batch, hop)
	l.task(hop.Due, what, batch[0], run)
	l.fill() // others may go on meanwhile
	return false
}

// outlived gives up those records of the batch that are too old, and goes on with the others.
func (l *lane) outlived(plan *Plan, r Result) {
	now := l.Scope.Engine.Now()
	n := 1
	for !r.Alone && n < l.size && !l.items[n].since.Add(plan.MaxAge).After(now) {
		n++
	}
	attempts := l.attempts
	l.giveUp(plan, l.items[:n], GivenUp{Condition: "RecordAgeExceeded", Attempts: attempts, Err: r.Err})
	if l.advance(n); l.size > 0 {
		l.attempts = attempts
	}
	l.resume()
}
