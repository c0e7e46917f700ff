package dynamodb

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxPolicy is the largest resource policy in bytes.
//
// Source: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB".
const maxPolicy = 20 << 10

// policy is a resource-based policy, which is stored and told and allows and denies nothing.
type policy struct {
	text     string
	revision string
}

// noPolicy is what ExpectedRevisionId says to mean that there is to be none yet.
const noPolicy = "NO_POLICY"

// policyARN checks that there is a table or stream with that ARN. The scope must be locked.
func (s *Service) policyARN(operation, arn string) error {
	if strings.Contains(arn, "/stream/") {
		_, err := s.findStream(arn)
		return err
	}
	_, err := s.tagged(operation, arn)
	if e, ok := err.(*wire.Error); ok && e.Code == "ResourceNotFoundException" {
		return noTableNamed(strings.TrimPrefix(arn, s.tableARN("")))
	}
	return err
}

// revise checks ExpectedRevisionId against the policy that is there. The scope must be locked.
//
// Source: answers of the service that moto's tests record.
func (s *Service) revise(arn string, expected wire.Opt[string]) error {
	old, found := s.policies[arn]
	table := nameOrARN(arn)
	const text = "Resource-based policy not found for the provided ResourceArn: "
	switch {
	case !expected.OK || expected.V == old.revision || expected.V == noPolicy && !found:
		return nil
	case expected.V == noPolicy:
		return ErrPolicyNotFoundException(text + "Requested policy update expecting none to be present for table " + table +
			", but a policy exists with revision id " + old.revision + ".")
	case !found:
		return ErrPolicyNotFoundException(text + arn)
	}
	return ErrPolicyNotFoundException(text + "Requested update for policy with revision id " + expected.V +
		", but the policy associated to target table " + table + " has revision id " + old.revision + ".")
}

// setPolicy stores a policy under a new revision; one that is the same keeps its own. The scope must be locked.
func (s *Service) setPolicy(arn, text string) (revision string) {
	if old, found := s.policies[arn]; found && old.text == text {
		return old.revision
	}
	revision = itoa(int(s.scope.Engine.Now().UnixMilli())) + itoa(100+s.scope.IntN(900))
	s.policies[arn] = policy{text, revision}
	return revision
}

// checkPolicy refuses what is no JSON object, and what is too large.
func checkPolicy(text string) error {
	d := wire.NewDecoder([]byte(text))
	err := d.Object(func(string) error { return d.Skip() })
	if err == nil {
		err = d.End()
	}
	switch {
	case err != nil:
		return invalid("Invalid policy document: " + err.Error())
	case len(text) > maxPolicy:
		return ErrLimitExceededException("Policy size exceeds the maximum of " + itoa(maxPolicy) + " bytes")
	}
	return nil
}
