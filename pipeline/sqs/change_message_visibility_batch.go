package sqs

// Implements: up to ten changes with a result for each entry.
// Differs from AWS: as ChangeMessageVisibility.
// Not implemented: nothing known.

import "github.com/dyetrace/dyetrace/pipeline/engine"

// ChangeMessageVisibilityBatch changes the visibility of up to ten received messages.
func (s *Service) ChangeMessageVisibilityBatch(_ *engine.Call, in *ChangeMessageVisibilityBatchInput) (*ChangeMessageVisibilityBatchOutput, error) {
	s = s.at(in.QueueUrl)
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, "ChangeMessageVisibilityBatchRequestEntry", func(e *ChangeMessageVisibilityBatchRequestEntry) string { return e.Id }); err != nil {
		return nil, err
	}
	out := &ChangeMessageVisibilityBatchOutput{}
	for _, e := range in.Entries {
		err := error(nil)
		if !e.VisibilityTimeout.OK {
			err = errMissing("VisibilityTimeout")
		} else {
			err = q.changeVisibility(e.ReceiptHandle, e.VisibilityTimeout.V)
		}
		if err != nil {
			out.Failed = append(out.Failed, failedEntry(e.Id, err))
			continue
		}
		out.Successful = append(out.Successful, ChangeMessageVisibilityBatchResultEntry{Id: e.Id})
	}
	return out, nil
}
