// Implements: all members.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeReplay returns one replay.
func (s *Service) DescribeReplay(_ *engine.Call, in *DescribeReplayInput) (*DescribeReplayOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	r := s.replays[in.ReplayName]
	if r == nil {
		return nil, noSuchReplay(in.ReplayName)
	}
	destination := r.settings.Destination
	return &DescribeReplayOutput{
		ReplayName: wire.Some(r.name), ReplayArn: wire.Some(r.arn), Description: r.settings.Description, State: wire.Some(r.state),
		EventSourceArn: wire.Some(r.settings.EventSourceArn), Destination: &destination, EventStartTime: wire.Some(r.settings.EventStartTime),
		EventEndTime: wire.Some(r.settings.EventEndTime), EventLastReplayedTime: r.last, ReplayStartTime: wire.Some(r.started), ReplayEndTime: r.ended,
	}, nil
}
