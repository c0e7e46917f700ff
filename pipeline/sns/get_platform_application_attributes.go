// Implements: all attributes; credentials are not shown, as at AWS.
// Differs from AWS: the expiry of a certificate is not known.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// GetPlatformApplicationAttributes returns the attributes of an application.
func (s *Service) GetPlatformApplicationAttributes(_ *engine.Call, in *GetPlatformApplicationAttributesInput) (*GetPlatformApplicationAttributesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	app, err := s.application(in.PlatformApplicationArn, "GetPlatformApplicationAttributes")
	if err != nil {
		return nil, err
	}
	return &GetPlatformApplicationAttributesOutput{Attributes: app.shown()}, nil
}
