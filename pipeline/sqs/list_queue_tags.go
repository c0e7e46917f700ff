package sqs

// Implements: all tags of a queue.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ListQueueTags returns the tags of a queue.
func (s *Service) ListQueueTags(_ *engine.Call, in *ListQueueTagsInput) (*ListQueueTagsOutput, error) {
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
	return &ListQueueTagsOutput{Tags: maps.Clone(q.tags)}, nil
}
