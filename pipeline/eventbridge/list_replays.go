// Implements: one of prefix, source and state as filter, limit and token; sorted by name.
// Differs from AWS: replays are never forgotten, AWS keeps them for 90 days.
// Not implemented: nothing.

package eventbridge

import (
	"maps"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListReplays returns replays.
func (s *Service) ListReplays(_ *engine.Call, in *ListReplaysInput) (*ListReplaysOutput, error) {
	if given(in.NamePrefix, in.EventSourceArn, in.State) > 1 {
		return nil, invalid("At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	var found []*replay
	for _, name := range slices.Sorted(maps.Keys(s.replays)) {
		r := s.replays[name]
		if strings.HasPrefix(name, in.NamePrefix.Or("")) && r.settings.EventSourceArn == in.EventSourceArn.Or(r.settings.EventSourceArn) && r.state == in.State.Or(r.state) {
			found = append(found, r)
		}
	}
	found, next, err := page(found, func(r *replay) string { return r.name }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ListReplaysOutput{Replays: []Replay{}, NextToken: next}
	for _, r := range found {
		out.Replays = append(out.Replays, Replay{
			ReplayName: wire.Some(r.name), EventSourceArn: wire.Some(r.settings.EventSourceArn), State: wire.Some(r.state),
			EventStartTime: wire.Some(r.settings.EventStartTime), EventEndTime: wire.Some(r.settings.EventEndTime), EventLastReplayedTime: r.last,
			ReplayStartTime: wire.Some(r.started), ReplayEndTime: r.ended,
		})
	}
	return out, nil
}
