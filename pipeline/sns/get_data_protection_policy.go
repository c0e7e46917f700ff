// Implements: all of it.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// GetDataProtectionPolicy returns the data protection policy of a topic.
func (s *Service) GetDataProtectionPolicy(_ *engine.Call, in *GetDataProtectionPolicyInput) (*GetDataProtectionPolicyOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(in.ResourceArn, "GetDataProtectionPolicy")
	if err != nil {
		return nil, err
	}
	out := &GetDataProtectionPolicyOutput{}
	if t.protection != "" {
		out.DataProtectionPolicy = wire.Some(t.protection)
	}
	return out, nil
}
