// Implements: removal of tags by key; keys that are not there are passed over.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package scheduler

import "github.com/dyetrace/dyetrace/pipeline/engine"

// UntagResource removes tags from a group.
func (s *Service) UntagResource(c *engine.Call, in *UntagResourceInput) (*UntagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	g, err := s.byARN(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	c.Lineage(groupPlace(g.name))
	for _, key := range in.TagKeys {
		delete(g.tags, key)
	}
	return &UntagResourceOutput{}, nil
}
