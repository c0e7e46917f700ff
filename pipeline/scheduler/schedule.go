package scheduler

import (
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// schedule is one schedule. The scope's lock guards it.
type schedule struct {
	service  *Service
	group    *group
	settings CreateScheduleInput // with defaults
	arn      string
	place    event.Place
	created  time.Time
	modified time.Time
	lineage  event.Lineage // of the call that set it

	timing timing
	target target
	round  uint64 // counts updates; what was planned before one does not happen

	waiting int       // firings planned
	running int       // firings whose delivery is neither done nor given up
	due     time.Time // of the planned firing; of several, the last
	over    bool      // nothing is planned behind those waiting
	fired   bool
}

// compile checks everything that the model cannot and returns the settings with AWS's defaults, the timing and the target.
//
// Source: a public client quotes what AWS says of a window in the mode OFF; the text of the other mode is made like it.
func (s *Service) compile(in CreateScheduleInput) (CreateScheduleInput, timing, target, error) {
	in.State = wire.Some(in.State.Or(ScheduleStateEnabled))
	in.ActionAfterCompletion = wire.Some(in.ActionAfterCompletion.Or(ActionAfterCompletionNone))
	in.ScheduleExpressionTimezone = wire.Some(in.ScheduleExpressionTimezone.Or("UTC"))
	in.GroupName = wire.Some(in.GroupName.Or(defaultGroup))
	retry := RetryPolicy{}
	if in.Target.RetryPolicy != nil {
		retry = *in.Target.RetryPolicy
	}
	retry.MaximumRetryAttempts = wire.Some(retry.MaximumRetryAttempts.Or(defaultRetries))
	retry.MaximumEventAgeInSeconds = wire.Some(retry.MaximumEventAgeInSeconds.Or(defaultMaxAge))
	in.Target.RetryPolicy = &retry
	switch flexible, window := in.FlexibleTimeWindow.Mode == FlexibleTimeWindowModeFlexible, in.FlexibleTimeWindow.MaximumWindowInMinutes.OK; {
	case window && !flexible:
		return in, timing{}, target{}, invalid("MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF.")
	case flexible && !window:
		return in, timing{}, target{}, invalid("MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.")
	}
	when, err := compileTiming(&in, s.scope.Engine.Now())
	if err != nil {
		return in, timing{}, target{}, err
	}
	to, err := s.compileTarget(&in.Target)
	return in, when, to, err
}

// set gives a schedule its settings and plans its first firing. The scope must be locked.
func (s *Service) set(x *schedule, in CreateScheduleInput, when timing, to target, lineage event.Lineage) {
	x.settings, x.timing, x.target, x.lineage = in, when, to, lineage
	x.modified = s.scope.Engine.Now()
	x.round++
	x.waiting, x.fired, x.over = 0, false, in.State.V != ScheduleStateEnabled
	if !x.over {
		s.plan(x, when.from)
	}
}

// plan plans the first firing after the given instant. The scope must be locked.
func (s *Service) plan(x *schedule, after time.Time) {
	scheduled, ok := x.timing.next(after)
	if !ok {
		x.over = true
		s.complete(x)
		return
	}
	window := int(x.settings.FlexibleTimeWindow.MaximumWindowInMinutes.V) * 60
	x.due = scheduled
	if window > 0 {
		x.due = scheduled.Add(time.Duration(s.scope.IntN(window)) * time.Second)
	}
	x.waiting++
	x.over = x.timing.once
	round, due := x.round, x.due
	s.schedule(x, due, func() { s.fire(x, round, scheduled, due) })
	if x.timing.once {
		return
	}
	s.schedule(x, scheduled, func() {
		s.scope.Lock()
		defer s.scope.Unlock()
		if x.round == round {
			s.plan(x, scheduled)
		}
	})
}

func (s *Service) schedule(x *schedule, due time.Time, run func()) {
	s.scope.Engine.Schedule(&engine.Task{
		Due: due, Scope: s.scope, Channel: string(x.place) + "@" + s.scope.Account + "/" + s.scope.Region, What: string(x.place) + " fires", Place: x.place,
		Wake: true, Run: run,
	})
}

// complete deletes a schedule that is to be deleted and has nothing left to do. The scope must be locked.
func (s *Service) complete(x *schedule) {
	done := x.fired && x.over && x.waiting == 0 && x.running == 0 && x.settings.State.V == ScheduleStateEnabled
	if done && x.settings.ActionAfterCompletion.V == ActionAfterCompletionDelete && x.group.schedules[x.settings.Name] == x {
		x.round++
		delete(x.group.schedules, x.settings.Name)
	}
}
