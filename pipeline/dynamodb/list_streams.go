// Implements: ListStreams with TableName, Limit and ExclusiveStartStreamArn, in the order of the ARNs; disabled streams are
// listed for a day.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxListed is how many streams, or shards of a stream, one answer tells.
//
// Source: Amazon DynamoDB Streams API Reference, ListStreams and DescribeStream; texts are DynamoDB Local's.
const maxListed = 100

// ListStreams returns up to 100 streams.
//
// Source: Amazon DynamoDB Streams API Reference, ListStreams.
func (s *Service) ListStreams(_ *engine.Call, in *ListStreamsInput) (*ListStreamsOutput, error) {
	if in.Limit.V > maxListed {
		return nil, invalid(prefixInvalid + "Limit cannot be greater than the maximum allowed size: " + itoa(maxListed))
	}
	if in.ExclusiveStartStreamArn.OK {
		if err := checkStreamARN(in.ExclusiveStartStreamArn.V); err != nil {
			return nil, err
		}
	}
	name := ""
	if in.TableName.OK {
		var err error
		if name, err = s.tableName(in.TableName.V); err != nil {
			return nil, err
		}
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	now := s.scope.Engine.Now()
	out := &ListStreamsOutput{Streams: []Stream{}}
	limit := int(in.Limit.Or(maxListed))
	for _, arn := range wire.SortedKeys(s.streams) {
		st := s.streams[arn]
		s.trim(st, now)
		if st.gone || name != "" && st.tableName != name || in.ExclusiveStartStreamArn.OK && arn <= in.ExclusiveStartStreamArn.V {
			continue
		}
		if len(out.Streams) == limit {
			out.LastEvaluatedStreamArn = out.Streams[limit-1].StreamArn
			break
		}
		out.Streams = append(out.Streams, Stream{StreamArn: wire.Some(arn), TableName: wire.Some(st.tableName), StreamLabel: wire.Some(st.label)})
	}
	return out, nil
}
