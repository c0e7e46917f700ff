package dye

import (
	"context"
	"fmt"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

// Eventually calls check until it returns nil, and returns at that moment. Use it for state: a row of a read model, an answer of
// the system under test (package probe makes such checks). For events use [Flow.Expect].
//
// In virtual time it settles and looks, and looks again whenever the pipeline has done something: so it returns at the very instant
// at which a step of the pipeline brings the state about. For code that sleeps beside the pipeline it also looks after a hundredth
// of the time since anything happened, a millisecond at least; at most for an hour of virtual time. In real time it looks again
// after pauses from 1 ms to 1 s, drawn by the seed, at most for [Patience].
//
// When that is over it ends the test, and says what check returned last, how what it saw had changed, and what could still change
// it. An error with a method Final() bool that returns true (probe.Final) ends it at once; one with a method Saw() string says by
// that what was seen.
func (d *T) Eventually(check func(ctx context.Context) error) {
	d.eventually(d.newLookout(d.eventuallyWithin(), d.bubble, check), nil)
}

// eventuallyWithin is how long a state is waited for.
func (d *T) eventuallyWithin() time.Duration {
	if d.bubble {
		return virtualWithin
	}
	return d.options.patience
}

// eventually looks until the check holds; each, if not nil, is called after each look that finds it does not.
func (d *T) eventually(l *lookout, each func()) {
	for {
		err := l.look()
		if err == nil {
			return
		}
		if hopeless(err) {
			d.Fatalf("dye: waiting is of no use, since no other look can mend this\n%s", cleaned(err.Error(), "    "))
		}
		if each != nil {
			each()
		}
		if !l.rest() {
			d.Fatalf("dye: not within %s, after %d looks\n%s\n    what was seen%s\n    %s", spell(l.passed(), d.bubble), l.looks,
				cleaned(err.Error(), "    ✗ "), l.seen.lines(), l.idle())
		}
	}
}

// Consistently looks for that long whether check goes on to return nil, and ends the test at the first look at which it does not. It
// exists only with a grade, since that nothing was seen proves nothing by itself: least is the weakest that will do.
//
// In virtual time it looks at once, whenever the pipeline has done something, and at the end. On a pipeline in the test's bubble
// that is event.Proved: no step of the pipeline within that time breaks the state at rest. (A state that code beside the pipeline
// breaks and mends between two looks is not seen; see [T.Eventually] for when it looks.) With a manual clock of a server it is
// event.Settled. In real time it looks again and again, and the grade is event.Waited, which is never a proof.
//
// Where the backend cannot give the grade the test is skipped, with a line that says so; where it could and did not, because the
// pipeline did not come to rest, the test fails.
func (d *T) Consistently(within time.Duration, least event.Grade, check func(ctx context.Context) error) {
	_, movable := d.backend.(backend.Mover)
	steps := movable && d.backend.Features().VirtualTime
	grade := event.Waited
	if steps {
		grade = d.backend.Features().Absence
	}
	switch {
	case within < 0:
		d.Fatalf("dye: Consistently(%v): time does not run backwards", within)
	case least <= event.Inconclusive:
		d.Fatalf("dye: Consistently needs a grade that says something: event.Proved, or event.Settled or event.Waited where that will do")
	case least > grade:
		d.Skipf("dye: Consistently needs %s, and %s can give %s at most", least, d.backend.Name(), grade)
	case !steps && within > d.options.patience:
		d.Skipf("dye: Consistently(%v) needs virtual time, and %s runs in real time, where a test waits at most for its Patience of %v",
			within, d.backend.Name(), d.options.patience)
	}
	l := d.newLookout(within, steps, check)
	for {
		if err := l.look(); err != nil {
			d.Fatalf("dye: it held no longer than %s, and should for %v (look %d)\n%s", spell(l.passed(), steps), within, l.looks, cleaned(err.Error(), "    ✗ "))
		}
		if steps && !l.q.Quiet {
			d.Fatalf("dye: it held for %s, but whether it goes on to is %s: the pipeline does not come to rest:%s", spell(l.passed(), steps),
				event.Inconclusive, pendingText(l.q.Pending))
		}
		if !l.rest() {
			break
		}
	}
	if l.passed() < within {
		d.Fatalf("dye: it held for %s, and then the context of the test ended", spell(l.passed(), steps))
	}
	relative := ""
	if steps {
		relative = fmt.Sprintf("   (relative to %s)", d.backend.Features().Relative)
	}
	d.Logf("dye: it held for %s, at %d looks   %s%s", spell(l.passed(), steps), l.looks, grade, relative)
}
