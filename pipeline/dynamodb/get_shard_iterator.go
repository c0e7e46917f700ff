// Implements: GetShardIterator of all types.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"encoding/base64"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// iteratorLife is how long a shard iterator can be used.
//
// Source: Amazon DynamoDB Streams API Reference, GetShardIterator.
const iteratorLife = 15 * time.Minute

// iterator is a position in a shard. Its text is opaque to clients.
type iterator struct {
	arn   string
	shard string
	next  uint64 // ordinal
	made  time.Time
}

func (i iterator) String() string {
	text := i.shard + "|" + strconv.FormatUint(i.next, 10) + "|" + strconv.FormatInt(i.made.UnixMilli(), 10)
	return i.arn + "|1|" + base64.StdEncoding.EncodeToString([]byte(text))
}

// parseIterator is the inverse of String.
func parseIterator(text string) (iterator, bool) {
	arn, rest, ok := strings.Cut(text, "|1|")
	if !ok {
		return iterator{}, false
	}
	plain, err := base64.StdEncoding.DecodeString(rest)
	parts := strings.Split(string(plain), "|")
	if err != nil || len(parts) != 3 {
		return iterator{}, false
	}
	next, err1 := strconv.ParseUint(parts[1], 10, 64)
	made, err2 := strconv.ParseInt(parts[2], 10, 64)
	return iterator{arn: arn, shard: parts[0], next: next, made: time.UnixMilli(made)}, err1 == nil && err2 == nil
}

// GetShardIterator returns a position in a shard from which GetRecords reads.
//
// Source: Amazon DynamoDB Streams API Reference, GetShardIterator.
func (s *Service) GetShardIterator(_ *engine.Call, in *GetShardIteratorInput) (*GetShardIteratorOutput, error) {
	if positional := in.ShardIteratorType == ShardIteratorTypeAtSequenceNumber || in.ShardIteratorType == ShardIteratorTypeAfterSequenceNumber; in.SequenceNumber.OK && !positional {
		return nil, invalid(prefixInvalid + "SequenceNumber should not be passed for this iterator type")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	st, err := s.findStream(in.StreamArn)
	if err != nil {
		return nil, err
	}
	sh := st.find(in.ShardId)
	if sh == nil {
		return nil, noSuchShard(in.ShardId, in.StreamArn)
	}
	next, err := sh.position(in)
	if err != nil {
		return nil, err
	}
	i := iterator{arn: st.arn, shard: sh.id, next: next, made: s.scope.Engine.Now()}
	return &GetShardIteratorOutput{ShardIterator: wire.Some(i.String())}, nil
}

func (st *stream) find(shardID string) *shard {
	for _, sh := range st.shards {
		if sh.id == shardID {
			return sh
		}
	}
	return nil
}

func noSuchShard(id, arn string) error {
	return ErrResourceNotFoundException(msgNoSuchResource + ": Shard: " + id + " in Stream: " + arn + " not found")
}

func errTrimmed() error {
	return ErrTrimmedDataAccessException("The operation attempted to read past the oldest stream record in a shard")
}

// position returns the ordinal where an iterator of the wanted type begins.
func (sh *shard) position(in *GetShardIteratorInput) (uint64, error) {
	switch in.ShardIteratorType {
	case ShardIteratorTypeTrimHorizon:
		return sh.trimmed, nil
	case ShardIteratorTypeLatest:
		return sh.end(), nil
	case ShardIteratorTypeAtSequenceNumber, ShardIteratorTypeAfterSequenceNumber:
		n, ok := ordinalOf(in.SequenceNumber.V)
		switch {
		case !in.SequenceNumber.OK:
			return 0, invalid("SequenceNumber must be specified for shard iterator type " + in.ShardIteratorType)
		case !ok || n < sh.start || n > sh.end():
			return 0, invalid("Invalid SequenceNumber: " + in.SequenceNumber.V + " is not in shard " + sh.id)
		case n < sh.trimmed:
			return 0, errTrimmed()
		case in.ShardIteratorType == ShardIteratorTypeAfterSequenceNumber:
			n++
		}
		return n, nil
	}
	if !in.Timestamp.OK {
		return 0, invalid("Timestamp must be specified for shard iterator type " + in.ShardIteratorType)
	}
	i := sort.Search(len(sh.records), func(i int) bool { return !sh.records[i].at.Before(in.Timestamp.V) })
	if i == len(sh.records) {
		return sh.end(), nil
	}
	return sh.records[i].ordinal, nil
}
