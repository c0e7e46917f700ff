// Implements: PutResourcePolicy for tables and streams, with ExpectedRevisionId; the policy is stored and told.
// Differs from AWS: a policy allows and denies nothing, and of its text only that it is a JSON object is checked.
// Not implemented: nothing else known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// PutResourcePolicy stores the policy of a table or stream.
//
// Source: Amazon DynamoDB API Reference, PutResourcePolicy.
func (s *Service) PutResourcePolicy(c *engine.Call, in *PutResourcePolicyInput) (*PutResourcePolicyOutput, error) {
	if err := checkPolicy(in.Policy); err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if err := s.policyARN(c.Operation, in.ResourceArn); err != nil {
		return nil, err
	}
	if err := s.revise(in.ResourceArn, in.ExpectedRevisionId); err != nil {
		return nil, err
	}
	return &PutResourcePolicyOutput{RevisionId: wire.Some(s.setPolicy(in.ResourceArn, in.Policy))}, nil
}
