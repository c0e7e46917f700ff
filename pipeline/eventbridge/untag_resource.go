// Implements: all of it; keys that are not there are passed over, as at AWS.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// UntagResource removes tags.
func (s *Service) UntagResource(c *engine.Call, in *UntagResourceInput) (*UntagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	place, err := s.tagged(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	s.tags[in.ResourceARN] = slices.DeleteFunc(slices.Clone(s.tags[in.ResourceARN]), func(t Tag) bool { return slices.Contains(in.TagKeys, t.Key) })
	c.Lineage(place)
	return &UntagResourceOutput{}, nil
}
