// Implements: ListTagsOfResource of tables, sorted by key.
// Differs from AWS: one page holds all tags (a table has at most 50).
// Not implemented: tags of streams and indexes.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListTagsOfResource returns the tags of a table.
//
// Source: Amazon DynamoDB API Reference, ListTagsOfResource.
func (s *Service) ListTagsOfResource(c *engine.Call, in *ListTagsOfResourceInput) (*ListTagsOfResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.tagged(c.Operation, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &ListTagsOfResourceOutput{Tags: make([]Tag, 0, len(t.tags))}
	for _, key := range wire.SortedKeys(t.tags) {
		out.Tags = append(out.Tags, Tag{Key: key, Value: t.tags[key]})
	}
	return out, nil
}
