package sqs

// Implements: all messages go, visible, delayed and in flight.
// Differs from AWS: at once (AWS: within 60 seconds), and again at any time (AWS: PurgeQueueInProgress within 60 seconds).
// Not implemented: nothing known.

import "github.com/dyetrace/dyetrace/pipeline/engine"

// PurgeQueue deletes the messages of a queue.
func (s *Service) PurgeQueue(c *engine.Call, in *PurgeQueueInput) (*PurgeQueueOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	c.Lineage(q.place)
	q.settle(s.now())
	q.empty("QueuePurged", "the queue was purged")
	return &PurgeQueueOutput{}, nil
}
