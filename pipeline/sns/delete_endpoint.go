// Implements: all of it; an endpoint that is not there is success. Its subscriptions stay, as at AWS.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// DeleteEndpoint removes an endpoint.
func (s *Service) DeleteEndpoint(c *engine.Call, in *DeleteEndpointInput) (*DeleteEndpointOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	e, err := s.endpoint(in.EndpointArn, "DeleteEndpoint")
	if err != nil {
		if codeOf(err) == "NotFound" {
			return &DeleteEndpointOutput{}, nil
		}
		return nil, err
	}
	delete(s.endpoints, e.arn)
	c.Lineage(e.place())
	return &DeleteEndpointOutput{}, nil
}
