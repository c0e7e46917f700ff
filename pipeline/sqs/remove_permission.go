package sqs

// Implements: removal of a statement of the queue's policy by its label.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// RemovePermission removes a statement from the queue's policy; without statements there is no policy any more.
func (s *Service) RemovePermission(c *engine.Call, in *RemovePermissionInput) (*RemovePermissionOutput, error) {
	s, err := s.own(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	p := parsePolicy(q.settings.policy)
	i := p.index(in.Label)
	if i < 0 {
		// Both were recorded against AWS: by LocalStack of a queue that had a policy once, by moto of one that never had.
		reason := "can't find label on existing policy."
		if q.policed || q.settings.policy != "" {
			reason = "can't find label."
		}
		return nil, errInvalidParameter(in.Label, "Label", reason)
	}
	p.Statement = slices.Delete(p.Statement, i, i+1)
	c.Lineage(q.place)
	q.settings.policy, q.policed, q.modified = p.String(), true, s.engine.Now()
	return &RemovePermissionOutput{}, nil
}
