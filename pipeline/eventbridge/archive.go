package eventbridge

import (
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// archive keeps the events of a bus. All but its names are guarded by the scope's lock.
type archive struct {
	name, arn, source, bus string
	place                  event.Place
	description, pattern   wire.Opt[string]
	key                    wire.Opt[string]
	compiled               *pattern.Pattern // nil keeps everything
	retention              int32            // days; 0 is for ever
	created                time.Time
	events                 []archived // in the order they came
	size                   int64      // of the bodies, in bytes
}

// archived is an event in an archive. Its time is the one in its envelope.
type archived struct {
	event   *event.Event
	lineage event.Lineage
	kept    time.Time
}

// keep puts the event into an archive if the archive's pattern matches. An event that a replay brought is not archived again.
//
// Source: EventBridge User Guide, "Archiving and replaying events": the rule of an archive asks that replay-name is absent.
func (a *arrival) keep(from event.Place, to *archive) {
	s := a.service
	hold := s.scope.Hold()
	defer hold.End()
	compiled := to.compiled
	hold.End()
	hop := event.Hop{Kind: event.KindMatch, From: from, To: to.place, Outcome: event.Filtered, Event: a.event}
	switch {
	case a.replay != nil || replayed.MatchEvent(a.parsed):
		hop.Reason = event.Because("Replayed", "an event that comes from a replay is not archived again")
	case compiled != nil && !compiled.MatchEvent(a.parsed):
		hop.Reason = mismatch(compiled.Explain(a.parsed))
	default:
		hop.Outcome = event.Delivered
	}
	s.record(hop, a.lineage)
	if hop.Outcome != event.Delivered {
		return
	}
	hold.Resume()
	now := s.scope.Engine.Now()
	to.expire(now)
	to.events = append(to.events, archived{event: a.event, lineage: a.lineage, kept: now})
	to.size += int64(len(a.event.Body))
}

var replayed = pattern.MustCompile(`{"replay-name":[{"exists":true}]}`)

// expire forgets what is older than the retention.
func (a *archive) expire(now time.Time) {
	if a.retention == 0 {
		return
	}
	end := now.AddDate(0, 0, -int(a.retention))
	n := 0
	for n < len(a.events) && !a.events[n].kept.After(end) {
		a.size -= int64(len(a.events[n].event.Body))
		n++
	}
	a.events = slices.Delete(a.events, 0, n)
}

// between returns the events of a time window by the time in their envelope, the end excluded, earliest first.
func (a *archive) between(now, start, end time.Time) []archived {
	a.expire(now)
	var found []archived
	for _, e := range a.events {
		if !e.event.Time.Before(start) && e.event.Time.Before(end) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b archived) int { return a.event.Time.Compare(b.event.Time) })
	return found
}

// replay is one replay. It is guarded by the scope's lock.
type replay struct {
	service     *Service
	name, arn   string
	place, to   event.Place
	settings    StartReplayInput
	state       string
	started     time.Time
	last, ended wire.Opt[time.Time]
	events      []archived    // still to be sent
	call        event.Lineage // of StartReplay
}

// replayPause is how long a replay waits between two minutes of events. AWS promises no pace.
const replayPause = 100 * time.Millisecond

func (r *replay) active() bool { return !r.ended.OK }

// concerns reports whether the replay is for a rule.
func (r *replay) concerns(to *rule) bool {
	only := r.settings.Destination.FilterArns
	return len(only) == 0 || slices.Contains(only, to.arn)
}

func (r *replay) schedule(due time.Time) {
	s := r.service
	s.scope.Engine.Schedule(&engine.Task{
		Due: due, Scope: s.scope, Channel: string(r.place), What: "next minute of " + string(r.place), Place: r.place, Run: r.step,
	})
}

// step sends the events of one minute.
func (r *replay) step() {
	s := r.service
	hold := s.scope.Hold()
	defer hold.End()
	now := s.scope.Engine.Now()
	var batch []archived
	switch {
	case r.state == ReplayStateCancelling:
		r.state, r.ended, r.events = ReplayStateCancelled, wire.Some(now), nil
	case len(r.events) == 0:
		r.state, r.ended = ReplayStateCompleted, wire.Some(now)
	default:
		r.state = ReplayStateRunning
		minute := r.events[0].event.Time.Truncate(time.Minute)
		n := slices.IndexFunc(r.events, func(e archived) bool { return !e.event.Time.Truncate(time.Minute).Equal(minute) })
		if n < 0 {
			n = len(r.events)
		}
		batch, r.events = r.events[:n], r.events[n:]
		r.last = wire.Some(batch[n-1].event.Time)
		r.schedule(now.Add(replayPause))
	}
	hold.End()
	for _, e := range batch {
		s.scope.Engine.Send(r.delivery(e), s.lost)
	}
}

// delivery brings an archived event to its bus again: the same fact in the flow that it belongs to, caused by the replay.
func (r *replay) delivery(e archived) event.Delivery {
	again := *e.event
	again.Body = strings.TrimSuffix(e.event.Body, "}") + `,"replay-name":` + string(wire.AppendString(nil, r.name)) + "}"
	lineage := e.lineage
	lineage.Cause = r.call.Cause
	if lineage.CorrelationID == "" {
		lineage.CorrelationID, lineage.Inferred = r.call.CorrelationID, r.call.Inferred
	}
	return event.Delivery{
		Lineage: lineage, Account: r.service.scope.Account, Region: r.service.scope.Region, From: r.place, To: r.to, Event: &again, Attempt: 1,
	}
}
