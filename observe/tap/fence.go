package tap

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/internal/pause"
)

// fence returns the id of the n-th fence.
func (t *Tap) fence(n int) string { return fmt.Sprintf("%s%s:%d", fenceMark, t.o.Run, n) }

func (t *Tap) nextFence() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent++
	return t.fence(t.sent)
}

// out reports whether a fence has come out.
func (t *Tap) out(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fences[id]
}

// prove shows that each way to the tap is attached.
func (t *Tap) prove(ctx context.Context) error {
	for i := range t.feeders {
		f := &t.feeders[i]
		why, err := t.unfenced(ctx, f)
		if err != nil {
			return err
		}
		if why == "" {
			if err := t.sendFences(ctx, f); err != nil {
				return err
			}
			t.shown = append(t.shown, Shown{Feeder: f.place, By: "fence"})
			continue
		}
		if err := f.check(ctx); err != nil {
			return t.failed("not attached to "+string(f.place), err)
		}
		t.shown = append(t.shown, Shown{Feeder: f.place, By: "configuration", Why: why})
	}
	return nil
}

// unfenced returns why no fence is to be sent through a feeder, "" if one is.
func (t *Tap) unfenced(ctx context.Context, f *feeder) (string, error) {
	switch {
	case f.opaque != "":
		return f.opaque, nil
	case t.o.Fencing == FenceNever:
		return "FenceNever", nil
	case t.o.Fencing == FenceAlways:
		return "", nil
	}
	seen, err := f.others(ctx)
	if err != nil {
		return "", t.failed("it could not be found out who else would see a fence at "+string(f.place), err)
	}
	if len(seen) == 0 {
		return "", nil
	}
	if t.o.Backend == nil {
		return "", &DisturbError{Place: t.place, Seen: seen}
	}
	names := make([]string, len(seen))
	for i, p := range seen {
		names[i] = string(p)
	}
	return "a fence would also reach " + strings.Join(names, ", "), nil
}

const longestFenceWait = 5 * time.Second

// sendFences sends one fence after the other until one of them comes out: a rule or a filter policy may take a while to have effect, and
// what it was sent before then is lost.
func (t *Tap) sendFences(ctx context.Context, f *feeder) error {
	start := time.Now()
	end := start.Add(t.o.FenceWithin)
	failure := &FenceError{Place: t.place, Feeder: f.place}
	var ids []string
	for wait := time.Second; ; wait = min(2*wait, longestFenceWait) {
		id := t.nextFence()
		ids = append(ids, id)
		failure.Err = f.send(ctx, id)
		if failure.Err == nil {
			failure.Sent++
			failure.Err = t.await(ctx, ids, min(wait, time.Until(end)))
		}
		if t.anyOut(ids) {
			return nil
		}
		failure.Waited = time.Since(start)
		if ctx.Err() != nil || !time.Now().Before(end) || failure.Err != nil && !temporary(failure.Err) {
			failure.Hop = t.lastHop(ctx, id)
			return failure
		}
		if failure.Err != nil {
			pause.For(ctx, min(wait, time.Until(end)))
		}
	}
}

func (t *Tap) anyOut(ids []string) bool {
	for _, id := range ids {
		if t.out(id) {
			return true
		}
	}
	return false
}

// await reads until one of the fences has come out or that much time is over, in whole seconds as SQS waits.
func (t *Tap) await(ctx context.Context, ids []string, most time.Duration) error {
	end := time.Now().Add(most)
	for !t.anyOut(ids) && ctx.Err() == nil {
		left := max(0, time.Until(end))
		wait := (left + time.Second - 1).Truncate(time.Second)
		if _, err := t.pump(ctx, min(wait, t.reader.longPoll())); err != nil || left == 0 {
			return err
		}
	}
	return nil
}

// lastHop finds where a fence was last seen.
func (t *Tap) lastHop(ctx context.Context, id string) *event.Hop {
	if t.o.Backend == nil {
		return nil
	}
	hops, _, err := t.o.Backend.Hops(ctx, 0)
	if err != nil {
		return nil
	}
	var fact uint64
	var last *event.Hop
	for i := range hops {
		h := &hops[i]
		if fact == 0 && h.Fact != 0 && h.Event != nil && fenceID(h.Event.Body, h.Event.Attributes) == id {
			fact = h.Fact
		}
		// Other rules look at the fence, too: what matters is what led towards the tap.
		if fact != 0 && h.Fact == fact && (last == nil || ours(h.To) || ours(h.From)) {
			last = h
		}
	}
	return last
}
