// Implements: tags of buses and rules, sorted by key.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ListTagsForResource returns the tags of a bus or rule.
func (s *Service) ListTagsForResource(_ *engine.Call, in *ListTagsForResourceInput) (*ListTagsForResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	if _, err := s.tagged(in.ResourceARN); err != nil {
		return nil, err
	}
	return &ListTagsForResourceOutput{Tags: append([]Tag{}, slices.Clone(s.tags[in.ResourceARN])...)}, nil
}
