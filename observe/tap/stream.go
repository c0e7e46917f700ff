package tap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// attachStream taps the stream of a table. An iterator is a position and not a subscription: once it is there, nothing behind it can
// be missed, and no fence is needed.
func (t *Tap) attachStream(ctx context.Context, table string) error {
	var out struct {
		Table struct {
			LatestStreamArn     string
			StreamSpecification struct{ StreamEnabled bool }
		}
	}
	if err := t.client.JSON(ctx, awsapi.DynamoDB, "DescribeTable", map[string]any{"TableName": table}, &out); err != nil {
		return t.absent("table", err)
	}
	if out.Table.LatestStreamArn == "" || !out.Table.StreamSpecification.StreamEnabled {
		return t.refuse("the table has no stream: enable it (StreamSpecification) before a tap is attached")
	}
	s := &stream{client: t.client, arn: out.Table.LatestStreamArn, place: event.At(event.PlaceStream, table), exact: t.o.Backend != nil, turn: make(chan struct{}, 1), shards: map[string]*shard{}}
	if err := s.discover(ctx, true); err != nil {
		return t.failed("the stream could not be opened", err)
	}
	for _, sh := range s.order {
		if err := s.pin(ctx, sh); err != nil {
			return t.failed("the stream could not be opened", err)
		}
	}
	t.reader = s
	t.shown = append(t.shown, Shown{Feeder: s.place, By: "position", Why: "each shard has an iterator at its end"})
	return nil
}

// stream reads all shards of a stream.
type stream struct {
	client awsapi.Client
	arn    string
	place  event.Place
	exact  bool // an empty answer means that nothing is there; at AWS it may come before the end

	turn chan struct{} // of the one who reads

	shards map[string]*shard
	order  []*shard
	looked time.Time // when shards were last listed
}

// shard is a position in a shard.
type shard struct {
	id, parent string
	iterator   string // "": none yet, or the shard is at its end
	last       string // sequence number that was read last
	whole      bool   // it is read from its beginning
	ended      bool
	early      []json.RawMessage // records that came while the position was fixed
}

func (s *stream) longPoll() time.Duration { return 0 }

// discover lists the shards. Those of the first look are read from now on, later ones, whose parents were read, from the beginning.
func (s *stream) discover(ctx context.Context, first bool) error {
	in := map[string]any{"StreamArn": s.arn}
	for {
		var page struct {
			StreamDescription struct {
				Shards []struct {
					ShardId, ParentShardId string
					SequenceNumberRange    struct{ EndingSequenceNumber string }
				}
				LastEvaluatedShardId string
			}
		}
		if err := s.client.JSON(ctx, awsapi.DynamoDBStreams, "DescribeStream", in, &page); err != nil {
			return err
		}
		for _, d := range page.StreamDescription.Shards {
			if s.shards[d.ShardId] != nil {
				continue
			}
			sh := &shard{id: d.ShardId, parent: d.ParentShardId, whole: !first, ended: first && d.SequenceNumberRange.EndingSequenceNumber != ""}
			s.shards[d.ShardId] = sh
			s.order = append(s.order, sh)
		}
		if page.StreamDescription.LastEvaluatedShardId == "" {
			s.looked = time.Now()
			return nil
		}
		in["ExclusiveStartShardId"] = page.StreamDescription.LastEvaluatedShardId
	}
}

func (s *stream) open(ctx context.Context, sh *shard, kind string) error {
	in := map[string]any{"StreamArn": s.arn, "ShardId": sh.id, "ShardIteratorType": kind}
	if kind == "AFTER_SEQUENCE_NUMBER" {
		in["SequenceNumber"] = sh.last
	}
	var out struct{ ShardIterator string }
	err := s.client.JSON(ctx, awsapi.DynamoDBStreams, "GetShardIterator", in, &out)
	sh.iterator = out.ShardIterator
	return err
}

