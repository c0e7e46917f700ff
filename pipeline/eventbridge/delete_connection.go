// Implements: deletion; API destinations that use the connection become inactive.
// Differs from AWS: gone at once.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DeleteConnection removes a connection.
func (s *Service) DeleteConnection(c *engine.Call, in *DeleteConnectionInput) (*DeleteConnectionOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	n := s.connections[in.Name]
	if n == nil {
		return nil, noSuchConnection(in.Name)
	}
	delete(s.connections, n.name)
	c.Lineage(event.At("connection", n.name))
	return &DeleteConnectionOutput{
		ConnectionArn: wire.Some(n.arn), ConnectionState: wire.Some(ConnectionStateDeleting), CreationTime: wire.Some(n.created),
		LastModifiedTime: wire.Some(n.modified), LastAuthorizedTime: wire.Some(n.authorized),
	}, nil
}
