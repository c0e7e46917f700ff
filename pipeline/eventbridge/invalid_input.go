package eventbridge

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// InvalidInput words requests that break a rule of the model as EventBridge does, where that is not as the model has it.
//
// Source: answers recorded against AWS by LocalStack: values of an enumeration in an order of the service's own, and the method of an
// authorization endpoint in lower case, which AWS takes.
func (s *Service) InvalidInput(operation string, v *wire.Violations) error {
	v.List = slices.DeleteFunc(v.List, func(one wire.Violation) bool {
		return one.Kind == wire.Enum && strings.HasSuffix(one.Path, "oAuthParameters.httpMethod") &&
			slices.Contains(authorizationMethods, strings.ToUpper(one.Value))
	})
	if !v.Any() {
		return nil
	}
	for i, one := range v.List {
		if one.Kind == wire.Enum && one.Path == "httpMethod" {
			v.List[i].Text = "Member must satisfy enum value set: [HEAD, POST, PATCH, DELETE, PUT, GET, OPTIONS]"
		}
	}
	return invalid(wire.CoralMessage(v))
}

var authorizationMethods = []string{ConnectionOAuthHttpMethodGet, ConnectionOAuthHttpMethodPost, ConnectionOAuthHttpMethodPut}

// UnlistedMembers are those that AWS prints beside the model's when it refuses a list of entries as too long.
//
// Source: the answer was recorded against AWS by LocalStack.
func (PutEventsRequestEntry) UnlistedMembers() []string {
	return []string{"kmsKeyIdentifier", "internalMetadata"}
}
