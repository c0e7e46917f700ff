package dynamodb

import (
	"encoding/binary"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// shard is one ordered part of a stream: the records of a range of partitions, from when it began until it is closed. All of an
// item's records before that are in its parent.
type shard struct {
	id      string
	parent  string
	low     uint64 // hashes of partitions, both inclusive
	high    uint64
	start   uint64    // ordinal with which it began
	trimmed uint64    // ordinal behind the last record that is gone
	closed  time.Time // zero while it is open
	records []*change // by ordinal
}

// maxOpenShards keeps a few splits too many from filling the memory. AWS documents no limit.
const maxOpenShards = 1024

func (sh *shard) isClosed() bool { return !sh.closed.IsZero() }

// from returns the records at and behind the ordinal.
func (sh *shard) from(ordinal uint64) []*change {
	return sh.records[sort.Search(len(sh.records), func(i int) bool { return sh.records[i].ordinal >= ordinal }):]
}

// end returns the ordinal behind the last record.
func (sh *shard) end() uint64 {
	if n := len(sh.records); n > 0 {
		return sh.records[n-1].ordinal + 1
	}
	return max(sh.start, sh.trimmed)
}

// end returns the ordinal behind the last record of all shards.
func (st *stream) end() uint64 {
	var end uint64
	for _, sh := range st.shards {
		end = max(end, sh.end())
	}
	return end
}

// begin returns the ordinal of the oldest record that may still be there.
func (st *stream) begin() uint64 {
	begin := uint64(math.MaxUint64)
	for _, sh := range st.shards {
		begin = min(begin, sh.trimmed)
	}
	return begin
}

// shardOf returns the open shard for the item with those keys; for a stream that was disabled, the one that was the last.
func (st *stream) shardOf(keys attr.Packed) *shard {
	var room [64]byte
	h := binary.BigEndian.Uint64(appendPartition(room[:0], keys.Get(st.keys.hash.name)))
	var last *shard
	for _, sh := range st.shards {
		if sh.low <= h && h <= sh.high {
			last = sh
			if !sh.isClosed() {
				break
			}
		}
	}
	return last
}

// addShards gives the stream n open shards that share the range, with ids behind all that it has. The scope must be locked.
func (s *Service) addShards(st *stream, parent string, low, high uint64, n int, now time.Time) {
	at := max(now.UnixMilli(), st.named+1)
	st.named = at
	id := strconv.FormatInt(at, 10)
	id = "shardId-" + "00000000000000000000"[len(id):] + id + "-"
	added := make([]*shard, n)
	for i := range added {
		added[i] = &shard{id: id + hex(s.scope.Uint64())[:8], parent: parent, low: low, high: high, start: st.next, trimmed: st.next}
	}
	slices.SortFunc(added, func(a, b *shard) int { return strings.Compare(a.id, b.id) })
	if n == 2 {
		middle := low + (high-low)/2
		added[0].high, added[1].low = middle, middle+1
	}
	st.shards = append(st.shards, added...)
}

// SplitStream closes the open shards of a stream and opens, for each of them, into children: one, as the service does every few
// hours, or two, as it does when a partition is split. The error is ResourceNotFoundException or ValidationException.
func (s *Service) SplitStream(arn string, into int) error {
	if into != 1 && into != 2 {
		return invalid("A shard is split into 1 or 2, not " + itoa(into))
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	st, err := s.findStream(arn)
	if err != nil {
		return err
	}
	if !st.disabled.IsZero() {
		return invalid("The stream is disabled, so that it has no open shard: " + arn)
	}
	open := 0
	for _, sh := range st.shards {
		if !sh.isClosed() {
			open++
		}
	}
	if open*into > maxOpenShards {
		return invalid("The stream would have more than " + itoa(maxOpenShards) + " open shards: " + arn)
	}
	now := s.scope.Engine.Now()
	st.next++ // children begin behind what their parents end with, even if that is nothing
	for _, sh := range slices.Clone(st.shards) {
		if !sh.isClosed() {
			sh.closed = now
			s.addShards(st, sh.id, sh.low, sh.high, into, now)
		}
	}
	s.wakeReaders(st)
	return nil
}

// trim forgets records, closed shards and disabled streams that are older than the retention. The scope must be locked.
func (s *Service) trim(st *stream, now time.Time) {
	oldest := now.Add(-retention)
	for _, sh := range st.shards {
		n := 0
		for n < len(sh.records) && sh.records[n].at.Before(oldest) {
			sh.trimmed = sh.records[n].ordinal + 1
			for _, r := range st.readers {
				if r.next < sh.trimmed {
					r.passed++
				}
			}
			n++
		}
		if n > 0 {
			clear(sh.records[:n])
			sh.records = sh.records[n:]
		}
	}
	st.shards = slices.DeleteFunc(st.shards, func(sh *shard) bool {
		return st.disabled.IsZero() && sh.isClosed() && sh.closed.Before(oldest) && len(sh.records) == 0
	})
	if !st.disabled.IsZero() && st.disabled.Before(oldest) {
		st.gone = true
		delete(s.streams, st.arn)
	}
}

// after returns up to limit records of all shards at and behind the ordinal, with their shards, in the order of the writes.
func (st *stream) after(ordinal uint64, limit int) []shardRecord {
	var all []shardRecord
	for _, sh := range st.shards {
		list := sh.from(ordinal)
		for _, c := range list[:min(limit, len(list))] {
			all = append(all, shardRecord{sh, c})
		}
	}
	if len(st.shards) > 1 {
		slices.SortFunc(all, func(a, b shardRecord) int { return int(int64(a.ordinal - b.ordinal)) })
	}
	return all[:min(limit, len(all))]
}

// shardRecord is a record and where it is.
type shardRecord struct {
	shard *shard
	*change
}

// land appends a record that nobody holds up any more, and tells. The scope must be locked.
func (s *Service) land(st *stream, c *change) {
	sh := st.shardOf(c.keys)
	sh.records = append(sh.records, c)
	c.lineage = s.scope.Engine.Record(event.Hop{
		At: c.at, Account: s.scope.Account, Region: s.scope.Region, Kind: event.KindRecord, From: st.from, To: st.place, Outcome: event.Delivered,
		Fact: c.lineage.Fact, Cause: c.lineage.Cause, CorrelationID: c.lineage.CorrelationID, Inferred: c.lineage.Inferred, Event: c.event,
	})
	s.trim(st, c.at)
	s.wakeReaders(st)
}
