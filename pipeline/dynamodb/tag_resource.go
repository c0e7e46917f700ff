// Implements: TagResource of tables.
// Differs from AWS: the change is seen at once.
// Not implemented: tags of streams and indexes.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// TagResource sets tags of a table.
//
// Source: Amazon DynamoDB API Reference, TagResource.
func (s *Service) TagResource(c *engine.Call, in *TagResourceInput) (*TagResourceOutput, error) {
	if len(in.Tags) == 0 {
		return nil, invalid("Atleast one Tag needs to be provided as Input.")
	}
	return &TagResourceOutput{}, s.changeTags(c, in.ResourceArn, func(tags map[string]string) (map[string]string, error) { return mergeTags(tags, in.Tags) })
}
