// Implements: deauthorization until the connection is updated; deliveries through it fail meanwhile.
// Differs from AWS: at once.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DeauthorizeConnection forgets the authorization of a connection.
func (s *Service) DeauthorizeConnection(c *engine.Call, in *DeauthorizeConnectionInput) (*DeauthorizeConnectionOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	old := s.connections[in.Name]
	if old == nil {
		return nil, noSuchConnection(in.Name)
	}
	n := *old
	n.deauthorized, n.token, n.modified = true, "", s.scope.Engine.Now()
	s.connections[n.name] = &n
	c.Lineage(event.At("connection", n.name))
	return &DeauthorizeConnectionOutput{
		ConnectionArn: wire.Some(n.arn), ConnectionState: wire.Some(ConnectionStateDeauthorizing), CreationTime: wire.Some(n.created),
		LastModifiedTime: wire.Some(n.modified), LastAuthorizedTime: wire.Some(n.authorized),
	}, nil
}
