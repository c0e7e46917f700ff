// Implements: all tags of a schedule group, sorted by key.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package scheduler

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListTagsForResource lists the tags of a group.
func (s *Service) ListTagsForResource(_ *engine.Call, in *ListTagsForResourceInput) (*ListTagsForResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	g, err := s.byARN(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &ListTagsForResourceOutput{Tags: []Tag{}}
	for _, key := range wire.SortedKeys(g.tags) {
		out.Tags = append(out.Tags, Tag{Key: key, Value: g.tags[key]})
	}
	return out, nil
}
