// Implements: the group and all its schedules are gone; the default group cannot be deleted.
// Differs from AWS: they are gone at once (AWS: after a while in DELETING).
// Not implemented: nothing known.

package scheduler

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DeleteScheduleGroup deletes a group with its schedules.
func (s *Service) DeleteScheduleGroup(c *engine.Call, in *DeleteScheduleGroupInput) (*DeleteScheduleGroupOutput, error) {
	if in.Name == defaultGroup {
		return nil, invalid("The default schedule group cannot be deleted.")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	g, err := s.group(wire.Some(in.Name))
	if err != nil {
		return nil, err
	}
	c.Lineage(groupPlace(g.name))
	for _, x := range g.schedules {
		x.round++
	}
	delete(s.groups, g.name)
	return &DeleteScheduleGroupOutput{}, nil
}
