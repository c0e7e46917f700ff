// Implements: all attributes, or those that are named.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import (
	"maps"
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// GetSMSAttributes returns the attributes of all SMS of the account and region.
func (s *Service) GetSMSAttributes(_ *engine.Call, in *GetSMSAttributesInput) (*GetSMSAttributesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	out := maps.Clone(s.sms.attributes)
	if len(in.Attributes) > 0 {
		maps.DeleteFunc(out, func(name, _ string) bool { return !slices.Contains(in.Attributes, name) })
	}
	return &GetSMSAttributesOutput{Attributes: out}, nil
}
