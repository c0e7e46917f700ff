// Implements: bus, prefix, limit and token; sorted by name.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListRules returns the rules of a bus whose names start with the prefix.
func (s *Service) ListRules(_ *engine.Call, in *ListRulesInput) (*ListRulesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.bus(in.EventBusName.Or(""))
	if err != nil {
		return nil, err
	}
	var rules []*rule
	for _, r := range b.rules {
		if strings.HasPrefix(r.name, in.NamePrefix.Or("")) {
			rules = append(rules, r)
		}
	}
	rules, next, err := page(rules, func(r *rule) string { return r.name }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ListRulesOutput{Rules: []Rule{}, NextToken: next}
	for _, r := range rules {
		out.Rules = append(out.Rules, Rule{
			Name: wire.Some(r.name), Arn: wire.Some(r.arn), EventPattern: r.settings.EventPattern, ScheduleExpression: r.settings.ScheduleExpression, State: wire.Some(r.state),
			Description: r.settings.Description, RoleArn: r.settings.RoleArn, EventBusName: wire.Some(b.name),
		})
	}
	return out, nil
}
