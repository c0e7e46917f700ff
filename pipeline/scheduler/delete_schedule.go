// Implements: the schedule is gone and fires no more; an invocation under way goes on.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package scheduler

import "github.com/dyetrace/dyetrace/pipeline/engine"

// DeleteSchedule deletes a schedule.
func (s *Service) DeleteSchedule(c *engine.Call, in *DeleteScheduleInput) (*DeleteScheduleOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	x, err := s.find(in.GroupName, in.Name)
	if err != nil {
		return nil, err
	}
	c.Lineage(x.place)
	x.round++
	delete(x.group.schedules, in.Name)
	return &DeleteScheduleOutput{}, nil
}
