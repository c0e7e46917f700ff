// Implements: removal of tags by key; keys that are not there are passed over.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package pipes

import "github.com/dyetrace/dyetrace/pipeline/engine"

// UntagResource removes tags from a pipe.
func (s *Service) UntagResource(c *engine.Call, in *UntagResourceInput) (*UntagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	p, err := s.byARN(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	c.Lineage(p.place)
	for _, key := range in.TagKeys {
		delete(p.tags, key)
	}
	return &UntagResourceOutput{}, nil
}
