// Implements: storing a policy.
// Differs from AWS: the policy changes nothing: no message is audited, masked or refused.
// Not implemented: nothing.

package sns

import (
	"encoding/json"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// PutDataProtectionPolicy stores the data protection policy of a topic.
func (s *Service) PutDataProtectionPolicy(c *engine.Call, in *PutDataProtectionPolicyInput) (*PutDataProtectionPolicyOutput, error) {
	if in.DataProtectionPolicy != "" && !json.Valid([]byte(in.DataProtectionPolicy)) {
		return nil, invalid("DataProtectionPolicy")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(in.ResourceArn, "PutDataProtectionPolicy")
	if err != nil {
		return nil, err
	}
	t.protection = in.DataProtectionPolicy
	c.Lineage(t.place)
	return &PutDataProtectionPolicyOutput{}, nil
}
