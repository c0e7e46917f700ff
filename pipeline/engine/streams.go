package engine

import (
	"github.com/dyetrace/dyetrace/event"
)

// StreamSource is what a pipe (or another reader inside the pipeline) reads a stream through. The service that owns streams
// offers one to its scope. Its methods take the scope's lock themselves and must be called without it.
type StreamSource interface {
	// OpenStream returns a reader of the stream at "TRIM_HORIZON" or "LATEST" that calls wake whenever records may have come.
	// wake is called without any lock and must not block. The error is an AWS one, e.g. ResourceNotFoundException.
	OpenStream(arn, position string, wake func()) (StreamReader, error)
}

// ShardSplitter is a [StreamSource] whose streams have shards that can be split on demand.
type ShardSplitter interface {
	// SplitStream closes the open shards of the stream and opens into children, 1 or 2, for each of them. The error is an AWS one.
	SplitStream(arn string, into int) error
}

// StreamReader reads one stream in order. It is used by one goroutine at a time.
type StreamReader interface {
	// Read returns up to max records after the last one acknowledged, without moving on. Records older than the stream's
	// retention are gone and not returned; trimmed tells how many were passed over because of that since the last Read.
	Read(max int) (records []StreamRecord, trimmed int, err error)
	// Acknowledge moves on behind the record with that sequence number.
	Acknowledge(sequenceNumber string)
	// Place returns the stream's place, for hops.
	Place() event.Place
	// Close ends the subscription; wake is not called afterwards.
	Close()
}

// StreamRecord is one record as a reader inside the pipeline sees it.
type StreamRecord struct {
	SequenceNumber string
	Shard          string        // id of the shard it is in
	Partition      string        // partition key of its item; what has the same one is to be processed in order
	Event          *event.Event  // Body is the record as JSON, as GetRecords returns it plus eventSourceARN
	Lineage        event.Lineage // of the record's hop
}

// OfferStreams makes src the stream source of the scope. Call it while the scope is being built.
func (s *Scope) OfferStreams(src StreamSource) { s.streams = src }

// Streams returns the scope's stream source, or nil.
func (s *Scope) Streams() StreamSource { return s.streams }
