// Implements: endpoints of any token; creating one again with the same token and attributes.
// Differs from AWS: nothing is asked of the push notification service.
// Not implemented: nothing.

package sns

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// CreatePlatformEndpoint stores a device of an application, or returns the ARN of one that is there already.
func (s *Service) CreatePlatformEndpoint(c *engine.Call, in *CreatePlatformEndpointInput) (*CreatePlatformEndpointOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	app, err := s.application(in.PlatformApplicationArn, "CreatePlatformEndpoint")
	if err != nil {
		return nil, err
	}
	attributes := map[string]string{attributeToken: in.Token, attributeEnabled: "true"}
	if in.CustomUserData.OK {
		attributes[attributeUserData] = in.CustomUserData.V
	}
	for name, value := range in.Attributes {
		attributes[name] = value
	}
	if err := checkEndpointAttributes(attributes); err != nil {
		return nil, err
	}
	made := &endpoint{app: app, attributes: attributes}
	if old := s.holder(app, attributes[attributeToken]); old != nil {
		if !made.sameAs(old) {
			return nil, errTokenTaken(old)
		}
		return &CreatePlatformEndpointOutput{EndpointArn: wire.Some(old.arn)}, nil
	}
	made.arn = s.topicARN("endpoint/" + app.platform + "/" + app.name + "/" + s.scope.UUID())
	s.endpoints[made.arn] = made
	c.Lineage(made.place())
	return &CreatePlatformEndpointOutput{EndpointArn: wire.Some(made.arn)}, nil
}
