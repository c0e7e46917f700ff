package dye

import (
	"context"
	"fmt"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

// Settle lets everything that is due now finish: hops, deliveries, and the work of consumers until each waits for something to
// come or for time to pass. No virtual time passes. On a running server it waits in real time, and fails the test if that takes
// longer than [Patience].
//
// In a bubble it is what to use in place of synctest.Wait, which the pipeline needs for itself.
func (d *T) Settle() {
	if q := d.settle(); !q.Quiet {
		d.Fatalf("dye: not settled after %v of real time:%s", d.options.patience, pendingText(q.Pending))
	}
}

// Advance lets that much time pass, through everything that is due within it, and settles. On a backend whose clock cannot be
// moved the test is skipped.
func (d *T) Advance(by time.Duration) {
	mover, ok := d.backend.(backend.Mover)
	if !ok || !d.backend.Features().VirtualTime {
		d.Skipf("dye: Advance(%v) needs virtual time, and %s runs in real time", by, d.backend.Name())
	}
	if by < 0 {
		d.Fatalf("dye: Advance(%v): time does not run backwards", by)
	}
	ctx, stop := d.patient(d.options.patience)
	defer stop()
	q, err := mover.Advance(ctx, by)
	d.must(err)
	if !q.Quiet {
		d.Fatalf("dye: not settled after Advance(%v):%s", by, pendingText(q.Pending))
	}
}

// settle is Settle for those that can go on without: where the backend does not come to rest, Quiet is false.
func (d *T) settle() event.Quiescence {
	ctx, stop := d.patient(d.options.patience)
	defer stop()
	q, err := d.backend.Settle(ctx)
	d.must(err)
	return q
}

// patient returns a context that ends after that much real time: in a bubble, which has none, it does not
// end, and the watchdog outside is what ends the wait.
func (d *T) patient(most time.Duration) (context.Context, context.CancelFunc) {
	if d.bubble {
		return d.ctx, func() {}
	}
	return context.WithTimeout(d.ctx, most)
}

func pendingText(list []event.Pending) string {
	text := ""
	for _, p := range list {
		if p.Work {
			text += "\n  " + p.What
		}
	}
	if text == "" {
		return " things kept happening"
	}
	return text
}

func spell(d time.Duration, virtual bool) string {
	if virtual {
		return fmt.Sprintf("%v of virtual time", d)
	}
	return d.Round(time.Millisecond).String()
}
