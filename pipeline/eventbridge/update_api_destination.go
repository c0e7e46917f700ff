// Implements: all members; what is not given stays.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// UpdateApiDestination changes an API destination.
func (s *Service) UpdateApiDestination(c *engine.Call, in *UpdateApiDestinationInput) (*UpdateApiDestinationOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	old := s.destinations[in.Name]
	if old == nil {
		return nil, noSuchDestination(in.Name)
	}
	d := *old
	d.connection, d.endpoint, d.method = in.ConnectionArn.Or(d.connection), in.InvocationEndpoint.Or(d.endpoint), in.HttpMethod.Or(d.method)
	d.rate = in.InvocationRateLimitPerSecond.Or(d.rate)
	if in.Description.OK {
		d.description = in.Description
	}
	if s.connectionOf(d.connection) == nil {
		return nil, ErrResourceNotFoundException("Connection '" + d.connection + "' does not exist.")
	}
	d.modified = s.scope.Engine.Now()
	s.destinations[d.name] = &d
	c.Lineage(destinationPlace(d.name))
	return &UpdateApiDestinationOutput{
		ApiDestinationArn: wire.Some(d.arn), ApiDestinationState: wire.Some(s.destinationState(&d)), CreationTime: wire.Some(d.created), LastModifiedTime: wire.Some(d.modified),
	}, nil
}
