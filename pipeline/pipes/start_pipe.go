// Implements: a stopped pipe goes on where it stopped; one that never ran begins at its starting position.
// Differs from AWS: it runs at once (AWS: after a while in STARTING).
// Not implemented: nothing known.

package pipes

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// StartPipe runs a stopped pipe.
func (s *Service) StartPipe(c *engine.Call, in *StartPipeInput) (*StartPipeOutput, error) {
	hold := s.scope.Hold()
	defer hold.End()
	p, err := s.find(in.Name)
	if err == nil && p.current == PipeStateRunning {
		err = ErrConflictException("Pipe " + in.Name + " is in state RUNNING and cannot be started.")
	}
	if err != nil {
		return nil, err
	}
	c.Lineage(p.place)
	p.desired, p.modified = RequestedPipeStateRunning, s.scope.Engine.Now()
	out := &StartPipeOutput{
		Arn: wire.Some(p.arn), Name: wire.Some(p.name), DesiredState: wire.Some(p.desired), CurrentState: wire.Some(PipeStateStarting),
		CreationTime: wire.Some(p.created), LastModifiedTime: wire.Some(p.modified),
	}
	hold.End()
	s.run(p, PipeStateStartFailed)
	return out, nil
}
