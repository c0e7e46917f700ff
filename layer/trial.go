package layer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
)

// Result is what came of one run of a case.
type Result struct {
	Variant
	OK       bool
	State    any                 // what the consumer made of the events, as decoded JSON
	Problems []string            // beside a wrong state: what is lost, stuck, swallowed
	Diff     []expect.Difference // of the state from the one that was wanted
}

// worker is how a trial has the consumer work: a pump, or a loop.
type worker interface {
	round(ctx context.Context) error // what can be done now, if it has to be driven
	end(ctx context.Context) error   // what was put off until the end
	stop(ctx context.Context)        //
	trouble() string                 // what the consumer itself did wrong
	said(body string) error          // why it last refused that message, if it told
}

// trial is one run under way.
type trial struct {
	cases    Cases
	variant  Variant
	consumer Consumer
	tap      *Tapped
	clock    backend.Mover
	queue    *queue
	faults   *faults
	worker   worker
	before   any // the state before any event
	result   *Result
}

// longestTrial bounds how long a consumer may take to come to its end, on the backend's clock.
const longestTrial = 24 * time.Hour

// stale is how much later than its visibility timeout the message of case Slow is handled.
const stale = 10 * time.Minute

// Run runs one variant on a backend of its own and a consumer made on it, and compares the state that it leads to with want, unless
// that is nil. A consumer with a Run must have been given endpoints of the tap. The error says that the run could not be made.
func (c Cases) Run(ctx context.Context, tap *Tapped, v Variant, consumer Consumer, want any) (Result, error) {
	t := &trial{cases: c, variant: v, consumer: consumer, tap: tap, faults: &faults{}, result: &Result{Variant: v}}
	if v.Skip == "" {
		t.result.Skip = t.unable()
	}
	if t.result.Skip != "" {
		t.result.OK = true
		return *t.result, nil
	}
	err := t.check()
	if err == nil {
		err = t.run(ctx, want)
	}
	if err != nil {
		return *t.result, fmt.Errorf("case %v: %w", v, err)
	}
	t.result.OK = len(t.result.Problems)+len(t.result.Diff) == 0
	return *t.result, nil
}

// unable says why this backend or consumer cannot have the case.
func (t *trial) unable() string {
	clock, movable := t.tap.Backend.(backend.Mover)
	t.clock = clock
	switch features := t.tap.Features(); {
	case !movable || !features.VirtualTime:
		return fmt.Sprintf("needs virtual time, and %s has none", t.tap.Name())
	case t.variant.Case == Slow && t.consumer.Run != nil && !features.Seeded:
		return "two instances of a consumer with a loop of its own need a bubble"
	case t.variant.Case == Crash && t.variant.after && t.consumer.Run == nil:
		return "the table itself acknowledges what a handler has handled"
	case t.variant.Case == Outage && t.consumer.Break == nil:
		return "the consumer has no Break, which makes what it depends on fail"
	}
	return ""
}

func (t *trial) check() error {
	ways := 0
	for _, given := range []bool{t.consumer.Handle != nil, t.consumer.HandleBatch != nil, t.consumer.Run != nil} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		return fmt.Errorf("the consumer must have one of Handle, HandleBatch and Run, and has %d of them", ways)
	case t.consumer.State == nil:
		return errors.New("the consumer has no State: the case would have nothing to compare")
	}
	return nil
}

func (t *trial) run(ctx context.Context, want any) (err error) {
	t.queue, err = openQueue(ctx, t.tap.Backend, cmp.Or(t.consumer.Queue, DefaultQueue), t.cases)
	if err != nil {
		return err
	}
	if t.before, err = t.state(ctx); err != nil {
		return err
	}
	t.prepare()
	if t.variant.Case != PartialBatch && t.variant.Case != Outage { // those begin with a full queue
		if err := t.start(ctx); err != nil {
			return err
		}
	}
	err = t.script(ctx)
	if err == nil {
		err = t.finish(ctx)
	}
	if err == nil {
		t.result.State, err = t.state(ctx)
	}
	if t.worker != nil {
		t.worker.stop(ctx)
	}
	if err != nil {
		return err
	}
	return t.judge(ctx, want)
}

// prepare sets up what the case does to the consumer.
func (t *trial) prepare() {
	switch t.variant.Case {
	case Redelivered:
		t.faults.loseAcks = true
	case Crash:
		t.faults.crash, t.faults.after = true, t.variant.after
	case Slow:
		t.faults.hold = t.queue.visibility + stale
	}
	t.tap.disturb(t.queue.name, t.faults)
}

func (t *trial) start(ctx context.Context) (err error) {
	if t.consumer.Run == nil {
		t.worker, err = newPump(ctx, t.tap.Backend, t.consumer, t.faults, t.queue)
		return err
	}
	instances := 1
	if t.variant.Case == Slow {
		instances = 2
	}
	t.worker = startLoop(ctx, t.consumer, t.tap, instances, func(d time.Duration) error { return t.pass(context.WithoutCancel(ctx), d) })
	return nil
}

// script sends what the case has to send, and lets the consumer work.
func (t *trial) script(ctx context.Context) error {
	switch t.variant.Case {
	case Poison:
		return t.poisoned(ctx)
	case PartialBatch:
		return t.partialBatch(ctx)
	case Outage:
		return t.outage(ctx)
	}
	for _, i := range t.variant.order {
		if err := t.send(ctx, t.cases.Events[i]); err != nil {
			return err
		}
		if err := t.next(ctx); err != nil {
			return err
		}
	}
	return t.work(ctx, 0)
}

