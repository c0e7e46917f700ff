// Implements: bus, limit and token; sorted by name.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/engine"

// ListRuleNamesByTarget returns the rules of a bus that have a target with that ARN.
func (s *Service) ListRuleNamesByTarget(_ *engine.Call, in *ListRuleNamesByTargetInput) (*ListRuleNamesByTargetOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.bus(in.EventBusName.Or(""))
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, r := range b.rules {
		for _, t := range r.targets {
			if t.settings.Arn == in.TargetArn {
				names = append(names, r.name)
				break
			}
		}
	}
	names, next, err := page(names, func(n string) string { return n }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	return &ListRuleNamesByTargetOutput{RuleNames: names, NextToken: next}, nil
}
