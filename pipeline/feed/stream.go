package feed

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Stream reads a stream.
type Stream struct {
	Options
	reader engine.StreamReader
	told   [3]string // the channel of its tasks, and what they do; made once, since each record is looked for

	// Guarded by the scope's lock.
	looking bool // a task that looks is scheduled
	trimmed int  // records that were gone before they were read, as Backlog learnt

	// Used by tasks only, which run one after the other.
	taken  []*Record          // read, and not behind the position, in the order of the stream
	lanes  []*lane            // in the order in which they were needed first
	last   map[string]*Record // by partition key: the last one that was read, unless it is done
	active int                // lanes whose batch is being processed
	ended  int                // records that are done, so far
}

// ahead is how many records are read, at most, behind one that fails again and again. How far AWS reads is not documented.
const ahead = 1000

// maxIdleLanes is how many lanes without work are kept for the next record.
const maxIdleLanes = 32

// NewStream returns a reader of a stream at "TRIM_HORIZON" or "LATEST". It reads when [Stream.Look] is called, and whenever
// something comes.
func NewStream(o Options, src engine.StreamSource, arn, position string) (*Stream, error) {
	s := &Stream{Options: o, last: map[string]*Record{}}
	s.told = [...]string{o.channel(), string(o.Place) + " reads its stream", string(o.Place) + " processes what it gathered"}
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

// Waiting lists the streams in which records wait although nobody reads them, and says why nobody does: "disabled". The scope must
// not be locked.
func Waiting(unread []*Stream, why string) []event.Pending {
	var list []event.Pending
	for _, s := range unread {
		if n := s.backlog(); n > 0 {
			list = append(list, event.Pending{What: "records wait for " + string(s.Place) + ", which is " + why, Place: s.Place, Count: n})
		}
	}
	return list
}

// backlog returns how many records wait to be read, at most as many as it takes to say that there are.
func (s *Stream) backlog() int {
	const enough = 1000
	records, trimmed, err := s.reader.Read(enough)
	s.Scope.Lock()
	defer s.Scope.Unlock()
	s.trimmed += trimmed
	if err != nil {
		return 0
	}
	return len(records)
}

// Look schedules a look into the stream. The scope must be locked.
func (s *Stream) Look() {
	if s.looking {
		return
	}
	s.looking = true
	s.Scope.Engine.Schedule(&engine.Task{Scope: s.Scope, Channel: s.told[0], What: s.told[1], Place: s.Place, Run: s.look})
}

func (s *Stream) look() {
	hold := s.Scope.Hold()
	defer hold.End()
	s.looking = false
	hold.End()
	s.fill()
}

// fill reads what came, deals it to lanes and lets those work that can. While as many batches of each shard are processed as may be, it
// waits for one of them to end; a lane that waits to try again does not keep others from their records.
func (s *Stream) fill() {
	plan, ok := s.Plan()
	if !ok {
		return
	}
	factor := max(plan.Concurrency, 1)
	for more := true; more; { // what ends at once may be what another lane waits for, and leaves room for more
		before, took, dealt := s.ended, 0, 0
		if s.active < factor*s.shards() && len(s.taken) < max(ahead, plan.Batch*factor) {
			took, dealt = s.read(plan, factor)
		}
		for _, l := range slices.Clone(s.lanes) {
			l.start()
		}
		more = s.ended > before || took > 0 && dealt == 0
	}
	if len(s.lanes) > maxIdleLanes { // those of closed shards
		s.lanes = slices.DeleteFunc(s.lanes, func(l *lane) bool { return !l.working && len(l.items) == 0 })
	}
}

// shards returns how many shards there are lanes of, at least 1.
func (s *Stream) shards() int {
	n := 1
	for i := 1; i < len(s.lanes); i++ {
		if !slices.ContainsFunc(s.lanes[:i], func(l *lane) bool { return l.shard == s.lanes[i].shard }) {
			n++
		}
	}
	return n
}

// read takes records from the stream and deals those to lanes that pass the filters.
func (s *Stream) read(plan *Plan, factor int) (took, dealt int) {
	records, trimmed, err := s.reader.Read(len(s.taken) + plan.Batch*factor)
	if err != nil {
		s.Broken(err)
		return 0, 0
	}
	gone := len(s.taken) // those of the taken ones that the stream does not keep any more
	if len(records) > 0 {
		if at := slices.IndexFunc(s.taken, func(r *Record) bool { return r.ID == records[0].SequenceNumber }); at >= 0 {
			gone = at
		}
	}
	for _, r := range s.taken[:gone] {
		if !r.trimmed {
			r.trimmed = true
			trimmed--
		}
	}
	s.tellTrimmed(trimmed)
	fresh := records[min(len(s.taken)-gone, len(records)):]
	for _, r := range fresh {
		if s.deal(plan, factor, r) {
			dealt++
		}
	}
	s.acknowledge() // what the filters refused
	return len(fresh), dealt
}

// tellTrimmed records that the stream lost records before they were read.
func (s *Stream) tellTrimmed(n int) {
	hold := s.Scope.Hold()
	defer hold.End()
	n, s.trimmed = n+s.trimmed, 0
	hold.End()
	if n <= 0 {
		return
	}
	s.Scope.Engine.Record(event.Hop{
		Account: s.Scope.Account, Region: s.Scope.Region, Kind: event.KindDrop, From: s.reader.Place(), To: s.Place, Outcome: event.Expired,
		Reason: event.Because("TrimmedRecords", strconv.Itoa(n)+" record(s) outlived the stream's retention before "+string(s.Place)+" read them"),
	})
}

// deal brings a record to the lane of its shard and partition key, unless the filters refuse it.
func (s *Stream) deal(plan *Plan, factor int, r engine.StreamRecord) bool {
	made := s.arrive(plan, r)
	s.taken = append(s.taken, made)
	if made.done {
		return false
	}
	if before := s.last[r.Partition]; before != nil && !before.done {
		made.before = before
	}
	s.last[r.Partition] = made
	made.lane = s.lane(r.Shard, slotOf(r.Partition, factor))
	made.lane.items = append(made.lane.items, made)
	return true
}

func (s *Stream) lane(shard string, slot int) *lane {
	for _, l := range s.lanes {
		if l.slot == slot && l.shard == shard {
			return l
		}
	}
	l := &lane{Stream: s, shard: shard, slot: slot}
	s.lanes = append(s.lanes, l)
	return l
}

// slotOf returns which of n lanes of a shard a partition key belongs to.
func slotOf(partition string, n int) int {
	if n == 1 {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(partition))
	return int(h.Sum32() % uint32(n))
}

func (s *Stream) arrive(plan *Plan, r engine.StreamRecord) *Record {
	now := s.Scope.Engine.Now()
	made := &Record{ID: r.SequenceNumber, Event: r.Event, Text: []byte(r.Event.Body), Lineage: r.Lineage, shard: r.Shard, partition: r.Partition, since: now}
	if !r.Event.Time.IsZero() && r.Event.Time.Before(now) {
		made.since = r.Event.Time
	}
	s.Note(made, event.Hop{Kind: event.KindArrive, From: s.reader.Place(), To: s.Place, Outcome: event.Delivered})
	made.done = !s.passes(plan, made)
	return made
}

// finished marks a record as one with which nothing is left to do.
func (s *Stream) finished(r *Record) {
	r.done, r.before = true, nil
	s.ended++
	if s.last[r.partition] == r {
		delete(s.last, r.partition)
	}
}

// acknowledge moves the position behind what is done without a gap.
func (s *Stream) acknowledge() {
	done := 0
	for done < len(s.taken) && s.taken[done].done {
		done++
	}
	if done == 0 {
		return
	}
	s.reader.Acknowledge(s.taken[done-1].ID)
	if s.taken = s.taken[done:]; len(s.taken) == 0 {
		s.taken = nil
	}
}

func (s *Stream) note(batch []*Record, hop event.Hop) {
	for _, r := range batch {
		s.Note(r, hop)
	}
}

// task schedules a task of the stream.
func (s *Stream) task(due time.Time, what string, first *Record, run func()) {
	t := &engine.Task{Due: due, Scope: s.Scope, Place: s.Place, Channel: s.told[0], What: what, Run: run}
	if first != nil {
		t.Event, t.Fact = first.Event, first.Lineage.Fact
	}
	s.Scope.Engine.Schedule(t)
}
