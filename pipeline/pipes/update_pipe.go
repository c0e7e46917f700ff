// Implements: description, desired state, filters, stream parameters, target, target parameters.
// Differs from AWS: holds from the next record on (AWS: after a minute or so in UPDATING).
// Not implemented: as CreatePipe.

package pipes

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// UpdatePipe changes a pipe; what the request leaves out stays. The position in the stream stays, too.
func (s *Service) UpdatePipe(c *engine.Call, in *UpdatePipeInput) (*UpdatePipeOutput, error) {
	hold := s.scope.Hold()
	defer hold.End()
	p, err := s.find(in.Name)
	if err != nil {
		return nil, err
	}
	set := p.settings.updated(in)
	plan, err := s.compile(&set)
	if err != nil {
		return nil, err
	}
	c.Lineage(p.place)
	p.settings, p.plan, p.modified = set, plan, s.scope.Engine.Now()
	p.desired = in.DesiredState.Or(p.desired)
	run := p.desired == RequestedPipeStateRunning && p.current != PipeStateRunning
	if p.desired == RequestedPipeStateStopped {
		p.current = PipeStateStopped
	}
	out := &UpdatePipeOutput{
		Arn: wire.Some(p.arn), Name: wire.Some(p.name), DesiredState: wire.Some(p.desired), CurrentState: wire.Some(PipeStateUpdating),
		CreationTime: wire.Some(p.created), LastModifiedTime: wire.Some(p.modified),
	}
	hold.End()
	if run {
		s.run(p, PipeStateUpdateFailed)
	}
	return out, nil
}
