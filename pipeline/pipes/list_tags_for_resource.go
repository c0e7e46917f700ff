// Implements: all tags of a pipe.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package pipes

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ListTagsForResource returns the tags of a pipe.
func (s *Service) ListTagsForResource(_ *engine.Call, in *ListTagsForResourceInput) (*ListTagsForResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	p, err := s.byARN(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &ListTagsForResourceOutput{Tags: maps.Clone(p.tags)}, nil
}
