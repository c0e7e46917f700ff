// Implements: prefix, state, limit and token; sorted by name.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"maps"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListConnections returns connections.
func (s *Service) ListConnections(_ *engine.Call, in *ListConnectionsInput) (*ListConnectionsOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	now := s.scope.Engine.Now()
	var found []*connection
	for _, name := range slices.Sorted(maps.Keys(s.connections)) {
		if n := s.connections[name]; strings.HasPrefix(name, in.NamePrefix.Or("")) && (!in.ConnectionState.OK || n.state(now) == in.ConnectionState.V) {
			found = append(found, n)
		}
	}
	found, next, err := page(found, func(n *connection) string { return n.name }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ListConnectionsOutput{Connections: []Connection{}, NextToken: next}
	for _, n := range found {
		out.Connections = append(out.Connections, Connection{
			ConnectionArn: wire.Some(n.arn), Name: wire.Some(n.name), ConnectionState: wire.Some(n.state(now)), AuthorizationType: wire.Some(n.kind),
			CreationTime: wire.Some(n.created), LastModifiedTime: wire.Some(n.modified), LastAuthorizedTime: wire.Some(n.authorized),
		})
	}
	return out, nil
}
