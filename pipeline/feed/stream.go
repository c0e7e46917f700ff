package feed

import (
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
	known    map[string]*Record // read and not yet behind the position, by sequence number
	read     []*Record          // as it was read
	items    []*Record          // those of read that passed the filters
	next     int                // of items
	end      int                // behind the batch, in items
	ends     []int              // of the batches that were split, in items; the last is the innermost
	attempts int                // failed ones of the batch
	full     time.Time          // until when the batch may wait to become full; zero: no batch waits
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
	s.read, s.items = nil, nil
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
	records, trimmed, err := s.reader.Read(plan.Batch)
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
	s.step()
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

// begin makes a batch of what was read.
func (s *Stream) begin(plan *Plan, records []engine.StreamRecord) {
	s.read, s.items = make([]*Record, 0, len(records)), make([]*Record, 0, len(records))
	for _, r := range records {
		known := s.known[r.SequenceNumber]
		if known == nil {
			known = s.arrive(plan, r)
			s.known[r.SequenceNumber] = known
		}
		s.read = append(s.read, known)
		if known.passed {
			s.items = append(s.items, known)
		}
	}
	s.next, s.end, s.ends, s.attempts = 0, len(s.items), s.ends[:0], 0
}

func (s *Stream) arrive(plan *Plan, r engine.StreamRecord) *Record {
	now := s.Scope.Engine.Now()
	made := &Record{ID: r.SequenceNumber, Event: r.Event, Text: []byte(r.Event.Body), Lineage: r.Lineage, shard: r.Shard, since: now}
	if !r.Event.Time.IsZero() && r.Event.Time.Before(now) {
		made.since = r.Event.Time
	}
	s.Note(made, event.Hop{Kind: event.KindArrive, From: s.reader.Place(), To: s.Place, Outcome: event.Delivered})
	made.passed = s.passes(plan, made)
	return made
}

// step processes batches until one is under way.
func (s *Stream) step() {
	for {
		s.acknowledge()
		plan, ok := s.Plan()
		if !ok {
			s.rest()
			return
		}
		if s.next == len(s.items) {
			s.Scope.Lock()
			s.again = true // there may be more
			s.Scope.Unlock()
			s.rest()
			return
		}
		if s.next == s.end {
			s.end, s.attempts = len(s.items), 0
			if n := len(s.ends); n > 0 {
				s.end, s.ends = s.ends[n-1], s.ends[:n-1]
			}
			continue
		}
		first := s.items[s.next]
		if s.attempts == 0 && plan.MaxAge >= 0 && s.Scope.Engine.Now().Sub(first.since) > plan.MaxAge {
			s.giveUp(plan, s.items[s.next:s.next+1], GivenUp{Condition: "RecordAgeExceeded"})
			s.next++
			continue
		}
		b := &Batch{Records: s.items[s.next:s.end], Attempt: s.attempts + 1, Ordered: true}
		plan.Process(b, func(r Result) { s.processed(plan, b, r) })
		return
	}
}

// acknowledge moves the position behind what is done.
func (s *Stream) acknowledge() {
	done := len(s.read)
	if s.next < len(s.items) {
		for done = 0; s.read[done] != s.items[s.next]; done++ {
		}
	}
	if done == 0 {
		return
	}
	s.reader.Acknowledge(s.read[done-1].ID)
	for _, r := range s.read[:done] {
		delete(s.known, r.ID)
	}
	s.read = s.read[done:]
}

// processed goes on behind what is done: everything before the first record that failed.
func (s *Stream) processed(plan *Plan, b *Batch, r Result) {
	if r.Err == nil {
		s.next, s.attempts = s.end, 0
		s.step()
		return
	}
	done := 0
	for r.Failed != nil && done < len(b.Records) && !r.Failed[b.Records[done].ID] {
		done++
	}
	if done > 0 {
		s.next += done
		s.attempts = 0
		s.acknowledge()
	}
	s.attempts++
	s.failed(plan, r)
}

// Backoff is how long a reader waits before it tries a failed batch again: one second, doubling up to a minute.
func Backoff(failures int) time.Duration { return min(time.Second<<min(failures-1, 6), time.Minute) }

// failed tries the current batch again later, or a part of it, unless it was tried too often or is too old.
func (s *Stream) failed(plan *Plan, r Result) {
	batch := s.items[s.next:s.end]
	now := s.Scope.Engine.Now()
	hop := event.Hop{Kind: event.KindRetry, From: s.Place, To: plan.To, Outcome: event.Failed, Reason: Because(r.Err), Attempt: s.attempts}
	if plan.Bisect && len(batch) > 1 && !r.Alone {
		half := (len(batch) + 1) / 2
		s.ends = append(s.ends, s.end)
		s.end = s.next + half
		s.attempts = 0 // Source: Lambda Developer Guide: splitting a batch does not count towards the retry quota
		hop.Due = now
		hop.Reason.Text += "; the batch of " + strconv.Itoa(len(batch)) + " is split"
		s.note(batch, hop)
		s.schedule(&engine.Task{What: "a part of the batch of " + string(s.Place), Event: batch[0].Event, Fact: batch[0].Lineage.Fact, Run: s.step})
		return
	}
	if r.Alone {
		batch = batch[:1]
	}
	wait := Backoff(s.attempts)
	if condition := exhausted(plan, batch[0], s.attempts, now.Add(wait)); condition != "" {
		s.giveUp(plan, batch, GivenUp{Condition: condition, Attempts: s.attempts, Err: r.Err})
		s.next += len(batch)
		s.attempts = 0
		s.step()
		return
	}
	hop.Due = now.Add(wait)
	s.note(batch, hop)
	s.schedule(&engine.Task{
		Due: hop.Due, What: "retry of " + string(s.Place) + " to " + string(plan.To), Event: batch[0].Event, Fact: batch[0].Lineage.Fact, Run: s.step,
	})
}

func (s *Stream) note(batch []*Record, hop event.Hop) {
	for _, r := range batch {
		s.Note(r, hop)
	}
}

// exhausted returns AWS's name of the condition under which records are given up, "" if they are not.
func exhausted(plan *Plan, first *Record, attempts int, next time.Time) string {
	switch {
	case plan.Retries >= 0 && attempts > plan.Retries:
		return "RetryAttemptsExhausted"
	case plan.MaxAge >= 0 && next.Sub(first.since) > plan.MaxAge:
		return "RecordAgeExceeded"
	}
	return ""
}
