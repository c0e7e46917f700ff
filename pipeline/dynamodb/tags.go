package dynamodb

import (
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Limits of tags.
//
// Source: Amazon DynamoDB Developer Guide, "Tagging restrictions".
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

func (s *Service) changeTags(c *engine.Call, arn string, change func(map[string]string) (map[string]string, error)) error {
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.tagged(c.Operation, arn)
	if err != nil {
		return err
	}
	tags, err := change(t.tags)
	if err != nil {
		return err
	}
	t.tags = tags
	c.Lineage(t.place)
	return nil
}

// tagged finds the table with that ARN; one in another account is nobody's business. The scope must be locked.
func (s *Service) tagged(operation, arn string) (*table, error) {
	switch {
	case !strings.HasPrefix(arn, "arn:"):
		return nil, invalid(prefixInvalid + "ARNs must start with 'arn:': " + arn)
	case strings.HasPrefix(arn, "arn:aws:dynamodb:"+s.scope.Region+":") && !strings.HasPrefix(arn, s.tableARN("")) && strings.Contains(arn, ":table/"):
		return nil, s.denied(operation, arn)
	case strings.Contains(arn, ":table/") && strings.Contains(arn, "/index/"):
		return nil, invalid(prefixInvalid + "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " + arn)
	case !strings.HasPrefix(arn, s.tableARN("")):
		return nil, invalid("Invalid TableArn: Invalid ResourceArn provided as input " + arn)
	}
	if t := s.tables[strings.TrimPrefix(arn, s.tableARN(""))]; t != nil {
		return t, nil
	}
	if s.scope.Account == nobody {
		return nil, s.denied(operation, arn)
	}
	return nil, ErrResourceNotFoundException(msgNoSuchResource + ": ResourcArn: " + arn + " not found")
}

// nobody is the account of callers whose credentials name none. AWS has no such account: whoever asks it for what an ARN with
// that account names, and is not there, is told what anybody is told of another's resources.
const nobody = "000000000000"

func (s *Service) denied(operation, arn string) error {
	return &wire.Error{Code: "AccessDeniedException", Namespace: namespaceOfFrontend, SenderFault: true, Message: "User: arn:aws:iam::" +
		s.scope.Account + ":root is not authorized to perform: dynamodb:" + operation + " on resource: " + arn}
}

// notInTags reports whether tags cannot have the character.
//
// Source: Amazon DynamoDB Developer Guide, "Tagging restrictions".
func notInTags(c rune) bool {
	return !unicode.IsLetter(c) && !unicode.IsNumber(c) && !unicode.IsSpace(c) && !strings.ContainsRune("+-=._:/@", c)
}

// mergeTags returns old with the tags of a request, and checks them.
func mergeTags(old map[string]string, tags []Tag) (map[string]string, error) {
	merged := make(map[string]string, len(old)+len(tags))
	seen := make(map[string]bool, len(tags))
	maps.Copy(merged, old)
	for _, tag := range tags {
		switch {
		case tag.Key == "" || utf8.RuneCountInString(tag.Key) > maxTagKey || strings.ContainsFunc(tag.Key, notInTags):
			return nil, invalid("The Tag Key provided is invalid, Key: " + tag.Key)
		case utf8.RuneCountInString(tag.Value) > maxTagValue || strings.ContainsFunc(tag.Value, notInTags):
			return nil, invalid("The Tag Value provided is invalid, Value: " + tag.Value)
		case strings.HasPrefix(tag.Key, "aws:"):
			return nil, invalid("Tag Key cannot be prefixed with aws:, Key: " + tag.Key)
		case seen[tag.Key]:
			return nil, invalid("Duplicate Tag Keys provided as input: Duplicate Tag Key found " + tag.Key)
		}
		seen[tag.Key] = true
		merged[tag.Key] = tag.Value
	}
	if len(merged) > maxTags {
		return nil, invalid("Number of Tags exceed the current limit for the provided ResourceArn")
	}
	return merged, nil
}
