package tap

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/internal/pause"
	"github.com/dyetrace/dyetrace/observe"
)

var _ observe.Source = (*Tap)(nil)

// Received returns everything that came since the tap was attached, in the order it came, each event once: with its envelope decoded,
// or with Err and the body as it is if that is not JSON. Attempt is the number of its deliveries where the place tells. It takes what
// is there now and does not wait; at an endpoint that records no hops it waits up to a second for what is on its way.
//
// With an error it returns what came until then. Of a tap that is closed it returns what it was last asked for.
func (t *Tap) Received(ctx context.Context) ([]*observe.Received, error) {
	wait := time.Second // SQS samples its hosts unless a receive waits
	if t.o.Backend != nil {
		wait = 0
	}
	var err error
	if !t.isClosed() {
		err = t.drain(ctx, min(wait, t.reader.longPoll()))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]*observe.Received, len(t.log))
	for i, r := range t.log {
		list[i] = new(*r) // a later redelivery changes the original
	}
	return list, err
}

// Redelivered returns how many further deliveries there were of events that had come already.
func (t *Tap) Redelivered() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.repeats
}

// All yields each event once, those that came before first, and goes on until ctx ends. An error that may pass is tried again; any
// other is yielded, with a nil event, and ends it.
func (t *Tap) All(ctx context.Context) iter.Seq2[*observe.Received, error] {
	return func(yield func(*observe.Received, error) bool) {
		wait := shortestPause
		for next := 0; ; {
			t.mu.Lock()
			fresh := slices.Clone(t.log[next:])
			t.mu.Unlock()
			next += len(fresh)
			for _, r := range fresh {
				if !yield(new(*r), nil) {
					return
				}
			}
			if ctx.Err() != nil || t.isClosed() {
				return
			}
			n, err := t.pump(ctx, t.reader.longPoll())
			switch {
			case err != nil && ctx.Err() == nil && !temporary(err):
				yield(nil, err)
				return
			case n > 0:
				wait = shortestPause
			case err != nil || t.reader.longPoll() == 0:
				pause.For(ctx, wait)
				wait = min(2*wait, longestPause)
			}
		}
	}
}

// Pauses between looks at a source that cannot wait.
const (
	shortestPause = 10 * time.Millisecond
	longestPause  = time.Second
)

func (t *Tap) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

// LongPoll returns how long Receive can wait: 20 s on a queue of the tap's own; 0 on a stream or on recorded hops, which are polled.
func (t *Tap) LongPoll() time.Duration { return t.reader.longPoll() }

// Receive returns the deliveries that no Collect has taken yet, waiting at most wait for the first. They are the tap's own copies:
// hide does not matter, and neither Ack nor Return does anything to the system under test.
func (t *Tap) Receive(ctx context.Context, wait, _ time.Duration) ([]observe.Message, error) {
	if list := t.take(); len(list) > 0 {
		return list, nil
	}
	if t.isClosed() {
		return nil, &GapError{t.place, "the tap is closed, and what it saw was collected already"}
	}
	_, err := t.pump(ctx, wait)
	return t.take(), err
}

func (t *Tap) take() []observe.Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.incoming
	t.incoming = nil
	return list
}

// Ack does nothing: what Receive returned is not returned again.
func (t *Tap) Ack(context.Context, []observe.Message) error { return nil }

// Return lets the next Receive return these messages again, before any others.
func (t *Tap) Return(_ context.Context, messages []observe.Message) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.incoming = append(slices.Clone(messages), t.incoming...)
	return nil
}

// drain pumps until nothing comes within wait, or for as long as may be asked of somebody who wants to know what there is.
func (t *Tap) drain(ctx context.Context, wait time.Duration) error {
	for range mostDrains {
		n, err := t.pump(ctx, wait)
		if n == 0 || wait == 0 || err != nil {
			return err
		}
	}
	return nil
}

const mostDrains = 5

// pump reads and files what came, until nothing more is there; n counts fences, too. It always ends with a question to which the
// answer is nothing: until a consumer asks again a dyetrace server takes it for being at work, and the flow would not come to rest.
func (t *Tap) pump(ctx context.Context, wait time.Duration) (n int, err error) {
	for range mostBatches {
		batch, err := t.reader.read(ctx, wait)
		t.file(batch)
		n += len(batch)
		if err != nil || len(batch) == 0 {
			return n, err
		}
		wait = 0
	}
	return n, nil
}

// mostBatches bounds a pump, so that what comes under load is not held back for ever.
const mostBatches = 100

// file takes fences out and logs the rest.
func (t *Tap) file(batch []observe.Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range batch {
		if id := fenceID(m.Body, m.Attributes); id != "" {
			t.fences[id] = true
			continue
		}
		r := &observe.Received{Message: m, At: time.Now()}
		r.Document, r.Err = event.Decode(m.Body)
		r.ID = t.single(r)
		r.Handle = strconv.Itoa(len(t.log) + t.repeats)
		if first := t.seen[r.ID]; first != nil {
			first.Attempt = max(first.Attempt+1, r.Attempt)
			r.Attempt = first.Attempt
			t.repeats++
		} else {
			r.Attempt = max(r.Attempt, 1)
			t.seen[r.ID] = r
			t.log = append(t.log, r)
		}
		t.incoming = append(t.incoming, r.Message)
	}
}

// byMessage tells events apart by the message that brings them.
func byMessage(r *observe.Received) string { return r.ID }

// byEnvelope tells them apart by the id that EventBridge gave them, so that a second delivery of one is known for what it is.
func byEnvelope(r *observe.Received) string {
	if r.Document.Codec == event.CodecEventBridge && r.Document.ID != "" {
		return r.Document.ID
	}
	return r.ID
}

// temporary reports whether an error may pass.
func temporary(err error) bool {
	t, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && t.Temporary()
}
