package feed

import (
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
)

// Plan is what a reader does with its records. It is immutable.
type Plan struct {
	To          event.Place        // where processed records go, for hops
	Filters     []*pattern.Pattern // one that matches is enough; none lets everything pass
	Batch       int                // records in one batch, at most
	Window      time.Duration      // how long a batch may wait to become full
	Concurrency int                // batches at the same time, of a stream those of different partition keys; 0 means 1

	// Of streams.
	Retries    int           // -1: no limit
	MaxAge     time.Duration // of a record; -1: no limit
	Bisect     bool          // a batch that fails is split in two
	DeadLetter Address       // where word of what was given up goes; zero is nowhere
	// Word makes the message about records that were given up, of their place in the stream as JSON.
	Word func(batchInfo []byte, up GivenUp) string

	// Process handles a batch and calls done once, without any lock.
	Process func(b *Batch, done func(Result))
}

// Address is a place in an account and region.
type Address struct {
	Account, Region string
	Place           event.Place
}

// Options are what a reader is made of.
type Options struct {
	Scope *engine.Scope
	Place event.Place // who reads
	// Plan returns what is to be done now, and whether anything is: a stopped reader has nothing to do. It is called without any lock.
	Plan func() (*Plan, bool)
	// Broken is told why the source cannot be read, without any lock.
	Broken func(err error)
}

// Record is one record of a stream or one message of a queue.
type Record struct {
	ID      string        // sequence number or message id
	Event   *event.Event  // Body is the record as AWS hands it to functions and pipes, as JSON
	Text    []byte        // Event.Body with a body that is JSON in a string taken out of the string: what filters and paths look into
	Lineage event.Lineage // of what happened to it last
	Due     time.Time     // of a message: when it becomes visible again unless it is deleted

	handle string
	since  time.Time // when it was written, or came to the reader

	// Of a stream.
	shard, partition string
	lane             *lane
	before           *Record // with the same partition key, and not done when this one was read
	done             bool    // nothing is left to do with it
	trimmed          bool    // the stream does not keep it any more
}

// Batch is what is processed at once.
type Batch struct {
	Records []*Record
	Attempt int  // from 1; of streams
	Ordered bool // what is behind a record that failed must not be processed: a stream, a FIFO queue
}

// Result says what became of a batch. A nil Err means that all of it is processed.
type Result struct {
	Err    error
	Failed map[string]bool // ids; nil: all of them
	// Alone says that the error is that of the first failed record and says nothing about those behind it, which were not tried.
	Alone bool
}

// GivenUp says why records were given up.
type GivenUp struct {
	Condition string // AWS's name of it: RetryAttemptsExhausted or RecordAgeExceeded
	Attempts  int
	Err       error // of the last attempt; nil if there was none
}
