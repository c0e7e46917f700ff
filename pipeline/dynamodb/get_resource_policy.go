// Implements: GetResourcePolicy for tables and streams.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// GetResourcePolicy returns the policy of a table or stream.
//
// Source: Amazon DynamoDB API Reference, GetResourcePolicy.
func (s *Service) GetResourcePolicy(c *engine.Call, in *GetResourcePolicyInput) (*GetResourcePolicyOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	if err := s.policyARN(c.Operation, in.ResourceArn); err != nil {
		return nil, err
	}
	p, found := s.policies[in.ResourceArn]
	if !found {
		return nil, ErrPolicyNotFoundException("Resource-based policy not found for the provided ResourceArn: " + in.ResourceArn)
	}
	return &GetResourcePolicyOutput{Policy: wire.Some(p.text), RevisionId: wire.Some(p.revision)}, nil
}
