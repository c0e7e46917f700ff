package eventbridge

import (
	"fmt"
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// pace keeps the invocation rate of an API destination. The scope's lock guards it.
type pace struct {
	taken []time.Time // when requests of the last second were made and later ones will be, earliest first
}

// next returns when the next request may be made, and counts on it.
func (p *pace) next(now time.Time, rate int) time.Time {
	past := 0
	for past < len(p.taken) && !p.taken[past].Add(time.Second).After(now) {
		past++
	}
	p.taken = slices.Delete(p.taken, 0, past)
	due := now
	if n := len(p.taken); n >= rate {
		due = p.taken[n-rate].Add(time.Second)
	}
	p.taken = append(p.taken, due)
	return due
}

// back gives the last turn back.
func (p *pace) back() { p.taken = p.taken[:len(p.taken)-1] }

// turn returns when a request to the destination may be made; if that is after until, which is not zero, it is nobody's turn. The scope
// must be locked.
func (s *Service) turn(d *destination, now, until time.Time) (due time.Time, inTime bool) {
	p := s.paces[d.name]
	if p == nil {
		p = &pace{}
		s.paces[d.name] = p
	}
	due = p.next(now, int(d.rate))
	if !until.IsZero() && !due.Before(until) {
		p.back()
		return due, false
	}
	return due, true
}

// wait makes the request when it is its turn.
func (a *asking) wait(due time.Time, rate int32) {
	s, d := a.service, a.delivery
	a.delivery.Lineage = s.record(event.Hop{
		Kind: event.KindRetry, From: d.From, To: d.To, Outcome: event.Delayed, Due: due, Attempt: d.Attempt, Event: d.Event,
		Reason: event.Because("InvocationRateLimit", fmt.Sprintf("the API destination takes %d requests a second; this one waits for its turn", rate)),
	}, d.Lineage)
	s.scope.Engine.Schedule(&engine.Task{
		Due: due, Scope: s.scope, Channel: string(d.To) + "@" + s.scope.Account, What: "request to " + string(d.To), Place: d.To, Event: d.Event, Fact: d.Fact, Run: a.begin,
	})
}
