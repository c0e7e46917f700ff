// Implements: all members that PutRule stores.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeRule returns one rule.
func (s *Service) DescribeRule(_ *engine.Call, in *DescribeRuleInput) (*DescribeRuleOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, r, err := s.rule(in.EventBusName.Or(""), in.Name)
	if err != nil {
		return nil, err
	}
	return &DescribeRuleOutput{
		Name: wire.Some(r.name), Arn: wire.Some(r.arn), EventPattern: r.settings.EventPattern, ScheduleExpression: r.settings.ScheduleExpression, State: wire.Some(r.state),
		Description: r.settings.Description, RoleArn: r.settings.RoleArn, EventBusName: wire.Some(b.name), CreatedBy: wire.Some(s.scope.Account),
	}, nil
}
