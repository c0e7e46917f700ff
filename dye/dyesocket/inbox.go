package dyesocket

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// inbox keeps the messages that came, for Collect to take: an observe.Source.
type inbox struct {
	place event.Place

	mu      sync.Mutex
	waiting []observe.Message
	all     []string
	news    chan struct{} // closed when a message comes
}

var _ observe.Source = (*inbox)(nil)

func newInbox(place event.Place) *inbox { return &inbox{place: place, news: make(chan struct{})} }

func (b *inbox) put(body string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, body)
	id := strconv.Itoa(len(b.all))
	b.waiting = append(b.waiting, observe.Message{ID: id, Handle: id, Place: b.place, Body: body, Attempt: 1})
	close(b.news)
	b.news = make(chan struct{})
}

// messages returns all that came, in the order it did.
func (b *inbox) messages() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.all)
}

// LongPoll returns how long Receive can wait.
func (b *inbox) LongPoll() time.Duration { return time.Minute }

// Receive takes what is there, or waits for the next message.
func (b *inbox) Receive(ctx context.Context, wait, _ time.Duration) ([]observe.Message, error) {
	gone := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { close(gone) })
	defer stop()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		b.mu.Lock()
		list, news := b.waiting, b.news
		b.waiting = nil
		b.mu.Unlock()
		if len(list) > 0 {
			return list, nil
		}
		select {
		case <-news:
		case <-timer.C:
			return nil, nil
		case <-gone:
			return nil, ctx.Err()
		}
	}
}

// Ack does nothing: what was received is taken.
func (b *inbox) Ack(context.Context, []observe.Message) error { return nil }

// Return puts messages back, before those that came later.
func (b *inbox) Return(_ context.Context, messages []observe.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	messages = slices.Clone(messages) // they are the caller's
	for i := range messages {
		messages[i].Attempt++
	}
	b.waiting = append(messages, b.waiting...)
	return nil
}
