// Implements: deactivation; a source that stays so for two weeks is deleted.
// Differs from AWS: the wording of refusals.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeactivateEventSource keeps the events of a source from its bus.
func (s *Service) DeactivateEventSource(c *engine.Call, in *DeactivateEventSourceInput) (*DeactivateEventSourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	src, err := s.standing(in.Name)
	if err != nil {
		return nil, err
	}
	if s.state(src) == EventSourceStateActive {
		src.idle, src.expires = true, s.scope.Engine.Now().Add(maxPending)
	}
	c.Lineage(event.At(event.PlaceBus, in.Name))
	return &DeactivateEventSourceOutput{}, nil
}
