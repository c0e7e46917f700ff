// Implements: applications of all platforms that AWS lists; creating one again sets the attributes.
// Differs from AWS: the credentials are not tried; topics for events about endpoints are stored and get none.
// Not implemented: nothing.

package sns

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// CreatePlatformApplication stores an application of a push notification service.
func (s *Service) CreatePlatformApplication(c *engine.Call, in *CreatePlatformApplicationInput) (*CreatePlatformApplicationOutput, error) {
	if err := checkApplication(in.Name, in.Platform); err != nil {
		return nil, err
	}
	_, credential := in.Attributes[attributeCredential]
	_, principal := in.Attributes[attributePrincipal]
	switch {
	case principal && !credential:
		return nil, invalid("Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential")
	case credential && !principal && in.Platform != platformGCM:
		return nil, invalid("Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal")
	}
	if err := checkApplicationAttributes(in.Attributes); err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	app := &application{arn: s.topicARN("app/" + in.Platform + "/" + in.Name), platform: in.Platform, name: in.Name, attributes: map[string]string{"Enabled": "true"}}
	if old := s.applications[app.arn]; old != nil {
		app = old
	}
	app.set(in.Attributes)
	s.applications[app.arn] = app
	c.Lineage(app.place())
	return &CreatePlatformApplicationOutput{PlatformApplicationArn: wire.Some(app.arn)}, nil
}
