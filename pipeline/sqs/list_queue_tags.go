package sqs

// Implements: all tags of a queue.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ListQueueTags returns the tags of a queue. Without any, there is no member Tags in the answer.
//
// Source: recorded against AWS by LocalStack, test_tag_untag_queue.
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
	out := &ListQueueTagsOutput{}
	if len(q.tags) > 0 {
		out.Tags = maps.Clone(q.tags)
	}
	return out, nil
}
