// Implements: all of it; a label that is not there is passed over.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// RemovePermission removes a statement from the access policy of a topic.
func (s *Service) RemovePermission(c *engine.Call, in *RemovePermissionInput) (*RemovePermissionOutput, error) {
	s = s.at(in.TopicArn)
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(in.TopicArn, "RemovePermission")
	if err != nil {
		return nil, err
	}
	p, err := t.readPolicy()
	if err != nil {
		return nil, err
	}
	p.Statement = slices.DeleteFunc(p.Statement, func(statement map[string]any) bool { return statement["Sid"] == in.Label })
	t.attributes[attributePolicy] = p.text()
	c.Lineage(t.place)
	return &RemovePermissionOutput{}, nil
}
