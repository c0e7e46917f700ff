// Implements: all of it; keys that are not there are passed over, as at AWS.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// UntagResource removes tags.
func (s *Service) UntagResource(c *engine.Call, in *UntagResourceInput) (*UntagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.tagged(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	t.tags = slices.DeleteFunc(slices.Clone(t.tags), func(tag Tag) bool { return slices.Contains(in.TagKeys, tag.Key) })
	c.Lineage(t.place)
	return &UntagResourceOutput{}, nil
}
