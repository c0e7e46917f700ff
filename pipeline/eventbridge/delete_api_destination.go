// Implements: deletion; what is delivered there afterwards fails.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/engine"

// DeleteApiDestination removes an API destination.
func (s *Service) DeleteApiDestination(c *engine.Call, in *DeleteApiDestinationInput) (*DeleteApiDestinationOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	if s.destinations[in.Name] == nil {
		return nil, noSuchDestination(in.Name)
	}
	delete(s.destinations, in.Name)
	c.Lineage(destinationPlace(in.Name))
	return &DeleteApiDestinationOutput{}, nil
}
