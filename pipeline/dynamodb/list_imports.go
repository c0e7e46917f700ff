// Implements: ListImports: there are none.
// Differs from AWS: there are none, because ImportTable is not implemented.
// Not implemented: nothing else known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ListImports tells the imports of the last 90 days: none.
//
// Source: Amazon DynamoDB API Reference, ListImports.
func (s *Service) ListImports(_ *engine.Call, in *ListImportsInput) (*ListImportsOutput, error) {
	if in.TableArn.OK {
		if _, err := s.tableName(in.TableArn.V); err != nil {
			return nil, err
		}
	}
	return &ListImportsOutput{ImportSummaryList: []ImportSummary{}}, nil
}
