package tap

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// attachRecord taps a queue by what the backend records: every arrival, and every delivery after the first.
func (t *Tap) attachRecord(ctx context.Context, name string) error {
	if _, _, err := t.queueByName(ctx, name); err != nil {
		return err
	}
	hops, _, err := t.o.Backend.Hops(ctx, 0)
	if err != nil {
		return t.failed("the backend does not tell its hops", err)
	}
	r := &record{backend: t.o.Backend, place: t.place, known: map[string]bool{}}
	if len(hops) > 0 {
		r.after = hops[len(hops)-1].Seq
	}
	t.reader = r
	t.shown = append(t.shown, Shown{Feeder: t.place, By: "record", Why: "the backend records what comes to the queue; nothing was added to the account"})
	return nil
}

// record reads recorded hops.
type record struct {
	backend backend.Backend
	place   event.Place

	mu    sync.Mutex
	after uint64
	known map[string]bool // ids of the messages that came since the tap is there
}

func (r *record) longPoll() time.Duration { return 0 }

func (r *record) read(ctx context.Context, _ time.Duration) ([]observe.Message, error) {
	r.mu.Lock()
	after := r.after
	r.mu.Unlock()
	hops, lost, err := r.backend.Hops(ctx, after)
	if err != nil {
		return nil, err
	}
	if lost > 0 { // told once; what is still there is read
		err = &GapError{r.place, fmt.Sprintf("the backend no longer had %d hops when it was asked: raise its history limit, or look at the tap more often", lost)}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []observe.Message
	for i := range hops {
		h := &hops[i]
		if h.Seq <= r.after {
			continue // another reader was faster
		}
		r.after = h.Seq
		if m, ok := r.message(h); ok {
			list = append(list, m)
		}
	}
	return list, err
}

// message returns the delivery that a hop is, if it is one.
func (r *record) message(h *event.Hop) (observe.Message, bool) {
	if h.Event == nil {
		return observe.Message{}, false
	}
	m := observe.Message{ID: h.Event.ID, Place: r.place, Body: h.Event.Body, Attributes: h.Event.Attributes, Attempt: 1}
	switch {
	case h.To == r.place && h.Arrives():
		r.known[m.ID] = true
		return m, true
	case h.From == r.place && h.Kind == event.KindReceive && h.Attempt > 1 && r.known[m.ID]:
		m.Attempt = h.Attempt
		return m, true
	}
	return m, false
}
