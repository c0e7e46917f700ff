// Implements: up to 50 tags of a pipe; an existing key gets the new value.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package pipes

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// TagResource adds tags to a pipe.
func (s *Service) TagResource(c *engine.Call, in *TagResourceInput) (*TagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	p, err := s.byARN(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(p.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, in.Tags)
	if len(tags) > 50 {
		return nil, invalid("A pipe can have at most 50 tags.")
	}
	c.Lineage(p.place)
	p.tags = tags
	return &TagResourceOutput{}, nil
}
