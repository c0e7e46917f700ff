// Implements: all of it.
// Differs from AWS: tags come in the order of their keys.
// Not implemented: nothing.

package sns

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ListTagsForResource returns the tags of a topic.
func (s *Service) ListTagsForResource(_ *engine.Call, in *ListTagsForResourceInput) (*ListTagsForResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.tagged(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &ListTagsForResourceOutput{Tags: append([]Tag{}, slices.Clone(t.tags)...)}, nil
}
