package sts

// Implements: account, ARN and user id of the account that the access key names.
// Differs from AWS: every caller is the account's root user.
// Not implemented: users, roles and sessions.

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// GetCallerIdentity tells the account of the calling client.
//
// Source: AWS STS API Reference, GetCallerIdentity; of the root user, the user id is the account's.
func (s *Service) GetCallerIdentity(*engine.Call, *GetCallerIdentityInput) (*GetCallerIdentityOutput, error) {
	return &GetCallerIdentityOutput{
		Account: wire.Some(s.account),
		Arn:     wire.Some("arn:aws:iam::" + s.account + ":root"),
		UserId:  wire.Some(s.account),
	}, nil
}
