// Implements: the pipe and its position are gone; a delivery under way ends.
// Differs from AWS: it is gone at once (AWS: after a while in DELETING).
// Not implemented: nothing known.

package pipes

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DeletePipe deletes a pipe.
func (s *Service) DeletePipe(c *engine.Call, in *DeletePipeInput) (*DeletePipeOutput, error) {
	hold := s.scope.Hold()
	defer hold.End()
	p, err := s.find(in.Name)
	if err != nil {
		return nil, err
	}
	c.Lineage(p.place)
	p.gone = true
	delete(s.pipes, p.name)
	reader := p.reader
	hold.End()
	if reader != nil {
		reader.Close()
	}
	return &DeletePipeOutput{
		Arn: wire.Some(p.arn), Name: wire.Some(p.name), DesiredState: wire.Some("DELETED"), CurrentState: wire.Some(PipeStateDeleting),
		CreationTime: wire.Some(p.created), LastModifiedTime: wire.Some(p.modified),
	}, nil
}
