// Implements: UntagResource of tables.
// Differs from AWS: the change is seen at once.
// Not implemented: tags of streams and indexes.

package dynamodb

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// UntagResource removes tags of a table.
//
// Source: Amazon DynamoDB API Reference, UntagResource.
func (s *Service) UntagResource(c *engine.Call, in *UntagResourceInput) (*UntagResourceOutput, error) {
	if len(in.TagKeys) == 0 {
		return nil, invalid("Atleast one Tag Key needs to be provided as Input.")
	}
	return &UntagResourceOutput{}, s.changeTags(c, in.ResourceArn, func(tags map[string]string) (map[string]string, error) {
		tags = maps.Clone(tags)
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
		return tags, nil
	})
}
