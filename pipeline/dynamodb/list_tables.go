// Implements: ListTables with Limit and ExclusiveStartTableName, in the order of the names.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListTables returns up to 100 names of tables.
//
// Source: Amazon DynamoDB API Reference, ListTables.
func (s *Service) ListTables(_ *engine.Call, in *ListTablesInput) (*ListTablesOutput, error) {
	hold := s.scope.Hold()
	defer hold.End()
	names := wire.SortedKeys(s.tables)
	hold.End()
	if in.ExclusiveStartTableName.OK {
		at, found := slices.BinarySearch(names, in.ExclusiveStartTableName.V)
		if found {
			at++
		}
		names = names[at:]
	}
	out := &ListTablesOutput{TableNames: names}
	if limit := int(in.Limit.Or(100)); len(names) > limit {
		out.TableNames = names[:limit]
		out.LastEvaluatedTableName = wire.Some(names[limit-1])
	}
	return out, nil
}
