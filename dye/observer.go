package dye

import (
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/tap"
)

// observer is the name that taps have in traces, where they show at all: flows leave them out.
const observer = "observer"

// Observer sees what comes to one place, beside the system under test and never in its path. Make one with [T.Observe].
type Observer struct {
	Tap *tap.Tap // for more choice

	d *T
}

// Observe attaches an observer to a place before the stimulus: to a bus (bus:NAME) by a rule and queue of its own, to a topic by a
// subscription, to a table's stream by iterators of its own, to a queue by what the backend records of it, so that none of its
// messages is taken. An EventBridge pattern says which events of a bus are of interest; without one it is all. The observer is
// shown to be attached when Observe returns, and removed when the test ends. It changes nothing for the system, and expectations on
// flows do not see it.
//
// A place without a kind is a queue. What cannot be observed ends the test.
func (d *T) Observe(place string, pattern ...string) *Observer {
	d.Helper()
	if len(pattern) > 1 {
		d.Fatalf("dye: Observe takes one pattern, not %d", len(pattern))
	}
	if !strings.Contains(place, ":") {
		place = event.PlaceQueue + ":" + place
	}
	o := tap.Options{Test: d.Name(), Backend: d.backend, FenceWithin: d.options.patience}
	if n := d.observers.Add(1); d.bubble {
		o.Run = strconv.FormatInt(n, 10) // the same whenever the run is repeated, in an account that is nobody else's
	}
	if len(pattern) == 1 {
		o.Pattern = pattern[0]
	}
	t, err := tap.Attach(d.ctx, d.backend.Endpoint(observer), event.Place(place), o)
	d.must(err)
	d.Cleanup(func() {
		if err := t.Close(d.ctx); err != nil {
			d.Errorf("dye: %v", err)
		}
	})
	return &Observer{Tap: t, d: d}
}

// Received settles and returns everything that came since the observer was attached, each event once, in the order it came. Of an
// event that is not JSON Err says so and Body has it as it is.
func (o *Observer) Received() []*observe.Received {
	o.d.Helper()
	o.d.Settle()
	list, err := o.Tap.Received(o.d.ctx)
	o.d.must(err)
	return list
}

// Collect waits for count events that one of the selectors selects, or for any if none is given, as [T.Collect] does in a queue, and
// ends the test if too few or too many come. An event that was collected is not collected again; all others are.
func (o *Observer) Collect(count int, selectors ...Selector) []*observe.Received {
	o.d.Helper()
	return o.d.CollectFrom(string(o.Tap.Place()), o.Tap, count, selectors...)
}

// Fence waits until what was sent so far has come to the observer, and says how strongly it is known that nothing else has.
func (o *Observer) Fence() tap.Absence {
	o.d.Helper()
	ctx, stop := o.d.patient(o.d.options.patience)
	defer stop()
	a, err := o.Tap.Fence(ctx)
	o.d.must(err)
	return a
}

// unobserved leaves out of a recording what the test's own observers did.
func (d *T) unobserved(r observe.Recording) observe.Recording {
	if d.observers.Load() == 0 {
		return r
	}
	return tap.Hide(r, event.At(event.PlaceClient, observer))
}
