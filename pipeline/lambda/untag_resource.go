// Implements: removal of tags of event source mappings by key; keys that are not there are passed over.
// Differs from AWS: nothing known.
// Not implemented: tags of functions, which are Go code here.

package lambda

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// UntagResource removes tags from a mapping.
func (s *Service) UntagResource(c *engine.Call, in *UntagResourceInput) (*UntagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	m, err := s.tagged(in.Resource)
	if err != nil {
		return nil, err
	}
	c.Lineage(m.plan.options.Place)
	m.settings.Tags = maps.Clone(m.settings.Tags)
	for _, key := range in.TagKeys {
		delete(m.settings.Tags, key)
	}
	return &UntagResourceOutput{}, nil
}
