// Implements: all attributes.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// SetEndpointAttributes sets attributes of an endpoint.
func (s *Service) SetEndpointAttributes(c *engine.Call, in *SetEndpointAttributesInput) (*SetEndpointAttributesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	e, err := s.endpoint(in.EndpointArn, "SetEndpointAttributes")
	if err == nil {
		err = checkEndpointAttributes(in.Attributes)
	}
	if err != nil {
		return nil, err
	}
	if token, ok := in.Attributes[attributeToken]; ok {
		if old := s.holder(e.app, token); old != nil && old != e {
			return nil, errTokenTaken(old)
		}
	}
	maps.Copy(e.attributes, in.Attributes)
	c.Lineage(e.place())
	return &SetEndpointAttributesOutput{}, nil
}
