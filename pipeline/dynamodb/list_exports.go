// Implements: ListExports: there are none.
// Differs from AWS: there are none, because ExportTableToPointInTime is not implemented.
// Not implemented: nothing else known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ListExports tells the exports of the last 90 days: none.
//
// Source: Amazon DynamoDB API Reference, ListExports.
func (s *Service) ListExports(_ *engine.Call, in *ListExportsInput) (*ListExportsOutput, error) {
	if in.TableArn.OK {
		if _, err := s.tableName(in.TableArn.V); err != nil {
			return nil, err
		}
	}
	return &ListExportsOutput{ExportSummaries: []ExportSummary{}}, nil
}
