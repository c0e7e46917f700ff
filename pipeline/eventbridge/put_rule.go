// Implements: event patterns in full, state, description, role (stored), tags of a new rule; replaces a rule and keeps its targets.
// Differs from AWS: wildcards are never refused as too complex; a rule has no managed owner.
// Not implemented: ScheduleExpression is validated and then refused with NotImplemented.

package eventbridge

import (
	"regexp"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxRules is the default quota of rules on one bus.
//
// Source: EventBridge User Guide, quotas, "Number of rules" (300 in most regions).
const maxRules = 300

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
	if in.ScheduleExpression.Or("") != "" {
		return nil, refuseSchedule(b.name, in.ScheduleExpression.V)
	}
	r := &rule{
		name: in.Name, arn: s.ruleARN(b.name, in.Name), bus: b.name, place: event.At(event.PlaceRule, b.name+"/"+in.Name),
		settings: *in, state: in.State.Or(RuleStateEnabled), pattern: compiled,
	}
	if i, found := b.index(in.Name); found {
		r.targets = b.rules[i].targets
	} else {
		if len(b.rules) >= maxRules {
			return nil, overLimit()
		}
		s.setTags(r.arn, in.Tags)
	}
	b.put(r)
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

var schedule = regexp.MustCompile(`^(rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\)|cron\([0-9A-Z,*/?#-]+( [0-9A-Z,*/?#-]+){5}\))$`)

// refuseSchedule answers what AWS refuses with AWS's error, and what AWS accepts with a clear one: a rule that never
// fires must not look like one that does.
func refuseSchedule(busName, expression string) error {
	if busName != defaultBus {
		return invalid("ScheduleExpression is supported only on the default event bus.")
	}
	if !schedule.MatchString(expression) {
		return invalid("Parameter ScheduleExpression is not valid.")
	}
	return &wire.Error{Code: "NotImplemented", Status: 501, Message: "dyetrace does not implement ScheduleExpression of events:PutRule: the rule would never fire. Use an EventPattern."}
}