// pin fixes the position at the end of a shard. Iterators last 15 minutes, which pass quickly in virtual time: where an empty answer
// means the end, the last sequence number is found out by reading there, so that the position can be taken again.
func (s *stream) pin(ctx context.Context, sh *shard) error {
	if sh.ended {
		return nil
	}
	if !s.exact {
		if err := s.open(ctx, sh, "LATEST"); err != nil {
			return err
		}
		records, err := s.records(ctx, sh)
		sh.early = records
		return err
	}
	if err := s.open(ctx, sh, "TRIM_HORIZON"); err != nil {
		return err
	}
	sh.whole = true
	for {
		records, err := s.records(ctx, sh)
		if err != nil || len(records) == 0 || sh.ended {
			return err
		}
	}
}

// records reads once from a shard that has an iterator.
func (s *stream) records(ctx context.Context, sh *shard) ([]json.RawMessage, error) {
	var out struct {
		Records           []json.RawMessage
		NextShardIterator string
	}
	if err := s.client.JSON(ctx, awsapi.DynamoDBStreams, "GetRecords", map[string]any{"ShardIterator": sh.iterator}, &out); err != nil {
		return nil, err
	}
	sh.iterator = out.NextShardIterator
	sh.ended = out.NextShardIterator == ""
	for _, r := range out.Records {
		var record struct {
			Dynamodb struct{ SequenceNumber string } `json:"dynamodb"`
		}
		if json.Unmarshal(r, &record) == nil && record.Dynamodb.SequenceNumber != "" {
			sh.last = record.Dynamodb.SequenceNumber
		}
	}
	return out.Records, nil
}

const lookEvery = 10 * time.Second // for new shards, where none has ended

// read reads each shard once, and those that go on from it; shards whose parent is not at its end wait for it, so that the order of
// each item is kept.
func (s *stream) read(ctx context.Context, _ time.Duration) ([]observe.Message, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var list []observe.Message
	for {
		ended, err := s.pass(ctx, &list)
		if err != nil || !ended && time.Since(s.looked) < lookEvery {
			return list, err
		}
		known := len(s.order)
		if err := s.discover(ctx, false); err != nil || len(s.order) == known {
			return list, err
		}
	}
}

// pass reads each shard once, and reports whether one has come to its end: then there are others that go on from it.
func (s *stream) pass(ctx context.Context, list *[]observe.Message) (ended bool, err error) {
	for _, sh := range s.order {
		if parent := s.shards[sh.parent]; sh.ended && len(sh.early) == 0 || parent != nil && !parent.ended {
			continue
		}
		records, err := s.next(ctx, sh)
		for _, r := range records {
			*list = append(*list, s.message(r))
		}
		if err != nil {
			return ended, err
		}
		ended = ended || sh.ended
	}
	return ended, nil
}

// next reads from a shard, with a new iterator if it needs one.
func (s *stream) next(ctx context.Context, sh *shard) ([]json.RawMessage, error) {
	early := sh.early
	sh.early = nil
	if sh.ended {
		return early, nil
	}
	if sh.iterator == "" {
		if err := s.resume(ctx, sh); err != nil {
			return early, err
		}
	}
	records, err := s.records(ctx, sh)
	if code := codeOf(err); strings.HasPrefix(code, "ExpiredIterator") {
		if err := s.resume(ctx, sh); err != nil {
			return early, err
		}
		records, err = s.records(ctx, sh)
	}
	return append(early, records...), err
}

// resume takes up a position again.
func (s *stream) resume(ctx context.Context, sh *shard) error {
	switch {
	case sh.last != "":
		return s.open(ctx, sh, "AFTER_SEQUENCE_NUMBER")
	case sh.whole:
		return s.open(ctx, sh, "TRIM_HORIZON")
	}
	return &GapError{s.place, fmt.Sprintf("nobody looked at shard %s for 15 minutes, after which its iterator is void: look at the tap more often", sh.id)}
}

func codeOf(err error) string {
	if e, ok := errors.AsType[*awsapi.Error](err); ok {
		return e.Code
	}
	return ""
}

func (s *stream) message(record json.RawMessage) observe.Message {
	var r struct{ EventID string }
	_ = json.Unmarshal(record, &r) // a record without an id is told apart by its text
	if r.EventID == "" {
		r.EventID = string(record)
	}
	return observe.Message{ID: r.EventID, Place: s.place, Body: string(record), Attempt: 1}
}
