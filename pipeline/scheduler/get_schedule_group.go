// Implements: name, state, times.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package scheduler

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// GetScheduleGroup returns a group.
func (s *Service) GetScheduleGroup(_ *engine.Call, in *GetScheduleGroupInput) (*GetScheduleGroupOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	g, err := s.group(wire.Some(in.Name))
	if err != nil {
		return nil, err
	}
	return &GetScheduleGroupOutput{
		Arn: wire.Some(s.arn("schedule-group", g.name)), Name: wire.Some(g.name), State: wire.Some(ScheduleGroupStateActive),
		CreationDate: wire.Some(g.created), LastModificationDate: wire.Some(g.modified),
	}, nil
}

// groupPlace is where calls lead that change a group.
func groupPlace(name string) event.Place { return event.At(event.PlaceSchedule, name+"/") }
