// Implements: API destinations with method and path variables; requests beyond the invocation rate wait for their turn, in the order in
// which they came.
// Differs from AWS: an endpoint may use http.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxAPIDestinations is the default quota of an account and region.
//
// Source: EventBridge User Guide, quotas, "API destinations".
const maxAPIDestinations = 3000

// defaultRate is the invocations per second of an API destination that names none.
const defaultRate = 300

// CreateApiDestination adds an HTTP endpoint that rules can have as target.
func (s *Service) CreateApiDestination(c *engine.Call, in *CreateApiDestinationInput) (*CreateApiDestinationOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	if s.destinations[in.Name] != nil {
		return nil, ErrResourceAlreadyExistsException("An api-destination '" + in.Name + "' already exists.")
	}
	if s.connectionOf(in.ConnectionArn) == nil {
		return nil, ErrResourceNotFoundException("Connection '" + in.ConnectionArn + "' does not exist.")
	}
	if len(s.destinations) >= maxAPIDestinations {
		return nil, overLimit()
	}
	now := s.scope.Engine.Now()
	d := &destination{
		name: in.Name, arn: s.arn("api-destination/" + in.Name + "/" + s.scope.UUID()), description: in.Description, connection: in.ConnectionArn,
		endpoint: in.InvocationEndpoint, method: in.HttpMethod, rate: in.InvocationRateLimitPerSecond.Or(defaultRate), created: now, modified: now,
	}
	s.destinations[d.name] = d
	c.Lineage(destinationPlace(d.name))
	return &CreateApiDestinationOutput{
		ApiDestinationArn: wire.Some(d.arn), ApiDestinationState: wire.Some(s.destinationState(d)), CreationTime: wire.Some(now), LastModifiedTime: wire.Some(now),
	}, nil
}
