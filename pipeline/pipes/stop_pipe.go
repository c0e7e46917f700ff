// Implements: the pipe keeps its position; a delivery under way ends first.
// Differs from AWS: it stops at once (AWS: after a while in STOPPING).
// Not implemented: nothing known.

package pipes

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// StopPipe stops a running pipe.
func (s *Service) StopPipe(c *engine.Call, in *StopPipeInput) (*StopPipeOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	p, err := s.find(in.Name)
	if err != nil {
		return nil, err
	}
	if p.current != PipeStateRunning {
		return nil, ErrConflictException("Pipe " + in.Name + " is in state " + p.current + " and cannot be stopped.")
	}
	c.Lineage(p.place)
	p.desired, p.current, p.modified = RequestedPipeStateStopped, PipeStateStopped, s.scope.Engine.Now()
	return &StopPipeOutput{
		Arn: wire.Some(p.arn), Name: wire.Some(p.name), DesiredState: wire.Some(p.desired), CurrentState: wire.Some(PipeStateStopping),
		CreationTime: wire.Some(p.created), LastModifiedTime: wire.Some(p.modified),
	}, nil
}
