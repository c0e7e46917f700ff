// Implements: DeleteResourcePolicy for tables and streams, with ExpectedRevisionId; deleting what is not there succeeds.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DeleteResourcePolicy forgets the policy of a table or stream. The answer has the revision of what was there.
//
// Source: Amazon DynamoDB API Reference, DeleteResourcePolicy.
func (s *Service) DeleteResourcePolicy(c *engine.Call, in *DeleteResourcePolicyInput) (*DeleteResourcePolicyOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	if err := s.policyARN(c.Operation, in.ResourceArn); err != nil {
		return nil, err
	}
	if err := s.revise(in.ResourceArn, in.ExpectedRevisionId); err != nil {
		return nil, err
	}
	out := &DeleteResourcePolicyOutput{}
	if old, found := s.policies[in.ResourceArn]; found {
		out.RevisionId = wire.Some(old.revision)
	}
	delete(s.policies, in.ResourceArn)
	return out, nil
}
