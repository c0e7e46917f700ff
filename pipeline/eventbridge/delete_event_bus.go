// Implements: deletion of custom buses; a missing bus is success, as at AWS.
// Differs from AWS: a bus with rules is refused at once, with a wording of its own.
// Not implemented: nothing.

package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/engine"

// DeleteEventBus removes a custom bus that has no rules.
func (s *Service) DeleteEventBus(c *engine.Call, in *DeleteEventBusInput) (*DeleteEventBusOutput, error) {
	if in.Name == defaultBus {
		return nil, invalid("Cannot delete event bus default.")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	b := s.buses[in.Name]
	if b == nil {
		return &DeleteEventBusOutput{}, nil
	}
	if len(b.rules) > 0 {
		return nil, invalid("Event bus " + in.Name + " can't be deleted since it has rules.")
	}
	delete(s.buses, in.Name)
	delete(s.tags, b.arn)
	s.unmatch(b.name)
	c.Lineage(b.place)
	return &DeleteEventBusOutput{}, nil
}
