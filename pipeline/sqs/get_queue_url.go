package sqs

// Implements: the URL by name, with the scheme and host by which the caller reached the service, also of a queue of another account.
// Differs from AWS: another account's queue needs no permission.
// Not implemented: nothing known.

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// GetQueueUrl returns the URL of a queue.
func (s *Service) GetQueueUrl(c *engine.Call, in *GetQueueUrlInput) (*GetQueueUrlOutput, error) {
	if in.QueueName == "" {
		return nil, errNoName()
	}
	owner := s
	if id := in.QueueOwnerAWSAccountId; id.OK && id.V != s.scope.Account {
		owner = s.of(id.V, s.scope.Region)
	}
	if owner == nil || !owner.has(in.QueueName) {
		return nil, errNoQueue()
	}
	return &GetQueueUrlOutput{QueueUrl: wire.Some(queueURL(c.BaseURL, owner.scope.Account, in.QueueName))}, nil
}
