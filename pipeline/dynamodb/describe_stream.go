// Implements: DescribeStream with Limit, ExclusiveStartShardId and ShardFilter.
// Differs from AWS: shards are split on demand only, by the control API, and never by themselves.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeStream describes a stream and its shards.
//
// Source: Amazon DynamoDB Streams API Reference, DescribeStream.
func (s *Service) DescribeStream(_ *engine.Call, in *DescribeStreamInput) (*DescribeStreamOutput, error) {
	if in.Limit.V > maxListed {
		return nil, invalid(prefixInvalid + "Limit cannot be greater than the maximum: " + itoa(maxListed))
	}
	if f := in.ShardFilter; f != nil && (!f.Type.OK || !f.ShardId.OK) {
		missing := "type"
		if f.Type.OK {
			missing = "shardId"
		}
		return nil, invalid("1 validation error detected: Value null at 'shardFilter." + missing + "' failed to satisfy constraint: Member must not be null")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	st, err := s.findStream(in.StreamArn)
	if err != nil {
		return nil, err
	}
	status := StreamStatusEnabled
	if !st.disabled.IsZero() {
		status = StreamStatusDisabled
	}
	d := &StreamDescription{
		StreamArn: wire.Some(st.arn), StreamLabel: wire.Some(st.label), StreamStatus: wire.Some(status), StreamViewType: wire.Some(st.view),
		CreationRequestDateTime: wire.Some(st.created), TableName: wire.Some(st.tableName), KeySchema: st.keys.elements(), Shards: []Shard{},
	}
	limit := int(in.Limit.Or(maxListed))
	for _, sh := range st.shards {
		if in.ExclusiveStartShardId.OK && sh.id <= in.ExclusiveStartShardId.V || in.ShardFilter != nil && sh.parent != in.ShardFilter.ShardId.V {
			continue
		}
		if len(d.Shards) == limit {
			d.LastEvaluatedShardId = d.Shards[limit-1].ShardId
			break
		}
		d.Shards = append(d.Shards, sh.describe())
	}
	return &DescribeStreamOutput{StreamDescription: d}, nil
}

func (sh *shard) describe() Shard {
	d := Shard{ShardId: wire.Some(sh.id), SequenceNumberRange: &SequenceNumberRange{StartingSequenceNumber: wire.Some(sequenceNumber(sh.start))}}
	if sh.parent != "" {
		d.ParentShardId = wire.Some(sh.parent)
	}
	if sh.isClosed() {
		d.SequenceNumberRange.EndingSequenceNumber = wire.Some(sequenceNumber(max(sh.start, sh.end()-1)))
	}
	return d
}
