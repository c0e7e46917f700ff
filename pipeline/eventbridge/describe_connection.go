// Implements: all members but the secrets, which are left out as at AWS.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeConnection returns one connection without its secrets.
func (s *Service) DescribeConnection(_ *engine.Call, in *DescribeConnectionInput) (*DescribeConnectionOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	n := s.connections[in.Name]
	if n == nil {
		return nil, noSuchConnection(in.Name)
	}
	shown := &ConnectionAuthResponseParameters{InvocationHttpParameters: withoutSecrets(n.auth.InvocationHttpParameters)}
	switch p := n.auth; {
	case p.BasicAuthParameters != nil:
		shown.BasicAuthParameters = &ConnectionBasicAuthResponseParameters{Username: wire.Some(p.BasicAuthParameters.Username)}
	case p.ApiKeyAuthParameters != nil:
		shown.ApiKeyAuthParameters = &ConnectionApiKeyAuthResponseParameters{ApiKeyName: wire.Some(p.ApiKeyAuthParameters.ApiKeyName)}
	case p.OAuthParameters != nil:
		shown.OAuthParameters = &ConnectionOAuthResponseParameters{
			ClientParameters:      &ConnectionOAuthClientResponseParameters{ClientID: wire.Some(p.OAuthParameters.ClientParameters.ClientID)},
			AuthorizationEndpoint: wire.Some(p.OAuthParameters.AuthorizationEndpoint), HttpMethod: wire.Some(p.OAuthParameters.HttpMethod),
			OAuthHttpParameters: withoutSecrets(p.OAuthParameters.OAuthHttpParameters),
		}
	}
	return &DescribeConnectionOutput{
		ConnectionArn: wire.Some(n.arn), Name: wire.Some(n.name), Description: n.description, ConnectionState: wire.Some(n.state(s.scope.Engine.Now())),
		AuthorizationType: wire.Some(n.kind), SecretArn: wire.Some(n.secret), KmsKeyIdentifier: n.key, AuthParameters: shown,
		CreationTime: wire.Some(n.created), LastModifiedTime: wire.Some(n.modified), LastAuthorizedTime: wire.Some(n.authorized),
	}, nil
}

func withoutSecrets(p *ConnectionHttpParameters) *ConnectionHttpParameters {
	if p == nil {
		return nil
	}
	shown := &ConnectionHttpParameters{}
	for _, h := range p.HeaderParameters {
		if h.IsValueSecret.Or(false) {
			h.Value = wire.Opt[string]{}
		}
		shown.HeaderParameters = append(shown.HeaderParameters, h)
	}
	for _, q := range p.QueryStringParameters {
		if q.IsValueSecret.Or(false) {
			q.Value = wire.Opt[string]{}
		}
		shown.QueryStringParameters = append(shown.QueryStringParameters, q)
	}
	for _, b := range p.BodyParameters {
		if b.IsValueSecret.Or(false) {
			b.Value = wire.Opt[string]{}
		}
		shown.BodyParameters = append(shown.BodyParameters, b)
	}
	return shown
}
