// Implements: all of it.
// Differs from AWS: nothing known; AWS may take a moment until the change counts, here it counts at once.
// Not implemented: nothing.

package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/engine"

// EnableRule lets a rule match again.
func (s *Service) EnableRule(c *engine.Call, in *EnableRuleInput) (*EnableRuleOutput, error) {
	if err := s.setState(c, in.EventBusName.Or(""), in.Name, RuleStateEnabled); err != nil {
		return nil, err
	}
	return &EnableRuleOutput{}, nil
}

func (s *Service) setState(c *engine.Call, busRef, name, state string) error {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, r, err := s.rule(busRef, name)
	if err != nil {
		return err
	}
	changed := *r
	changed.state = state
	b.put(&changed)
	s.wind(&changed)
	c.Lineage(r.place)
	return nil
}
