package lambda

import "github.com/dyetrace/dyetrace/pipeline/wire"

// InvalidInput words requests that break a rule of the model as Lambda does: with the values of an enumeration in an order of its own.
//
// Source: the answer was recorded against AWS by LocalStack.
func (s *Service) InvalidInput(_ string, v *wire.Violations) error {
	for i, one := range v.List {
		if one.Kind == wire.Enum && one.Path == "startingPosition" {
			v.List[i].Text = "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"
		}
	}
	return &wire.Error{Code: "ValidationException", Message: wire.CoralMessage(v), SenderFault: true}
}
