package eventbridge

import (
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ticker is the schedule of one rule since it was last put or enabled. One that is not in Service.ticking any more has stopped.
type ticker struct {
	service *Service
	rule    *rule
	anchor  time.Time
	next    time.Time
}

// wind starts the schedule of an enabled rule anew and stops the one it had. The scope must be locked.
func (s *Service) wind(r *rule) {
	s.unwind(r)
	if r.schedule == nil || r.disabled() {
		return
	}
	t := &ticker{service: s, rule: r, anchor: s.scope.Engine.Now()}
	s.ticking[r.name] = t
	t.arm(t.anchor)
}

func (s *Service) unwind(r *rule) {
	if r.bus == defaultBus {
		delete(s.ticking, r.name)
	}
}

// arm schedules the first tick after an instant.
func (t *ticker) arm(after time.Time) {
	due, ok := t.rule.schedule.Next(t.anchor, after)
	if !ok {
		return
	}
	t.next = due
	s := t.service
	s.scope.Engine.Schedule(&engine.Task{
		Due: due, Scope: s.scope, Channel: string(t.rule.place), What: "schedule of " + string(t.rule.place), Place: t.rule.place, Run: t.tick,
	})
}

// tick sends the scheduled event to the rule's targets.
//
// Source: EventBridge User Guide, "Creating a rule that runs on a schedule": the event that targets receive.
func (t *ticker) tick() {
	s := t.service
	hold := s.scope.Hold()
	defer hold.End()
	if s.ticking[t.rule.name] != t {
		return
	}
	_, r, err := s.rule(defaultBus, t.rule.name)
	id := s.scope.UUID()
	at := t.next
	t.arm(s.scope.Engine.Now())
	hold.End()
	if err != nil {
		return
	}
	e := entry{source: "aws.events", detailType: "Scheduled Event", detail: "{}", resources: []string{r.arn}, at: at}
	ev := e.event(id, s.scope.Account, s.scope.Region, at)
	lineage := s.record(event.Hop{
		Kind: event.KindArrive, From: event.At(event.PlaceBus, defaultBus), To: r.place, Outcome: event.Delivered, Attempt: 1, Event: ev,
	}, event.Lineage{CorrelationID: id})
	a := arrival{service: s, event: ev, lineage: lineage}
	if len(r.targets) == 0 {
		a.drop(r.place, "", event.Because("NoTargets", "the rule is due but has no targets"))
	}
	for _, to := range r.targets {
		a.deliver(r, to, lineage)
	}
}
