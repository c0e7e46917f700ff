package tap

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Absence says how strongly it is established that nothing came but what Received returns, of what was sent before Fence was called.
type Absence struct {
	Grade  event.Grade
	Bound  string        // what the grade means here: its assumptions, and what it does not cover
	Fences int           // that were sent and came out
	Waited time.Duration // until they did, by the clock of package time
}

// String returns grade and bound in one line.
func (a Absence) String() string { return a.Grade.String() + ": " + a.Bound }

// Fence waits until what was sent so far has come to the tap, as far as that can be known, and says how far that is. Anything that
// came is in Received afterwards.
//
// A backend that records hops settles, and gives the grade that it declares; no fence is sent. At other endpoints fences are: one into
// each of the message groups given (a FIFO topic: FENCED for those groups); [Options.Fences] of them to a standard topic
// (STATISTICAL: if the channel treats all alike, an event that was sent before k fences and is lost from sight behind all of them has a
// probability of at most 1/(k+1)); one to a bus, only to show that the tap still works (WAITED: EventBridge has no order). Where events
// come on several ways the weakest grade counts. An *[FenceError] means that a fence did not come out; the grade is INCONCLUSIVE then.
func (t *Tap) Fence(ctx context.Context, groups ...string) (Absence, error) {
	start := time.Now()
	if t.o.Backend != nil {
		a, err := t.settled(ctx)
		a.Waited = time.Since(start)
		return a, err
	}
	a := Absence{Grade: event.Proved}
	if len(t.feeders) == 0 {
		a.Grade = event.Waited
		a.Bound = "every shard was read until nothing came; a write that returned just now may still be on its way to the stream"
	}
	var bounds []string
	for i := range t.feeders {
		one, err := t.fenceOff(ctx, &t.feeders[i], groups)
		a.Fences += one.Fences
		bounds = append(bounds, one.Bound)
		a.Grade = min(a.Grade, one.Grade)
		if err != nil {
			a.Bound, a.Waited = strings.Join(bounds, "; "), time.Since(start)
			return a, err
		}
	}
	if len(bounds) > 0 {
		a.Bound = strings.Join(bounds, "; ")
	}
	err := t.drain(ctx, min(time.Second, t.reader.longPoll()))
	if err != nil {
		a.Grade = event.Inconclusive
	}
	a.Waited = time.Since(start)
	return a, err
}

// settled asks a backend that knows.
func (t *Tap) settled(ctx context.Context) (Absence, error) {
	q, err := t.o.Backend.Settle(ctx)
	if err != nil {
		return Absence{Bound: "the backend did not settle"}, err
	}
	if err := t.drain(ctx, 0); err != nil {
		return Absence{Bound: "the tap could not be read"}, err
	}
	if !q.Quiet {
		return Absence{Bound: "still under way:" + work(q.Pending)}, nil
	}
	f := t.o.Backend.Features()
	a := Absence{Grade: f.Absence, Bound: "nothing is under way now, relative to " + f.Relative}
	if next, ok := nextDue(q); ok {
		a.Bound += fmt.Sprintf("; not covered is what is due later, next in %v: %s", next.Due.Sub(q.At).Round(time.Millisecond), shown(next.What))
	}
	return a, nil
}

func work(list []event.Pending) string {
	var parts []string
	for _, p := range list {
		if p.Work {
			parts = append(parts, " "+shown(p.What))
		}
	}
	if len(parts) == 0 {
		return " things kept happening"
	}
	return strings.Join(parts, ",")
}

// nextDue returns the first thing that is due later and not only in the tap itself.
func nextDue(q event.Quiescence) (next event.Pending, ok bool) {
	for _, p := range q.Pending {
		if p.Due.After(q.At) && !ours(p.Place) && (!ok || p.Due.Before(next.Due)) {
			next, ok = p, true
		}
	}
	return next, ok
}

// fenceOff sends fences through one feeder and waits for all of them.
func (t *Tap) fenceOff(ctx context.Context, f *feeder, groups []string) (Absence, error) {
	why, err := t.unfenced(ctx, f)
	if err != nil {
		return Absence{Bound: "no fence was sent to " + string(f.place)}, err
	}
	if why != "" {
		return Absence{Grade: event.Waited, Bound: fmt.Sprintf("%s: no fence was sent, since %s; only what has come by now is known", f.place, why)}, nil
	}
	a := Absence{Grade: f.grade, Bound: fmt.Sprintf("%s: %s", f.place, f.bound)}
	sends := []func(context.Context, string) error{f.send}
	switch {
	case f.sendTo != nil && len(groups) > 0:
		sends = nil
		for _, group := range groups {
			sends = append(sends, func(ctx context.Context, id string) error { return f.sendTo(ctx, group, id) })
		}
		a.Grade = event.Fenced
		a.Bound = fmt.Sprintf("%s: of message groups %s, all that was published before the fences has come; other groups are not covered", f.place, shown(strings.Join(groups, ", ")))
	case f.grade == event.Statistical:
		for range t.o.Fences - 1 {
			sends = append(sends, f.send)
		}
		a.Bound = fmt.Sprintf("%s: %d fences came out, so an event before them is still to come with P ≤ 1/%d, %s", f.place, t.o.Fences, t.o.Fences+1, f.bound)
	}
	a.Fences, err = t.sendAll(ctx, f, sends)
	if err != nil {
		a.Grade = event.Inconclusive
		a.Bound = fmt.Sprintf("%s: %d of %d fences came out", f.place, a.Fences, len(sends))
	}
	return a, err
}

// sendAll sends fences, one call each, and reads until all have come out.
func (t *Tap) sendAll(ctx context.Context, f *feeder, sends []func(context.Context, string) error) (came int, err error) {
	start := time.Now()
	failure := &FenceError{Place: t.place, Feeder: f.place}
	var ids []string
	for _, send := range sends {
		id := t.nextFence()
		if failure.Err = send(ctx, id); failure.Err != nil {
			return t.countOut(ids), failure
		}
		failure.Sent++
		ids = append(ids, id)
	}
	for _, id := range ids {
		err := t.await(ctx, []string{id}, max(0, t.o.FenceWithin-time.Since(start)))
		if !t.out(id) {
			failure.Err, failure.Waited, failure.Hop = err, time.Since(start), t.lastHop(ctx, id)
			return t.countOut(ids), failure
		}
	}
	return len(ids), nil
}

func (t *Tap) countOut(ids []string) (n int) {
	for _, id := range ids {
		if t.out(id) {
			n++
		}
	}
	return n
}
