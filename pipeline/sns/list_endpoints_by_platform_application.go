// Implements: all of it, 100 endpoints a page.
// Differs from AWS: endpoints come in the order of their ARNs.
// Not implemented: nothing.

package sns

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListEndpointsByPlatformApplication lists the endpoints of an application.
func (s *Service) ListEndpointsByPlatformApplication(_ *engine.Call, in *ListEndpointsByPlatformApplicationInput) (*ListEndpointsByPlatformApplicationOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	app, err := s.application(in.PlatformApplicationArn, "ListEndpointsByPlatformApplication")
	if err != nil {
		return nil, err
	}
	mine := map[string]*endpoint{}
	for arn, e := range s.endpoints {
		if e.app == app {
			mine[arn] = e
		}
	}
	arns, next, err := page(wire.SortedKeys(mine), in.NextToken, pageSize)
	if err != nil {
		return nil, err
	}
	out := &ListEndpointsByPlatformApplicationOutput{Endpoints: make([]Endpoint, len(arns)), NextToken: next}
	for i, arn := range arns {
		out.Endpoints[i] = Endpoint{EndpointArn: wire.Some(arn), Attributes: maps.Clone(mine[arn].attributes)}
	}
	return out, nil
}
