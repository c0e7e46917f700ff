// Implements: all members.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribePartnerEventSource returns one source that the account offers.
func (s *Service) DescribePartnerEventSource(_ *engine.Call, in *DescribePartnerEventSourceInput) (*DescribePartnerEventSourceOutput, error) {
	if len(s.customers(in.Name)) == 0 {
		return nil, noSuchSource(in.Name)
	}
	return &DescribePartnerEventSourceOutput{Arn: wire.Some(sourceARN(s.scope.Region, in.Name)), Name: wire.Some(in.Name)}, nil
}
