// Implements: all attributes that AWS lists.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// SetPlatformApplicationAttributes sets attributes of an application.
func (s *Service) SetPlatformApplicationAttributes(c *engine.Call, in *SetPlatformApplicationAttributesInput) (*SetPlatformApplicationAttributesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	app, err := s.application(in.PlatformApplicationArn, "SetPlatformApplicationAttributes")
	if err == nil {
		err = checkApplicationAttributes(in.Attributes)
	}
	if err != nil {
		return nil, err
	}
	app.set(in.Attributes)
	c.Lineage(app.place())
	return &SetPlatformApplicationAttributesOutput{}, nil
}
