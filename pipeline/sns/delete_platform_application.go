// Implements: all of it, with the endpoints of the application; one that is not there is success.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeletePlatformApplication removes an application and its endpoints.
func (s *Service) DeletePlatformApplication(c *engine.Call, in *DeletePlatformApplicationInput) (*DeletePlatformApplicationOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	app, err := s.application(in.PlatformApplicationArn, "DeletePlatformApplication")
	if err != nil {
		if codeOf(err) == "NotFound" {
			return &DeletePlatformApplicationOutput{}, nil
		}
		return nil, err
	}
	maps.DeleteFunc(s.endpoints, func(_ string, e *endpoint) bool { return e.app == app })
	delete(s.applications, app.arn)
	c.Lineage(app.place())
	return &DeletePlatformApplicationOutput{}, nil
}
