package observe

import (
	"context"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Message is one delivery of a message, as a [Source] hands it over. A redelivery has the same ID and another Handle.
type Message struct {
	ID         string            // of the message; the same whenever it is delivered
	Handle     string            // of this delivery: what Ack and Return need
	Place      event.Place       // where it was taken from
	Body       string            //
	Attributes map[string]string // message attributes, as text
	Attempt    int               // how often it was delivered so far, from 1; 0 if the source cannot tell
}

// Source is where a [Collect] takes messages from: a queue, a subscription, a stream. Package observe/sqs has one for SQS; for
// another broker, or for a client of your own, it is these four methods. A Source is used by one Collect at a time.
//
// An error with a method Temporary() bool that returns true is tried again until the deadline; any other ends the collection.
type Source interface {
	// LongPoll returns the longest that Receive can wait for a first message. 0: it answers at once, and has to be polled.
	LongPoll() time.Duration
	// Receive returns the next messages, waiting at most wait for the first; none and no error when that is over. It hides them
	// from other receivers for about hide, where the broker lets a receiver say so.
	Receive(ctx context.Context, wait, hide time.Duration) ([]Message, error)
	// Ack ends these messages for good. After an error all of them are acknowledged again.
	Ack(ctx context.Context, messages []Message) error
	// Return gives these messages back, to be received by others at once.
	Return(ctx context.Context, messages []Message) error
}
