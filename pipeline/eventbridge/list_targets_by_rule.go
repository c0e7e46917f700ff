// Implements: all members that PutTargets stores; limit and token; sorted by id.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/engine"

// ListTargetsByRule returns the targets of a rule.
func (s *Service) ListTargetsByRule(_ *engine.Call, in *ListTargetsByRuleInput) (*ListTargetsByRuleOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	_, r, err := s.rule(in.EventBusName.Or(""), in.Rule)
	if err != nil {
		return nil, err
	}
	targets, next, err := page(r.targets, func(t *target) string { return t.settings.Id }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ListTargetsByRuleOutput{Targets: []Target{}, NextToken: next}
	for _, t := range targets {
		out.Targets = append(out.Targets, t.settings)
	}
	return out, nil
}
