package sqs

// Implements: removal of tags by key; keys that are not there are passed over.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

import "github.com/dyetrace/dyetrace/pipeline/engine"

// UntagQueue removes tags from a queue.
func (s *Service) UntagQueue(c *engine.Call, in *UntagQueueInput) (*UntagQueueOutput, error) {
	if len(in.TagKeys) == 0 {
		return nil, errTagKey()
	}
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
	c.Lineage(q.place)
	for _, key := range in.TagKeys {
		delete(q.tags, key)
	}
	return &UntagQueueOutput{}, nil
}
