// Implements: replays of the archived events of a time window to the bus they came from, to all of its rules or to some; the events carry replay-name.
// Differs from AWS: minutes in which nothing happened take no time, any other 100 ms; within a minute the order is that of the events.
// Not implemented: nothing.

package eventbridge

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxReplays is the default quota of replays of an account and region that run at the same time.
//
// Source: EventBridge User Guide, quotas, "Active replays".
const maxReplays = 10

// StartReplay begins to send archived events to their bus again.
func (s *Service) StartReplay(c *engine.Call, in *StartReplayInput) (*StartReplayOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	a, err := s.replayed(in)
	if err != nil {
		return nil, err
	}
	now := s.scope.Engine.Now()
	r := &replay{
		service: s, name: in.ReplayName, arn: s.arn("replay/" + in.ReplayName), place: event.At(event.PlaceReplay, in.ReplayName),
		settings: *in, state: ReplayStateStarting, started: now, events: a.between(now, in.EventStartTime, in.EventEndTime),
	}
	r.to = event.At(event.PlaceBus, a.bus)
	r.call = c.Lineage(r.place)
	s.replays[r.name] = r
	r.schedule(now)
	return &StartReplayOutput{ReplayArn: wire.Some(r.arn), State: wire.Some(r.state), ReplayStartTime: wire.Some(now)}, nil
}

// replayed checks a request and returns the archive it names. The scope must be locked.
//
// Source: the texts, and that the times are looked at before the bus of the archive, were recorded against AWS by LocalStack.
func (s *Service) replayed(in *StartReplayInput) (*archive, error) {
	to, ok := parseARN(in.Destination.Arn)
	if !ok || to.Service != "events" || !strings.HasPrefix(to.Resource, "event-bus/") {
		return nil, invalid("Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.")
	}
	b, err := s.bus(in.Destination.Arn)
	if err != nil {
		return nil, err
	}
	source, ok := parseARN(in.EventSourceArn)
	name, isArchive := strings.CutPrefix(source.Resource, "archive/")
	if !ok || !isArchive {
		return nil, invalid("Parameter EventSourceArn is not valid. Reason: Must contain an archive ARN.")
	}
	a := s.archives[name]
	switch {
	case a == nil || a.arn != in.EventSourceArn:
		return nil, invalid("Parameter EventSourceArn is not valid. Reason: Archive " + name + " does not exist.")
	case !in.EventStartTime.Before(in.EventEndTime):
		return nil, invalid("Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.")
	case a.bus != b.name:
		return nil, invalid("Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.")
	case s.replays[in.ReplayName] != nil:
		return nil, ErrResourceAlreadyExistsException("Replay " + in.ReplayName + " already exists.")
	}
	for _, arn := range in.Destination.FilterArns {
		if !slices.ContainsFunc(b.rules, func(r *rule) bool { return r.arn == arn }) {
			return nil, ErrResourceNotFoundException("Rule " + arn + " does not exist on EventBus " + b.name + ".")
		}
	}
	active := 0
	for _, r := range s.replays {
		if r.active() {
			active++
		}
	}
	if active >= maxReplays {
		return nil, overLimit()
	}
	return a, nil
}
