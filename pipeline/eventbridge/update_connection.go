// Implements: description, kind of authorization, parameters and key; what is not given stays.
// Differs from AWS: nothing known.
// Not implemented: private connectivity.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// UpdateConnection changes a connection and authorizes it again.
func (s *Service) UpdateConnection(c *engine.Call, in *UpdateConnectionInput) (*UpdateConnectionOutput, error) {
	if in.InvocationConnectivityParameters != nil || in.AuthParameters != nil && in.AuthParameters.ConnectivityParameters != nil {
		return nil, notImplemented("private connectivity of events:UpdateConnection")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	old := s.connections[in.Name]
	if old == nil {
		return nil, noSuchConnection(in.Name)
	}
	n := *old
	n.kind = in.AuthorizationType.Or(n.kind)
	n.auth = mergeAuth(n.kind, n.auth, in.AuthParameters)
	if err := checkAuth(n.kind, &n.auth); err != nil {
		return nil, err
	}
	if in.Description.OK {
		n.description = in.Description
	}
	if in.KmsKeyIdentifier.OK {
		n.key = in.KmsKeyIdentifier
	}
	n.modified = s.scope.Engine.Now()
	n.authorize(n.modified)
	s.connections[n.name] = &n
	c.Lineage(event.At("connection", n.name))
	return &UpdateConnectionOutput{
		ConnectionArn: wire.Some(n.arn), ConnectionState: wire.Some(n.state(n.modified)), CreationTime: wire.Some(n.created), LastModifiedTime: wire.Some(n.modified),
		LastAuthorizedTime: wire.Some(n.authorized),
	}, nil
}

// mergeAuth returns the parameters of that kind after an update. The old ones are not changed.
func mergeAuth(kind string, old CreateConnectionAuthRequestParameters, in *UpdateConnectionAuthRequestParameters) CreateConnectionAuthRequestParameters {
	merged := CreateConnectionAuthRequestParameters{InvocationHttpParameters: old.InvocationHttpParameters}
	if in == nil {
		in = &UpdateConnectionAuthRequestParameters{}
	}
	if in.InvocationHttpParameters != nil {
		merged.InvocationHttpParameters = in.InvocationHttpParameters
	}
	switch kind {
	case ConnectionAuthorizationTypeBasic:
		merged.BasicAuthParameters = old.BasicAuthParameters
		if p := in.BasicAuthParameters; p != nil {
			was := valueOf(old.BasicAuthParameters)
			merged.BasicAuthParameters = &CreateConnectionBasicAuthRequestParameters{Username: p.Username.Or(was.Username), Password: p.Password.Or(was.Password)}
		}
	case ConnectionAuthorizationTypeApiKey:
		merged.ApiKeyAuthParameters = old.ApiKeyAuthParameters
		if p := in.ApiKeyAuthParameters; p != nil {
			was := valueOf(old.ApiKeyAuthParameters)
			merged.ApiKeyAuthParameters = &CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: p.ApiKeyName.Or(was.ApiKeyName), ApiKeyValue: p.ApiKeyValue.Or(was.ApiKeyValue)}
		}
	default:
		merged.OAuthParameters = old.OAuthParameters
		if p := in.OAuthParameters; p != nil {
			o := valueOf(old.OAuthParameters)
			o.AuthorizationEndpoint, o.HttpMethod = p.AuthorizationEndpoint.Or(o.AuthorizationEndpoint), p.HttpMethod.Or(o.HttpMethod)
			if c := p.ClientParameters; c != nil {
				o.ClientParameters.ClientID, o.ClientParameters.ClientSecret = c.ClientID.Or(o.ClientParameters.ClientID), c.ClientSecret.Or(o.ClientParameters.ClientSecret)
			}
			if p.OAuthHttpParameters != nil {
				o.OAuthHttpParameters = p.OAuthHttpParameters
			}
			merged.OAuthParameters = &o
		}
	}
	return merged
}

func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
