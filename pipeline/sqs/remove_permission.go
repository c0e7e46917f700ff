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
		return nil, errInvalidParameter(in.Label, "Label", "can't find label.")
	}
	p.Statement = slices.Delete(p.Statement, i, i+1)
	c.Lineage(q.place)
	q.settings.policy, q.modified = p.String(), s.engine.Now()
	return &RemovePermissionOutput{}, nil
}
