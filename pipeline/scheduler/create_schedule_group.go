// Implements: name, tags, client token.
// Differs from AWS: texts of errors are ours.
// Not implemented: the quota of 500 groups.

package scheduler

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// CreateScheduleGroup makes an empty group.
func (s *Service) CreateScheduleGroup(c *engine.Call, in *CreateScheduleGroupInput) (*CreateScheduleGroupOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	arn := s.arn("schedule-group", in.Name)
	if old := s.groups[in.Name]; old != nil {
		if in.ClientToken.OK && in.ClientToken.V == old.token {
			return &CreateScheduleGroupOutput{ScheduleGroupArn: arn}, nil // a repetition of the call
		}
		return nil, ErrConflictException("Schedule group " + in.Name + " already exists.")
	}
	c.Lineage(groupPlace(in.Name))
	now := s.scope.Engine.Now()
	g := &group{name: in.Name, created: now, modified: now, token: in.ClientToken.V, tags: map[string]string{}, schedules: map[string]*schedule{}}
	for _, t := range in.Tags {
		g.tags[t.Key] = t.Value
	}
	s.groups[in.Name] = g
	return &CreateScheduleGroupOutput{ScheduleGroupArn: arn}, nil
}
