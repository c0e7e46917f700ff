// Implements: DescribeTableReplicaAutoScaling: no table is a global one.
// Differs from AWS: there are no global tables.
// Not implemented: nothing else known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DescribeTableReplicaAutoScaling refuses every table, as the service does those without replicas.
//
// Source: answers of the service that the public notes of a project record which manages tables through the API.
func (s *Service) DescribeTableReplicaAutoScaling(_ *engine.Call, in *DescribeTableReplicaAutoScalingInput) (*DescribeTableReplicaAutoScalingOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	return nil, ErrResourceNotFoundException("Global table with name: '" + name + "' does not exist.")
}
