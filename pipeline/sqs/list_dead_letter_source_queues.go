package sqs

// Implements: the queues whose redrive policy names this one, in pages of MaxResults.
// Differs from AWS: sorted by name (AWS promises no order).
// Not implemented: nothing known.

import "github.com/dyetrace/dyetrace/pipeline/engine"

// ListDeadLetterSourceQueues lists the queues that dead-letter into a queue.
func (s *Service) ListDeadLetterSourceQueues(c *engine.Call, in *ListDeadLetterSourceQueuesInput) (*ListDeadLetterSourceQueuesOutput, error) {
	s = s.at(in.QueueUrl)
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, source := range s.sorted() {
		if p := source.settings.redrive; p != nil && p.name == q.name {
			names = append(names, source.name)
		}
	}
	page, next, err := pageOf(names, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &ListDeadLetterSourceQueuesOutput{QueueUrls: []string{}, NextToken: next}
	for _, name := range page {
		out.QueueUrls = append(out.QueueUrls, queueURL(c.BaseURL, s.scope.Account, name))
	}
	return out, nil
}
