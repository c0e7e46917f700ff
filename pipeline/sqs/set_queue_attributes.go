package sqs

// Implements: every attribute of a standard queue that can be set; an empty policy or key removes it.
// Differs from AWS: changes hold at once (AWS: within 60 seconds, retention within 15 minutes).
// Not implemented: attributes of FIFO queues.

import "github.com/dyetrace/dyetrace/pipeline/engine"

// SetQueueAttributes sets attributes, all of them or none.
func (s *Service) SetQueueAttributes(c *engine.Call, in *SetQueueAttributesInput) (*SetQueueAttributesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	settings, err := q.settings.with(in.Attributes)
	if err != nil {
		return nil, err
	}
	if _, given := in.Attributes[QueueAttributeNameRedrivePolicy]; given {
		if err := s.checkRedrive(q, settings.redrive); err != nil {
			return nil, err
		}
	}
	c.Lineage(q.place)
	q.settle(s.now())
	q.settings, q.modified = settings, s.engine.Now()
	q.wake(q.line.len())
	return &SetQueueAttributesOutput{}, nil
}
