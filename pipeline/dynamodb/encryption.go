package dynamodb

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// encryption returns how a table with the specification is described: nothing for one with the service's own key, else the key's
// ARN. Nothing is encrypted. The scope must be locked.
//
// Source: Amazon DynamoDB API Reference, SSESpecification: enabled without a key means the key alias/aws/dynamodb.
func (s *Service) encryption(spec *SSESpecification) *SSEDescription {
	if spec == nil || !spec.Enabled.V {
		return nil
	}
	key := spec.KMSMasterKeyId.V
	prefix := "arn:aws:kms:" + s.scope.Region + ":" + s.scope.Account + ":"
	switch {
	case strings.HasPrefix(key, "arn:"):
	case strings.HasPrefix(key, "alias/"):
		key = prefix + key
	case key == "":
		if s.ownKey == "" {
			s.ownKey = prefix + "key/" + s.scope.UUID()
		}
		key = s.ownKey
	default:
		key = prefix + "key/" + key
	}
	return &SSEDescription{Status: wire.Some(SSEStatusEnabled), SSEType: wire.Some(SSETypeKms), KMSMasterKeyArn: wire.Some(key)}
}
