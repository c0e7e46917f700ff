// Implements: tags of schedule groups, at most 50; an existing key gets the new value.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package scheduler

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// TagResource adds tags to a group.
func (s *Service) TagResource(c *engine.Call, in *TagResourceInput) (*TagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	g, err := s.byARN(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(g.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	for _, t := range in.Tags {
		tags[t.Key] = t.Value
	}
	if len(tags) > 50 {
		return nil, invalid("A schedule group can have at most 50 tags.")
	}
	c.Lineage(groupPlace(g.name))
	g.tags = tags
	return &TagResourceOutput{}, nil
}
