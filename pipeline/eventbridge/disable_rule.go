// Implements: all of it; a disabled rule delivers nothing, and says so for each event of its bus.
// Differs from AWS: nothing known; AWS may take a moment until the change counts, here it counts at once.
// Not implemented: nothing.

package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/engine"

// DisableRule keeps a rule from matching.
func (s *Service) DisableRule(c *engine.Call, in *DisableRuleInput) (*DisableRuleOutput, error) {
	if err := s.setState(c, in.EventBusName.Or(""), in.Name, RuleStateDisabled); err != nil {
		return nil, err
	}
	return &DisableRuleOutput{}, nil
}
