// Implements: everything that was set, with defaults, and the state.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package lambda

import "github.com/dyetrace/dyetrace/pipeline/engine"

// GetEventSourceMapping returns a mapping.
func (s *Service) GetEventSourceMapping(_ *engine.Call, in *GetEventSourceMappingInput) (*GetEventSourceMappingOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	m, err := s.find(in.UUID)
	if err != nil {
		return nil, err
	}
	return m.configuration(m.state()), nil
}
