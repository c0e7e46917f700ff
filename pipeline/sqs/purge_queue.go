package sqs

// Implements: all messages go, visible, delayed and in flight.
// Differs from AWS: at once (AWS: within 60 seconds), and again at any time, unless AWS's waiting rules are on.
// Not implemented: nothing known.

import "github.com/dyetrace/dyetrace/pipeline/engine"

// PurgeQueue deletes the messages of a queue.
func (s *Service) PurgeQueue(c *engine.Call, in *PurgeQueueInput) (*PurgeQueueOutput, error) {
	s = s.at(in.QueueUrl)
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	now := s.engine.Now()
	if s.options.AWSWaits && !q.purged.IsZero() && now.Sub(q.purged) < waiting {
		return nil, ErrPurgeQueueInProgress("Only one PurgeQueue operation on " + q.name + " is allowed every 60 seconds.")
	}
	q.purged = now
	c.Lineage(q.place)
	q.settle(s.now())
	q.empty("QueuePurged", "the queue was purged")
	return &PurgeQueueOutput{}, nil
}
