package layer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/sqs"
)

// pump takes messages out of the queue for a Handle or HandleBatch, as a poller in front of a function does. It has no goroutine:
// it is driven step by step.
type pump struct {
	consumer Consumer
	faults   *faults
	queue    *queue
	source   *sqs.Queue
	held     []observe.Message // received, and to be handled at the end
	problem  string
	errors   map[string]error // by body: what was last said of it
}

func newPump(ctx context.Context, b backend.Backend, c Consumer, f *faults, q *queue) (*pump, error) {
	source, err := sqs.Open(ctx, b.Endpoint(consumerName), q.name)
	return &pump{consumer: c, faults: f, queue: q, source: source, errors: map[string]error{}}, err
}

// round handles everything that can be received now. It ends by a receive that finds nothing: its consumer then asked again.
func (p *pump) round(ctx context.Context) error {
	for {
		batch, err := p.source.Receive(ctx, 0, p.queue.visibility)
		if err != nil || len(batch) == 0 {
			return err
		}
		slices.SortFunc(batch, func(a, b observe.Message) int { return cmp.Compare(p.faults.place(a.ID), p.faults.place(b.ID)) })
		for _, m := range batch {
			p.faults.received(m.Handle, m.ID)
		}
		if p.faults.holds() {
			p.held = append(p.held, batch[0])
			batch = batch[1:]
		}
		if err := p.handle(ctx, batch); err != nil {
			return err
		}
	}
}

// handle has the consumer handle messages, and acknowledges those that it did.
func (p *pump) handle(ctx context.Context, batch []observe.Message) error {
	if len(batch) == 0 {
		return nil
	}
	var done []observe.Message
	if p.consumer.HandleBatch != nil {
		failed, err := p.batch(ctx, batch)
		for _, m := range batch {
			p.errors[m.Body] = err
		}
		if err == nil {
			done = slices.DeleteFunc(batch, func(m observe.Message) bool { return slices.Contains(failed, m.ID) })
		}
	} else {
		for _, m := range batch {
			err := p.one(ctx, m)
			if p.errors[m.Body] = err; err == nil {
				done = append(done, m)
			}
		}
	}
	done = slices.DeleteFunc(done, p.lost)
	if len(done) == 0 {
		return nil
	}
	return p.source.Ack(ctx, done)
}

// lost reports whether the acknowledgement of a message does not come to the queue.
func (p *pump) lost(m observe.Message) bool {
	if !p.faults.loseAcks && !p.faults.crash || !p.faults.firstAck(m.Handle) {
		return false
	}
	if p.faults.crash && p.consumer.Restart != nil {
		p.consumer.Restart()
	}
	return true
}

func (p *pump) one(ctx context.Context, m observe.Message) (err error) {
	defer p.recover(&err)
	return p.consumer.Handle(ctx, m)
}

func (p *pump) batch(ctx context.Context, batch []observe.Message) (failed []string, err error) {
	defer p.recover(&err)
	return p.consumer.HandleBatch(ctx, slices.Clone(batch))
}

// recover takes a panic for what it would be in production: the end of the process.
func (p *pump) recover(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("panic: %v", r)
		p.problem = cmp.Or(p.problem, fmt.Sprintf("the consumer panicked, which would end its process: %v", r))
	}
}

// end handles what was held, late, with handles that are no longer good.
func (p *pump) end(ctx context.Context) error {
	held := p.held
	p.held = nil
	return p.handle(ctx, held)
}

func (p *pump) stop(context.Context) {}

func (p *pump) said(body string) error { return p.errors[body] }

func (p *pump) trouble() string { return p.problem }
