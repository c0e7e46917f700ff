// Implements: DescribeLimits with the default quotas of an account.
// Differs from AWS: the numbers are those of every region and account; nothing is counted against them.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Default quotas of provisioned throughput, for reads as for writes.
//
// Source: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB".
const (
	maxAccountUnits = 80_000
	maxTableUnits   = 40_000
)

// DescribeLimits tells how much throughput could be provisioned.
//
// Source: Amazon DynamoDB API Reference, DescribeLimits.
func (s *Service) DescribeLimits(_ *engine.Call, _ *DescribeLimitsInput) (*DescribeLimitsOutput, error) {
	account, table := wire.Some(int64(maxAccountUnits)), wire.Some(int64(maxTableUnits))
	return &DescribeLimitsOutput{
		AccountMaxReadCapacityUnits: account, AccountMaxWriteCapacityUnits: account, TableMaxReadCapacityUnits: table, TableMaxWriteCapacityUnits: table,
	}, nil
}
