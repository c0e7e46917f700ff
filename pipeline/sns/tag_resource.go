// Implements: tags of topics, at most 50 of each.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// maxTags is AWS's limit of tags of one resource.
const maxTags = 50

// TagResource adds or replaces tags.
func (s *Service) TagResource(c *engine.Call, in *TagResourceInput) (*TagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.tagged(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	merged, err := mergedTags(t.tags, in.Tags)
	if err != nil {
		return nil, err
	}
	t.tags = merged
	c.Lineage(t.place)
	return &TagResourceOutput{}, nil
}

// tagged finds the topic of an ARN. The scope must be locked.
func (s *Service) tagged(text string) (*topic, error) {
	t, err := s.find(text, "TagResource")
	if err != nil && codeOf(err) == "NotFound" {
		return nil, ErrResourceNotFoundException("Resource does not exist")
	}
	return t, err
}

// mergedTags returns old and added tags, sorted by key; an added one replaces an old one of its key.
func mergedTags(old, added []Tag) ([]Tag, error) {
	merged := make([]Tag, 0, len(old)+len(added))
	for i, tag := range added {
		if slices.ContainsFunc(added[:i], func(t Tag) bool { return t.Key == tag.Key }) {
			return nil, invalid("Duplicated keys are not allowed.")
		}
		merged = append(merged, Tag{Key: tag.Key, Value: tag.Value})
	}
	for _, tag := range old {
		if !slices.ContainsFunc(added, func(t Tag) bool { return t.Key == tag.Key }) {
			merged = append(merged, tag)
		}
	}
	if len(merged) > maxTags {
		return nil, ErrTagLimitExceededException("Could not complete request: tag quota of per resource exceeded")
	}
	slices.SortFunc(merged, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	return merged, nil
}
