package lambda

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxTags is AWS's limit of tags of one resource.
//
// Source: Lambda Developer Guide, "Using tags on event source mappings".
const maxTags = 50

// tagged finds the mapping that has the ARN. The scope must be locked.
//
// Source: the text was recorded against AWS by LocalStack.
func (s *Service) tagged(arn string) (*mapping, error) {
	id, isMapping := strings.CutPrefix(arn, s.mappingARN(""))
	if !isMapping {
		return nil, &wire.Error{Code: "NotImplemented", Status: 501, Message: "dyetrace has tags of the event source mappings of the account and Region only, not of " + arn + "."}
	}
	if m := s.mappings[id]; m != nil {
		return m, nil
	}
	e := ErrResourceNotFoundException("Event source mapping not found: " + arn)
	e.Members = (&ResourceNotFoundExceptionMembers{Type: wire.Some("User")}).AppendMembers
	return nil, e
}

func (s *Service) mappingARN(id string) string {
	return "arn:aws:lambda:" + s.scope.Region + ":" + s.scope.Account + ":event-source-mapping:" + id
}
