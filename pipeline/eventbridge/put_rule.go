// Implements: event patterns in full, rate and cron schedules on the default bus (in UTC), state, description, role (stored), tags of a new rule;
// replaces a rule and keeps its targets.
// Differs from AWS: a rule has no managed owner; a rate begins anew whenever the rule is put or enabled, and a schedule is due to the
// second. The quota of 300 rules on a bus is taken as raised to 20000.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/schedule"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxRules is the quota of rules on one bus.
//
// Source: EventBridge User Guide, quotas, "Number of rules" (300 in most regions by default, AWS raises it on request).
const maxRules = 20_000

// PutRule adds a rule or replaces one.
func (s *Service) PutRule(c *engine.Call, in *PutRuleInput) (*PutRuleOutput, error) {
	compiled, err := checkRule(in)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.bus(in.EventBusName.Or(""))
	if err != nil {
		return nil, err
	}
	due, err := parseSchedule(b.name, in.ScheduleExpression.Or(""))
	if err != nil {
		return nil, err
	}
	r := &rule{
		name: in.Name, arn: s.ruleARN(b.name, in.Name), bus: b.name, place: event.At(event.PlaceRule, b.name+"/"+in.Name),
		settings: *in, state: in.State.Or(RuleStateEnabled), pattern: compiled, schedule: due,
	}
	if i, found := b.find(in.Name); found {
		r.targets = b.rules[i].targets
	} else {
		if len(b.rules) >= maxRules {
			return nil, overLimit()
		}
		s.setTags(r.arn, in.Tags)
	}
	b.put(r)
	s.wind(r)
	c.Lineage(r.place)
	return &PutRuleOutput{RuleArn: wire.Some(r.arn)}, nil
}

func checkRule(in *PutRuleInput) (*pattern.Pattern, error) {
	if in.EventPattern.Or("") == "" {
		if in.ScheduleExpression.Or("") == "" {
			return nil, invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
		}
		return nil, nil
	}
	return compile(in.EventPattern.V)
}

func compile(text string) (*pattern.Pattern, error) {
	p, err := pattern.Compile([]byte(text))
	if err != nil {
		return nil, ErrInvalidEventPatternException(err.Error())
	}
	return p, nil
}

// parseSchedule reads the schedule of a rule; nil is none.
func parseSchedule(busName, expression string) (*schedule.Expression, error) {
	if expression == "" {
		return nil, nil
	}
	if busName != defaultBus {
		return nil, invalid("ScheduleExpression is supported only on the default event bus.")
	}
	x, err := schedule.Parse(expression, nil)
	if err != nil || x.Kind() == schedule.At {
		return nil, invalid("Parameter ScheduleExpression is not valid.")
	}
	return x, nil
}
