// Implements: replaces everything; what the request leaves out gets its default.
// Differs from AWS: as CreateSchedule; a rate without a start date begins anew.
// Not implemented: as CreateSchedule.

package scheduler

import "github.com/dyetrace/dyetrace/pipeline/engine"

// UpdateSchedule replaces the settings of a schedule. Firings under way go on with the old ones.
func (s *Service) UpdateSchedule(c *engine.Call, in *UpdateScheduleInput) (*UpdateScheduleOutput, error) {
	settings, when, to, err := s.compile(CreateScheduleInput(*in))
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	x, err := s.find(in.GroupName, in.Name)
	if err != nil {
		return nil, err
	}
	settings.ClientToken = x.settings.ClientToken
	s.set(x, settings, when, to, c.Lineage(x.place))
	return &UpdateScheduleOutput{ScheduleArn: x.arn}, nil
}
