package engine

import (
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// QueueSource is what a pipe or an event source mapping receives from queues through. The service that owns queues offers one to
// its scope. Its methods take the scope's lock themselves and must be called without it.
type QueueSource interface {
	// OpenQueue returns a reader of the queue for the place by, which calls wake whenever messages may have become visible. wake is
	// called without any lock and must not block. The error is an AWS one, e.g. QueueDoesNotExist.
	OpenQueue(arn string, by event.Place, wake func()) (QueueReader, error)
}

// QueueReader receives from one queue as a consumer does. It is used by one goroutine at a time.
type QueueReader interface {
	// Receive hands out up to max visible messages and hides each for the queue's visibility timeout. Each leaves a receive hop.
	Receive(max int) ([]QueueMessage, error)
	// Delete acknowledges a message; one that is no longer there is passed over.
	Delete(handle string)
	// Ordered reports whether it is a FIFO queue.
	Ordered() bool
	// Place returns the queue's place, for hops.
	Place() event.Place
	// Close ends the subscription; wake is not called afterwards.
	Close()
}

// QueueMessage is one message as a reader inside the pipeline sees it.
type QueueMessage struct {
	ID       string
	Handle   string
	Body     string
	Receives int           // how often it was received, this time included
	Due      time.Time     // when it becomes visible again unless it is deleted
	Event    *event.Event  // Body is the message as JSON, as event source mappings and pipes hand it on
	Lineage  event.Lineage // of the receive hop
}

// OfferQueues makes src the queue source of the scope. Call it while the scope is being built.
func (s *Scope) OfferQueues(src QueueSource) { s.queues = src }

// Queues returns the scope's queue source, or nil.
func (s *Scope) Queues() QueueSource { return s.queues }
