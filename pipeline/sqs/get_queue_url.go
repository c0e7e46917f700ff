package sqs

// Implements: the URL by name, with the scheme and host by which the caller reached the service.
// Differs from AWS: nothing known.
// Not implemented: queues of another account than the caller's.

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// GetQueueUrl returns the URL of a queue.
func (s *Service) GetQueueUrl(c *engine.Call, in *GetQueueUrlInput) (*GetQueueUrlOutput, error) {
	if in.QueueName == "" {
		return nil, errMissing("QueueName")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if s.queues[in.QueueName] == nil || in.QueueOwnerAWSAccountId.OK && in.QueueOwnerAWSAccountId.V != s.scope.Account {
		return nil, errNoQueue()
	}
	return &GetQueueUrlOutput{QueueUrl: wire.Some(queueURL(c.BaseURL, s.scope.Account, in.QueueName))}, nil
}
