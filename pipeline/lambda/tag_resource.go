// Implements: tags of event source mappings, at most 50; an existing key gets the new value.
// Differs from AWS: nothing known.
// Not implemented: tags of functions, which are Go code here.

package lambda

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// TagResource adds tags to a mapping.
func (s *Service) TagResource(c *engine.Call, in *TagResourceInput) (*TagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	m, err := s.tagged(in.Resource)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(m.settings.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, in.Tags)
	if len(tags) > maxTags {
		return nil, invalid("An event source mapping can have at most 50 tags.")
	}
	c.Lineage(m.plan.options.Place)
	m.settings.Tags = tags
	return &TagResourceOutput{}, nil
}
