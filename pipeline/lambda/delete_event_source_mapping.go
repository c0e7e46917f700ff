// Implements: the mapping is gone; a batch under way ends.
// Differs from AWS: it is gone at once (AWS: after a while in Deleting).
// Not implemented: nothing known.

package lambda

import "github.com/dyetrace/dyetrace/pipeline/engine"

// DeleteEventSourceMapping deletes a mapping.
func (s *Service) DeleteEventSourceMapping(c *engine.Call, in *DeleteEventSourceMappingInput) (*DeleteEventSourceMappingOutput, error) {
	hold := s.scope.Hold()
	defer hold.End()
	m, err := s.find(in.UUID)
	if err != nil {
		return nil, err
	}
	c.Lineage(m.plan.options.Place)
	m.gone = true
	delete(s.mappings, m.id)
	out := m.configuration("Deleting")
	hold.End()
	m.reader.Close()
	return out, nil
}
