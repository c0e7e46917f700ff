// Implements: deletion of rules without targets; a missing rule is success, as at AWS.
// Differs from AWS: Force changes nothing, because no rule is managed by a service.
// Not implemented: nothing.

package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/engine"

// DeleteRule removes a rule that has no targets.
func (s *Service) DeleteRule(c *engine.Call, in *DeleteRuleInput) (*DeleteRuleOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.bus(in.EventBusName.Or(""))
	if err != nil {
		return nil, err
	}
	i, found := b.find(in.Name)
	if !found {
		return &DeleteRuleOutput{}, nil
	}
	r := b.rules[i]
	if len(r.targets) > 0 {
		return nil, invalid("Rule can't be deleted since it has targets.")
	}
	b.remove(in.Name)
	delete(s.tags, r.arn)
	s.unwind(r)
	c.Lineage(r.place)
	return &DeleteRuleOutput{}, nil
}
