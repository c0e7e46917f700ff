package feed

import (
	"hash/fnv"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Stream reads a stream.
type Stream struct {
	Options
	reader engine.StreamReader

	// Guarded by the scope's lock.
	busy    bool // a flow of tasks is at work
	again   bool // something came meanwhile
	trimmed int  // records that were gone before they were read, as Backlog learnt

	// Used by the flow of tasks only.
	known map[string]*Record // read and not yet behind the position, by sequence number
	read  []*Record          // as it was read, from the position on
	open  int                // lanes at work
	full  time.Time          // until when the batch may wait to become full; zero: no batch waits
}

// NewStream returns a reader of a stream at "TRIM_HORIZON" or "LATEST". It reads when [Stream.Look] is called, and whenever
// something comes.
func NewStream(o Options, src engine.StreamSource, arn, position string) (*Stream, error) {
	s := &Stream{Options: o, known: map[string]*Record{}}
	reader, err := src.OpenStream(arn, position, func() {
		o.Scope.Lock()
		defer o.Scope.Unlock()
		s.Look()
	})
	s.reader = reader
	return s, err
}

// Close ends the reading; a batch under way ends by itself if the reader's Plan says that there is nothing to do.
func (s *Stream) Close() { s.reader.Close() }

// Backlog returns how many records wait to be read, at most enough.
func (s *Stream) Backlog(enough int) int {
	records, trimmed, err := s.reader.Read(enough)
	s.Scope.Lock()
	defer s.Scope.Unlock()
	s.trimmed += trimmed
	if err != nil {
		return 0
	}
	return len(records)
}

// Look schedules a look into the stream, unless the flow is at work; then it will look again. The scope must be locked.
func (s *Stream) Look() {
	if s.busy {
		s.again = true
		return
	}
	s.busy, s.again = true, false
	s.schedule(&engine.Task{What: string(s.Place) + " reads its stream", Run: s.look})
}

// rest ends the flow until something comes.
func (s *Stream) rest() {
	s.Scope.Lock()
	defer s.Scope.Unlock()
	s.busy = false
	s.read = nil
	if s.again {
		s.Look()
	}
}

func (s *Stream) look() {
	plan, ok := s.Plan()
	if !ok {
		s.rest()
		return
	}
	records, trimmed, err := s.reader.Read(plan.Batch * max(plan.Concurrency, 1))
	if err != nil {
		s.Broken(err)
		s.rest()
		return
	}
	s.Scope.Lock()
	trimmed, s.trimmed = trimmed+s.trimmed, 0
	s.Scope.Unlock()
	if trimmed > 0 {
		s.Scope.Engine.Record(event.Hop{
			Account: s.Scope.Account, Region: s.Scope.Region, Kind: event.KindDrop, From: s.reader.Place(), To: s.Place, Outcome: event.Expired,
			Reason: event.Because("TrimmedRecords", strconv.Itoa(trimmed)+" record(s) outlived the stream's retention before "+string(s.Place)+" read them"),
		})
	}
	if len(records) == 0 || s.gathers(plan, len(records)) {
		s.rest()
		return
	}
	s.begin(plan, records)
}

// gathers holds while a batch that is not full may wait for more.
func (s *Stream) gathers(plan *Plan, n int) bool {
	now := s.Scope.Engine.Now()
	switch {
	case n >= plan.Batch || plan.Window == 0 || !s.full.IsZero() && !s.full.After(now):
		s.full = time.Time{}
		return false
	case s.full.IsZero():
		s.full = now.Add(plan.Window)
		s.schedule(&engine.Task{Due: s.full, What: string(s.Place) + " processes what it gathered", Run: func() {
			s.Scope.Lock()
			defer s.Scope.Unlock()
			s.Look()
		}})
	}
	return true
}

// begin deals what was read to lanes, by the partition key, and lets them work.
func (s *Stream) begin(plan *Plan, records []engine.StreamRecord) {
	s.read = make([]*Record, 0, len(records))
	lanes := make([]lane, max(plan.Concurrency, 1))
	for i := range lanes {
		lanes[i].Stream = s
	}
	for _, r := range records {
		known := s.known[r.SequenceNumber]
		if known == nil {
			known = s.arrive(plan, r)
			s.known[r.SequenceNumber] = known
		}
		s.read = append(s.read, known)
		if !known.done {
			l := &lanes[laneOf(r, len(lanes))]
			l.items = append(l.items, known)
		}
	}
	s.open = len(lanes) + 1 // the first lane may end before the last one begins
	for i := range lanes {
		lanes[i].step()
	}
	s.ended(true)
}

// laneOf returns which of n lanes a record belongs to: always the same one for a partition key.
func laneOf(r engine.StreamRecord, n int) int {
	if n == 1 {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(r.Partition))
	return int(h.Sum32() % uint32(n))
}

// ended is called when a lane is. When all are, the stream is looked into again if there may be more.
func (s *Stream) ended(more bool) {
	s.acknowledge()
	s.Scope.Lock()
	s.again = s.again || more
	s.Scope.Unlock()
	if s.open--; s.open == 0 {
		s.rest()
	}
}

func (s *Stream) arrive(plan *Plan, r engine.StreamRecord) *Record {
	now := s.Scope.Engine.Now()
	made := &Record{ID: r.SequenceNumber, Event: r.Event, Text: []byte(r.Event.Body), Lineage: r.Lineage, shard: r.Shard, since: now}
	if !r.Event.Time.IsZero() && r.Event.Time.Before(now) {
		made.since = r.Event.Time
	}
	s.Note(made, event.Hop{Kind: event.KindArrive, From: s.reader.Place(), To: s.Place, Outcome: event.Delivered})
	made.done = !s.passes(plan, made)
	return made
}

// acknowledge moves the position behind what is done without a gap.
func (s *Stream) acknowledge() {
	done := 0
	for done < len(s.read) && s.read[done].done {
		delete(s.known, s.read[done].ID)
		done++
	}
	if done > 0 {
		s.reader.Acknowledge(s.read[done-1].ID)
		s.read = s.read[done:]
	}
}

func (s *Stream) note(batch []*Record, hop event.Hop) {
	for _, r := range batch {
		s.Note(r, hop)
	}
}
