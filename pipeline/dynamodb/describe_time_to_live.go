// Implements: DescribeTimeToLive.
// Differs from AWS: no ENABLING and DISABLING.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeTimeToLive tells by which attribute items of a table expire.
//
// Source: Amazon DynamoDB API Reference, DescribeTimeToLive.
func (s *Service) DescribeTimeToLive(_ *engine.Call, in *DescribeTimeToLiveInput) (*DescribeTimeToLiveOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t := s.tables[name]
	if t == nil {
		return nil, noTableNamed(name)
	}
	d := &TimeToLiveDescription{TimeToLiveStatus: wire.Some(TimeToLiveStatusDisabled)}
	if t.timeToLive != "" {
		d.TimeToLiveStatus, d.AttributeName = wire.Some(TimeToLiveStatusEnabled), wire.Some(t.timeToLive)
	}
	return &DescribeTimeToLiveOutput{TimeToLiveDescription: d}, nil
}
