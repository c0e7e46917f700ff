// Implements: all members.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeApiDestination returns one API destination.
func (s *Service) DescribeApiDestination(_ *engine.Call, in *DescribeApiDestinationInput) (*DescribeApiDestinationOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	d := s.destinations[in.Name]
	if d == nil {
		return nil, noSuchDestination(in.Name)
	}
	return &DescribeApiDestinationOutput{
		ApiDestinationArn: wire.Some(d.arn), Name: wire.Some(d.name), Description: d.description, ApiDestinationState: wire.Some(s.destinationState(d)),
		ConnectionArn: wire.Some(d.connection), InvocationEndpoint: wire.Some(d.endpoint), HttpMethod: wire.Some(d.method),
		InvocationRateLimitPerSecond: wire.Some(d.rate), CreationTime: wire.Some(d.created), LastModifiedTime: wire.Some(d.modified),
	}, nil
}
