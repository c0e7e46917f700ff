// Implements: activation of a source that a bus matches.
// Differs from AWS: the wording of refusals.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ActivateEventSource lets events of a source come to its bus again.
func (s *Service) ActivateEventSource(c *engine.Call, in *ActivateEventSourceInput) (*ActivateEventSourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	src, err := s.standing(in.Name)
	if err != nil {
		return nil, err
	}
	if s.buses[in.Name] == nil {
		return nil, ErrInvalidStateException("Event source " + in.Name + " has no matching event bus.")
	}
	src.idle = false
	c.Lineage(event.At(event.PlaceBus, in.Name))
	return &ActivateEventSourceOutput{}, nil
}
