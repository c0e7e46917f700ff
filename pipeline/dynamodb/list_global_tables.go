// Implements: ListGlobalTables: there are none.
// Differs from AWS: there are none, because CreateGlobalTable is not implemented.
// Not implemented: nothing else known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ListGlobalTables tells the global tables of version 2017.11.29: none.
//
// Source: Amazon DynamoDB API Reference, ListGlobalTables.
func (s *Service) ListGlobalTables(_ *engine.Call, _ *ListGlobalTablesInput) (*ListGlobalTablesOutput, error) {
	return &ListGlobalTablesOutput{GlobalTables: []GlobalTable{}}, nil
}
