// Implements: cancellation of a replay that has not ended.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// CancelReplay stops a replay before its next minute of events.
func (s *Service) CancelReplay(c *engine.Call, in *CancelReplayInput) (*CancelReplayOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	r := s.replays[in.ReplayName]
	if r == nil {
		return nil, noSuchReplay(in.ReplayName)
	}
	if !r.active() || r.state == ReplayStateCancelling {
		return nil, ErrIllegalStatusException("Replay " + r.name + " is not in a valid state for this operation.")
	}
	r.state = ReplayStateCancelling
	c.Lineage(r.place)
	return &CancelReplayOutput{ReplayArn: wire.Some(r.arn), State: wire.Some(r.state)}, nil
}
