// Implements: all attributes.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// GetEndpointAttributes returns the attributes of an endpoint.
func (s *Service) GetEndpointAttributes(_ *engine.Call, in *GetEndpointAttributesInput) (*GetEndpointAttributesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	e, err := s.endpoint(in.EndpointArn, "GetEndpointAttributes")
	if err != nil {
		return nil, err
	}
	return &GetEndpointAttributesOutput{Attributes: maps.Clone(e.attributes)}, nil
}