// next lets the consumer take the event that was sent last. In another order an event may be too early, and the consumer may put it
// off until those before it have come: these come without delay.
func (t *trial) next(ctx context.Context) error {
	if t.variant.Case != OutOfOrder {
		return t.work(ctx, 0)
	}
	if err := t.worker.round(ctx); err != nil {
		return err
	}
	return t.settle(ctx)
}

// poisoned sends the message that cannot be handled first. It may lie in the queue until it is given up; the events may not.
func (t *trial) poisoned(ctx context.Context) error {
	if err := t.send(ctx, t.poison()); err != nil {
		return err
	}
	for _, e := range t.cases.Events {
		if err := t.send(ctx, e); err != nil {
			return err
		}
		if err := t.work(ctx, 1); err != nil {
			return err
		}
	}
	return t.work(ctx, 0)
}

// partialBatch has all messages in the queue before the consumer asks for some, the one that cannot be handled in their middle.
func (t *trial) partialBatch(ctx context.Context) error {
	for sent := range len(t.cases.Events) + 1 {
		i, poison := t.eventOf(sent)
		e := t.cases.Events[i]
		if poison {
			e = t.poison()
		}
		if err := t.send(ctx, e); err != nil {
			return err
		}
	}
	if err := t.start(ctx); err != nil {
		return err
	}
	return t.work(ctx, 0)
}

func (t *trial) outage(ctx context.Context) error {
	t.consumer.Break(true)
	for _, e := range t.cases.Events {
		if err := t.send(ctx, e); err != nil {
			return err
		}
	}
	if err := t.start(ctx); err != nil {
		return err
	}
	if err := t.worker.round(ctx); err != nil {
		return err
	}
	if err := t.settle(ctx); err != nil {
		return err
	}
	broken, err := t.state(ctx)
	if err != nil {
		return err
	}
	if list, err := expect.Diff(t.before, broken, t.cases.Volatile...); err == nil && len(list) > 0 {
		t.problem("the case shows nothing: the consumer handled events although Break was told to make it fail")
	}
	t.consumer.Break(false)
	return t.work(ctx, 0)
}

func (t *trial) poison() event.Event {
	e := t.cases.Poison
	if e.Body == "" {
		e.Body = "this is no event"
	}
	return e
}

func (t *trial) send(ctx context.Context, e event.Event) error {
	err := t.queue.send(ctx, e)
	t.faults.sent(t.queue.sent)
	return err
}

// work lets time pass until no more than that many messages are left in the queue.
func (t *trial) work(ctx context.Context, most int) error {
	step := time.Second
	for passed := time.Duration(0); ; passed += step {
		if err := t.worker.round(ctx); err != nil {
			return err
		}
		if err := t.settle(ctx); err != nil {
			return err
		}
		left, err := t.queue.left(ctx)
		if err != nil {
			return err
		}
		if left <= most || t.worker.trouble() != "" {
			return nil
		}
		if passed >= longestTrial {
			poisoned := t.variant.Case == Poison || t.variant.Case == PartialBatch
			if t.queue.dlq != "" || !poisoned { // else judgeDead says more
				t.problem("messages still in the queue after %v: %d; they come again and again, or nobody takes them", longestTrial, left)
			}
			return nil
		}
		step = min(2*step, time.Hour)
		if err := t.pass(ctx, step); err != nil {
			return err
		}
	}
}

func (t *trial) settle(ctx context.Context) error {
	return t.quiet(ctx, t.tap.Settle)
}

func (t *trial) pass(ctx context.Context, d time.Duration) error {
	return t.quiet(ctx, func(ctx context.Context) (event.Quiescence, error) { return t.clock.Drain(ctx, d) })
}

// patience is how much real time a consumer outside a bubble has to come to rest.
const patience = 10 * time.Second

// quiet has the backend come to rest. In a bubble it always does, or the bubble ends.
func (t *trial) quiet(ctx context.Context, come func(context.Context) (event.Quiescence, error)) error {
	if !t.tap.Features().Seeded {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, patience)
		defer stop()
	}
	q, err := come(ctx)
	if err == nil && !q.Quiet {
		err = fmt.Errorf("the consumer did not come to rest in %v: %w", patience, ctx.Err())
		for _, p := range q.Pending {
			if p.Work {
				err = fmt.Errorf("%w: %s", err, p.What)
			}
		}
	}
	return err
}

// finish lets everything happen that is still to come.
func (t *trial) finish(ctx context.Context) error {
	if err := t.pass(ctx, t.queue.visibility+2*stale); err != nil {
		return err
	}
	if err := t.worker.end(ctx); err != nil {
		return err
	}
	if err := t.worker.round(ctx); err != nil {
		return err
	}
	return t.pass(ctx, t.queue.visibility+stale)
}

func (t *trial) problem(format string, args ...any) {
	t.result.Problems = append(t.result.Problems, fmt.Sprintf(format, args...))
}

func (t *trial) state(ctx context.Context) (any, error) {
	v, err := t.consumer.State(ctx)
	if err != nil {
		return nil, fmt.Errorf("the consumer's State: %w", err)
	}
	raw, err := compact(v)
	if err != nil {
		return nil, fmt.Errorf("what the consumer's State returns cannot be written as JSON: %w", err)
	}
	return decodeJSON(raw)
}
