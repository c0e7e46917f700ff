// Implements: everything that was set, with defaults, and the times.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package scheduler

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// GetSchedule returns a schedule.
func (s *Service) GetSchedule(_ *engine.Call, in *GetScheduleInput) (*GetScheduleOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	x, err := s.find(in.GroupName, in.Name)
	if err != nil {
		return nil, err
	}
	set := x.settings
	return &GetScheduleOutput{
		Arn: wire.Some(x.arn), GroupName: set.GroupName, Name: wire.Some(set.Name), ScheduleExpression: wire.Some(set.ScheduleExpression),
		StartDate: set.StartDate, EndDate: set.EndDate, Description: set.Description, ScheduleExpressionTimezone: set.ScheduleExpressionTimezone,
		State: set.State, CreationDate: wire.Some(x.created), LastModificationDate: wire.Some(x.modified), KmsKeyArn: set.KmsKeyArn, Target: &set.Target,
		FlexibleTimeWindow: &set.FlexibleTimeWindow, ActionAfterCompletion: set.ActionAfterCompletion,
	}, nil
}
