// Implements: DescribeKinesisStreamingDestination: a table has no destinations.
// Differs from AWS: there are none, because EnableKinesisStreamingDestination is not implemented.
// Not implemented: nothing else known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeKinesisStreamingDestination tells the Kinesis streams that a table's changes go to: none.
//
// Source: Amazon DynamoDB API Reference, DescribeKinesisStreamingDestination.
func (s *Service) DescribeKinesisStreamingDestination(_ *engine.Call, in *DescribeKinesisStreamingDestinationInput) (*DescribeKinesisStreamingDestinationOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if s.tables[name] == nil {
		return nil, noTableNamed(name)
	}
	return &DescribeKinesisStreamingDestinationOutput{TableName: wire.Some(name), KinesisDataStreamDestinations: []KinesisDataStreamDestination{}}, nil
}
