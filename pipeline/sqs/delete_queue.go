package sqs

// Implements: deletion with everything in the queue.
// Differs from AWS: the queue is gone at once (AWS: within 60 seconds); parked polls answer that nothing came.
// Not implemented: nothing known.

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeleteQueue deletes a queue and its messages.
func (s *Service) DeleteQueue(c *engine.Call, in *DeleteQueueInput) (*DeleteQueueOutput, error) {
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
	q.settle(s.now())
	q.empty("QueueDeleted", "the queue was deleted with what was in it")
	delete(s.queues, q.name)
	if s.options.AWSWaits {
		s.deleted[q.name] = s.engine.Now()
	}
	q.wake(len(q.waiters))
	return &DeleteQueueOutput{}, nil
}
