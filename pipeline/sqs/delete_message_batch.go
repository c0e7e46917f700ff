package sqs

// Implements: up to ten deletions with a result for each entry.
// Differs from AWS: as DeleteMessage.
// Not implemented: nothing known.

import "github.com/dyetrace/dyetrace/pipeline/engine"

// DeleteMessageBatch acknowledges up to ten receipts.
func (s *Service) DeleteMessageBatch(c *engine.Call, in *DeleteMessageBatchInput) (*DeleteMessageBatchOutput, error) {
	s = s.at(in.QueueUrl)
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, "DeleteMessageBatchRequestEntry", func(e *DeleteMessageBatchRequestEntry) string { return e.Id }); err != nil {
		return nil, err
	}
	out := &DeleteMessageBatchOutput{}
	for _, e := range in.Entries {
		if err := q.delete(c, e.ReceiptHandle); err != nil {
			out.Failed = append(out.Failed, failedEntry(e.Id, err))
			continue
		}
		out.Successful = append(out.Successful, DeleteMessageBatchResultEntry{Id: e.Id})
	}
	return out, nil
}
