// Implements: prefix, limit and token; sorted by name.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListEventSources returns the partner event sources that are offered to the account.
func (s *Service) ListEventSources(_ *engine.Call, in *ListEventSourcesInput) (*ListEventSourcesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	list := []EventSource{}
	for _, name := range wire.SortedKeys(s.sources) {
		if src, err := s.source(name); err == nil && strings.HasPrefix(name, in.NamePrefix.Or("")) {
			list = append(list, s.describe(src))
		}
	}
	list, next, err := page(list, func(src EventSource) string { return src.Name.V }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	return &ListEventSourcesOutput{EventSources: list, NextToken: next}, nil
}
