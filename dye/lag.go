package dye

import (
	"context"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// Lag waits until check returns nil, as [T.Eventually] does, and returns how much time there was, on the backend's clock, from when
// the event was stated that the state follows from: the last of those that one of the selectors selects, or without selectors the
// last that came from outside. In virtual time it is exact where a step of the pipeline brings the state about; where code that
// sleeps does, it is at most a hundredth too long. In real time it is as long as it took to be seen.
//
// It is for read models that only the system under test knows; for what the backend sees itself use the expectation [LagBelow].
func (f *Flow) Lag(check func(ctx context.Context) error, selectors ...Selector) time.Duration {
	d := f.d
	l := d.newLookout(d.eventuallyWithin(), d.bubble, check)
	d.eventually(l, nil)
	since, err := f.stated(selectors)
	if err != nil {
		d.Fatalf("dye: Lag: %v", err)
	}
	return max(0, f.clock(l).Sub(since))
}

// LagBelow is [Flow.Lag] that ends the test if the lag is longer than most. In virtual time it looks at the very end of that time,
// too. It says how long the lag was in either case, or that the state never came.
func (f *Flow) LagBelow(most time.Duration, check func(ctx context.Context) error, selectors ...Selector) {
	d := f.d
	if most < 0 {
		d.Fatalf("dye: LagBelow(%v): time does not run backwards", most)
	}
	l := d.newLookout(d.eventuallyWithin(), d.bubble, check)
	var known uint64 // Seq of the last hop that was looked at
	d.eventually(l, func() {
		if l.steps && l.q.Seq > known {
			known = l.q.Seq
			if since, err := f.stated(selectors); err == nil {
				l.exact = since.Add(most)
			}
		}
	})
	since, err := f.stated(selectors)
	if err != nil {
		d.Fatalf("dye: LagBelow: %v", err)
	}
	switch lag := max(0, f.clock(l).Sub(since)); {
	case lag > most && l.looks == 1:
		d.Fatalf("dye: the state was there at the first look, %s after the event, and should come within %v: it may have come earlier; look at once after the stimulus, before anything lets time pass",
			spell(lag, d.bubble), most)
	case lag > most:
		d.Fatalf("dye: the state came %s after the event, and should within %v\n    what was seen, from the start of the wait%s", spell(lag, d.bubble), most, l.seen.lines())
	default:
		d.Logf("dye: the state came %s after the event, of at most %v", spell(lag, d.bubble), most)
	}
}

// clock returns what the backend's clock showed when l looked last.
func (f *Flow) clock(l *lookout) time.Time {
	if f.d.bubble {
		return l.now
	}
	if f.d.backend.Features().VirtualTime {
		return f.d.settle().At // it moves only when it is told to
	}
	return f.start.Add(l.now.Sub(f.began))
}

// stated returns when the last of the events was stated that a state follows from.
func (f *Flow) stated(selectors []Selector) (time.Time, error) {
	flow := observe.NewFlow(f.record(f.d.settle()))
	facts := flow.Facts
	if len(selectors) > 0 {
		var err error
		if facts, err = expect.Selected(flow, selectors...); err != nil {
			return time.Time{}, err
		}
	}
	last := f.start
	for _, fact := range facts {
		first := fact.Hops[0] // it stated the fact
		if len(selectors) == 0 && !fromOutside(flow, first) {
			continue
		}
		if first.At.After(last) {
			last = first.At
		}
	}
	return last, nil
}

// fromOutside holds for a hop that a call of the stimulus led to, and nothing else.
func fromOutside(f *observe.Flow, h *event.Hop) bool {
	call, ok := f.HopBySeq(h.Cause)
	return ok && call.Kind == event.KindCall && call.Cause == 0 && !call.Inferred
}
