// Implements: connections with basic, API key or OAuth client credentials and parameters for each invocation.
// Differs from AWS: OAuth is authorized after a second whatever its endpoint says, and asks for its token at the first invocation; secrets
// are kept here, their ARN is made up.
// Not implemented: private connectivity.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxConnections is the default quota of an account and region.
//
// Source: EventBridge User Guide, quotas, "Connections".
const maxConnections = 3000

// CreateConnection adds a connection.
func (s *Service) CreateConnection(c *engine.Call, in *CreateConnectionInput) (*CreateConnectionOutput, error) {
	if in.InvocationConnectivityParameters != nil || in.AuthParameters.ConnectivityParameters != nil {
		return nil, notImplemented("private connectivity of events:CreateConnection")
	}
	if err := checkAuth(in.AuthorizationType, &in.AuthParameters); err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if s.connections[in.Name] != nil {
		return nil, ErrResourceAlreadyExistsException("Connection " + in.Name + " already exists.")
	}
	if len(s.connections) >= maxConnections {
		return nil, overLimit()
	}
	now := s.scope.Engine.Now()
	n := &connection{
		name: in.Name, arn: s.arn("connection/" + in.Name + "/" + s.scope.UUID()), secret: s.secretARN(in.Name), description: in.Description,
		kind: in.AuthorizationType, auth: in.AuthParameters, key: in.KmsKeyIdentifier, created: now,
	}
	n.authorize(now)
	s.connections[n.name] = n
	c.Lineage(event.At("connection", n.name))
	return &CreateConnectionOutput{
		ConnectionArn: wire.Some(n.arn), ConnectionState: wire.Some(n.state(now)), CreationTime: wire.Some(now), LastModifiedTime: wire.Some(now),
	}, nil
}

// secretARN makes up the ARN that Secrets Manager would give the secret of a connection: its name, with an id of its own, and six random
// characters.
//
// Source: the form was recorded against AWS by LocalStack.
func (s *Service) secretARN(name string) string {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := append([]byte("arn:aws:secretsmanager:"+s.scope.Region+":"+s.scope.Account+":secret:events!connection/"+name+"/"), s.scope.UUID()...)
	b = append(b, '-')
	for range 6 {
		b = append(b, characters[s.scope.IntN(len(characters))])
	}
	return string(b)
}

// checkAuth asks for the parameters that belong to the kind of authorization.
func checkAuth(kind string, p *CreateConnectionAuthRequestParameters) error {
	given := map[string]bool{
		ConnectionAuthorizationTypeBasic: p.BasicAuthParameters != nil, ConnectionAuthorizationTypeApiKey: p.ApiKeyAuthParameters != nil,
		ConnectionAuthorizationTypeOauthClientCredentials: p.OAuthParameters != nil,
	}
	for k, here := range given {
		if here != (k == kind) {
			return invalid("Authorization type " + kind + " needs the AuthParameters of its own kind, and no others.")
		}
	}
	return nil
}
