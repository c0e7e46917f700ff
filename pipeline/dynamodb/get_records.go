// Implements: GetRecords up to 1,000 records or 1 MB, with trimmed-data and expired-iterator errors.
// Differs from AWS: reads are not throttled.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Limits of GetRecords.
//
// Source: Amazon DynamoDB Streams API Reference, GetRecords.
const (
	maxRecords     = 1000
	maxRecordBytes = 1 << 20
)

// GetRecords returns the records behind a shard iterator and the iterator to go on with, which is absent at the end of a closed
// shard. The caller counts as a consumer of the stream: each record it is handed is a receive, and it is at work until it asks
// again.
//
// Source: Amazon DynamoDB Streams API Reference, GetRecords.
func (s *Service) GetRecords(c *engine.Call, in *GetRecordsInput) (*GetRecordsOutput, error) {
	it, ok := parseIterator(in.ShardIterator)
	if !ok {
		return nil, invalid("Invalid ShardIterator")
	}
	if in.Limit.V > maxRecords {
		return nil, invalid(prefixInvalid + "Limit should be less than or equal to " + itoa(maxRecords))
	}
	st, records, next, err := s.records(it, int(in.Limit.Or(maxRecords)))
	if err != nil {
		return nil, err
	}
	s.scope.Engine.Asked(c, st.place)
	out := &GetRecordsOutput{Records: make([]Record, len(records)), NextShardIterator: next}
	if len(records) == 0 {
		return out, nil
	}
	received := make([]event.Lineage, len(records))
	for i, r := range records {
		out.Records[i] = r.wire(s.scope.Region, st.view)
		received[i] = s.scope.Engine.Record(event.Hop{
			Account: s.scope.Account, Region: s.scope.Region, Kind: event.KindReceive, From: st.place, To: c.Place(), Outcome: event.Delivered,
			Fact: r.lineage.Fact, Cause: r.lineage.Cause, CorrelationID: r.lineage.CorrelationID, Inferred: r.lineage.Inferred, Attempt: 1, Event: r.event,
		})
	}
	s.scope.Engine.Received(c, st.place, received)
	return out, nil
}

func (s *Service) records(it iterator, limit int) (st *stream, records []*change, next wire.Opt[string], err error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	now := s.scope.Engine.Now()
	if st, err = s.findStream(it.arn); err != nil {
		return nil, nil, next, err
	}
	sh := st.find(it.shard)
	switch {
	case sh == nil:
		return nil, nil, next, noSuchShard(it.shard, it.arn)
	case now.Sub(it.made) > iteratorLife:
		return nil, nil, next, ErrExpiredIteratorException("The shard iterator has expired: it can be used for 15 minutes after it was obtained")
	case it.next < sh.trimmed:
		return nil, nil, next, errTrimmed()
	}
	bytes := 0
	for _, r := range sh.from(it.next) {
		if len(records) == limit || len(records) > 0 && bytes+r.size > maxRecordBytes {
			break
		}
		records = append(records, r)
		bytes += r.size
		it.next = r.ordinal + 1
	}
	if !sh.isClosed() || it.next < sh.end() {
		it.made = now
		next = wire.Some(it.String())
	}
	return st, records, next, nil
}

// wire returns the record as GetRecords tells it.
func (c *change) wire(region, view string) Record {
	return Record{
		EventID: wire.Some(c.event.ID), EventName: wire.Some(c.event.Type), EventVersion: wire.Some("1.1"), EventSource: wire.Some("aws:dynamodb"),
		AwsRegion: wire.Some(region), UserIdentity: c.user,
		Dynamodb: &StreamRecord{
			ApproximateCreationDateTime: wire.Some(second(c.at)), Keys: c.keys, NewImage: c.new, OldImage: c.old,
			SequenceNumber: wire.Some(sequenceNumber(c.ordinal)), SizeBytes: wire.Some(int64(c.size)), StreamViewType: wire.Some(view),
		},
	}
}
