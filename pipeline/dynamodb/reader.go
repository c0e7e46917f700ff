package dynamodb

import (
	"slices"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// reader is how something inside the pipeline, e.g. a pipe, reads a stream.
type reader struct {
	service *Service
	stream  *stream
	wake    func()
	next    uint64 // ordinal
	passed  int    // records trimmed before they were read
	closed  bool
}

// OpenStream is engine.StreamSource. The error is ResourceNotFoundException or ValidationException.
func (s *Service) OpenStream(arn, position string, wake func()) (engine.StreamReader, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	st, err := s.findStream(arn)
	if err != nil {
		return nil, err
	}
	r := &reader{service: s, stream: st, wake: wake}
	switch position {
	case ShardIteratorTypeTrimHorizon:
		r.next = st.begin()
	case ShardIteratorTypeLatest:
		r.next = st.end()
	default:
		return nil, invalid("Invalid starting position " + position + ": a stream is read from TRIM_HORIZON or LATEST")
	}
	st.readers = append(st.readers, r)
	return r, nil
}

// Read is engine.StreamReader. After the stream's retention ended, or a reset, the error is ResourceNotFoundException.
func (r *reader) Read(max int) (records []engine.StreamRecord, trimmed int, err error) {
	s := r.service
	s.scope.Lock()
	defer s.scope.Unlock()
	s.trim(r.stream, s.scope.Engine.Now())
	if r.stream.gone {
		return nil, 0, noSuchStream(r.stream.arn)
	}
	for _, c := range r.stream.after(r.next, max) {
		records = append(records, engine.StreamRecord{
			SequenceNumber: sequenceNumber(c.ordinal), Shard: c.shard.id, Partition: valueText(c.keys.Get(r.stream.keys.hash.name)), Event: c.event, Lineage: c.lineage,
		})
	}
	trimmed, r.passed = r.passed, 0
	return records, trimmed, nil
}

// Acknowledge is engine.StreamReader. Numbers of records already behind the reader change nothing.
func (r *reader) Acknowledge(number string) {
	r.service.scope.Lock()
	defer r.service.scope.Unlock()
	if n, ok := ordinalOf(number); ok && n >= r.next {
		r.next = n + 1
	}
}

// Place is engine.StreamReader.
func (r *reader) Place() event.Place { return r.stream.place }

// Close is engine.StreamReader.
func (r *reader) Close() {
	r.service.scope.Lock()
	defer r.service.scope.Unlock()
	r.closed = true
	r.stream.readers = slices.DeleteFunc(r.stream.readers, func(o *reader) bool { return o == r })
}

// wakeReaders schedules one task that wakes the readers of the stream. The scope must be locked.
func (s *Service) wakeReaders(st *stream) {
	if len(st.readers) == 0 || st.waking {
		return
	}
	st.waking = true
	s.scope.Engine.Schedule(&engine.Task{
		Scope: s.scope, Channel: string(st.place) + "@" + s.scope.Account, What: "readers of " + string(st.place) + " look", Place: st.place, Wake: true,
		Run: func() {
			hold := s.scope.Hold()
			defer hold.End()
			st.waking = false
			readers := slices.Clone(st.readers)
			hold.End()
			for _, r := range readers {
				hold.Resume()
				closed := r.closed
				hold.End()
				if !closed {
					r.wake()
				}
			}
		},
	})
}
