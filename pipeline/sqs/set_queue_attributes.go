package sqs

// Implements: every attribute that can be set; an empty policy or key removes it. A new DelaySeconds of a FIFO queue also moves what
// is delayed already, as on AWS.
// Differs from AWS: changes hold at once (AWS: within 60 seconds, retention within 15 minutes).
// Not implemented: nothing known.

import (
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// SetQueueAttributes sets attributes, all of them or none.
func (s *Service) SetQueueAttributes(c *engine.Call, in *SetQueueAttributesInput) (*SetQueueAttributesOutput, error) {
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
	q.redelay()
	q.wake(q.settle(s.now()) + q.offers())
	return &SetQueueAttributesOutput{}, nil
}

// redelay makes the queue's delay hold for the messages of a FIFO queue that are delayed already.
//
// Source: Amazon SQS Developer Guide, "Amazon SQS delay queues": for FIFO queues the setting is retroactive.
func (q *queue) redelay() {
	if q.fifo == nil {
		return
	}
	for _, m := range slices.Clone(q.delayed) {
		m.due = m.sent + int64(q.settings.delay)*int64(time.Second)
		q.delayed.fix(m)
	}
}
