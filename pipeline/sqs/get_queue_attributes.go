package sqs

// Implements: every attribute; the counts are exact. A standard queue leaves out those of FIFO queues.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// GetQueueAttributes returns the attributes that are asked for and set.
func (s *Service) GetQueueAttributes(_ *engine.Call, in *GetQueueAttributesInput) (*GetQueueAttributesOutput, error) {
	names := in.AttributeNames
	for _, name := range names {
		if name != QueueAttributeNameAll && !slices.Contains(attributeNames, name) {
			return nil, ErrInvalidAttributeName("Unknown Attribute " + name + ".")
		}
	}
	if slices.Contains(names, QueueAttributeNameAll) {
		names = attributeNames
	}
	s = s.at(in.QueueUrl)
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	q.wake(q.settle(s.now()))
	out := &GetQueueAttributesOutput{}
	for _, name := range names {
		if value := q.attribute(name); value != "" {
			if out.Attributes == nil {
				out.Attributes = make(map[string]string, len(names))
			}
			out.Attributes[name] = value
		}
	}
	return out, nil
}
