// Implements: at, rate and cron expressions, time zones, flexible time window (drawn from the seed), start and end date, state, group,
// ActionAfterCompletion, retry policy, dead-letter queue, context attributes; targets: SQS, SNS, event bus, Lambda function; universal
// targets: those operations of the pipeline's services that do more than read, and lambda:invoke.
// Differs from AWS: fires at the second (AWS: within the minute); errors are retried unless they are the caller's fault, after pauses
// from one second to 7.5 minutes (AWS's are not documented); missing fields of a universal target's input are told at once for the
// operations of messages, events, functions and items only, for others when it fires; a dead-letter queue that does not exist is found out when it is needed; texts of errors that no recorded
// answer shows are ours.
// Not implemented: other templated targets, RoleArn and KmsKeyArn (kept, not checked), quotas.

package scheduler

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// CreateSchedule makes a schedule and, if it is enabled, plans its first firing.
func (s *Service) CreateSchedule(c *engine.Call, in *CreateScheduleInput) (*CreateScheduleOutput, error) {
	settings, when, to, err := s.compile(*in)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	g, err := s.group(settings.GroupName)
	if err != nil {
		return nil, err
	}
	if old := g.schedules[in.Name]; old != nil {
		if in.ClientToken.OK && old.settings.ClientToken == in.ClientToken {
			return &CreateScheduleOutput{ScheduleArn: old.arn}, nil // a repetition of the call
		}
		return nil, ErrConflictException("Schedule " + in.Name + " already exists.")
	}
	x := &schedule{
		service: s, group: g, arn: s.arn("schedule", g.name+"/"+in.Name), place: event.At(event.PlaceSchedule, g.name+"/"+in.Name), created: s.scope.Engine.Now(),
	}
	g.schedules[in.Name] = x
	s.set(x, settings, when, to, c.Lineage(x.place))
	return &CreateScheduleOutput{ScheduleArn: x.arn}, nil
}
