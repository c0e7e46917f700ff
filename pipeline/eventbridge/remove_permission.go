// Implements: removal of one statement or of all.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/engine"

// RemovePermission removes statements from a bus's policy.
//
// Source: that a bus without a policy answers as one without the statement was recorded against AWS by LocalStack.
func (s *Service) RemovePermission(c *engine.Call, in *RemovePermissionInput) (*RemovePermissionOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.bus(in.EventBusName.Or(""))
	if err != nil {
		return nil, err
	}
	if in.RemoveAllPermissions.Or(false) {
		b.policy = nil
	} else {
		left, found := b.policy.without(in.StatementId.Or(""))
		if !found {
			return nil, ErrResourceNotFoundException("Statement with the provided id does not exist.")
		}
		b.policy = left
	}
	b.modified = s.scope.Engine.Now()
	c.Lineage(b.place)
	return &RemovePermissionOutput{}, nil
}
