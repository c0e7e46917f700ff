// Implements: prefix, limit and token; sorted by name.
// Differs from AWS: there is no resource policy, so Policy is never answered.
// Not implemented: nothing.

package eventbridge

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListEventBuses returns the buses whose names start with the prefix.
func (s *Service) ListEventBuses(_ *engine.Call, in *ListEventBusesInput) (*ListEventBusesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	var names []string
	for _, name := range wire.SortedKeys(s.buses) {
		if strings.HasPrefix(name, in.NamePrefix.Or("")) {
			names = append(names, name)
		}
	}
	names, next, err := page(names, func(n string) string { return n }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ListEventBusesOutput{EventBuses: []EventBus{}, NextToken: next}
	for _, name := range names {
		b := s.buses[name]
		out.EventBuses = append(out.EventBuses, EventBus{
			Name: wire.Some(b.name), Arn: wire.Some(b.arn), Description: b.settings.Description,
			CreationTime: wire.Some(b.created), LastModifiedTime: wire.Some(b.modified),
		})
	}
	return out, nil
}
