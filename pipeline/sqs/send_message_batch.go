package sqs

// Implements: up to ten messages and 1 MiB in one call, with a result for each entry.
// Differs from AWS: nothing known. One message for a FIFO queue without group or deduplication id fails the whole batch, as AWS was
// recorded to answer.
// Not implemented: nothing known.

import (
	"strconv"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// SendMessageBatch stores the messages that can be stored and tells of the others why not.
func (s *Service) SendMessageBatch(c *engine.Call, in *SendMessageBatchInput) (*SendMessageBatchOutput, error) {
	s = s.at(in.QueueUrl)
	s.scope.Lock()
	q, err := s.find(in.QueueUrl)
	s.scope.Unlock()
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, "SendMessageBatchRequestEntry", func(e *SendMessageBatchRequestEntry) string { return e.Id }); err != nil {
		return nil, err
	}
	contents := make([]content, len(in.Entries))
	total := 0
	for i := range in.Entries {
		e := &in.Entries[i]
		contents[i] = content{
			body: e.MessageBody, attributes: e.MessageAttributes, system: e.MessageSystemAttributes, group: e.MessageGroupId,
			dedup: e.MessageDeduplicationId, delay: e.DelaySeconds,
		}
		total += contents[i].size()
	}
	if total > maxMessage {
		return nil, ErrBatchRequestTooLong("Batch requests cannot be longer than " + strconv.Itoa(maxMessage) + " bytes. You have sent " + strconv.Itoa(total) + " bytes.")
	}
	if err := q.suitsAll(contents); err != nil {
		return nil, err
	}
	out := &SendMessageBatchOutput{Successful: []SendMessageBatchResultEntry{}, Failed: []BatchResultErrorEntry{}}
	for i := range contents {
		result, err := s.sendEntry(c, q, &contents[i], in.Entries[i].Id)
		if err != nil {
			out.Failed = append(out.Failed, failedEntry(in.Entries[i].Id, err))
			continue
		}
		out.Successful = append(out.Successful, result)
	}
	return out, nil
}

func (s *Service) sendEntry(c *engine.Call, q *queue, content *content, id string) (SendMessageBatchResultEntry, error) {
	if err := content.check(); err != nil {
		return SendMessageBatchResultEntry{}, err
	}
	m := content.message()
	s.scope.Lock()
	if s.queues[q.name] != q {
		s.scope.Unlock()
		return SendMessageBatchResultEntry{}, errNoQueue()
	}
	if content.size() > int(q.settings.maxSize) {
		s.scope.Unlock()
		return SendMessageBatchResultEntry{}, errInvalidValue("One or more parameters cannot be validated. Reason: Message must be shorter than " + strconv.Itoa(int(q.settings.maxSize)) + " bytes.")
	}
	if err := q.suits(content); err != nil {
		s.scope.Unlock()
		return SendMessageBatchResultEntry{}, err
	}
	number := s.post(c, q, m, content.delay)
	result := SendMessageBatchResultEntry{Id: id, MessageId: m.id, MD5OfMessageBody: bodyMD5(m), SequenceNumber: number}
	result.MD5OfMessageAttributes, result.MD5OfMessageSystemAttributes = content.checksums()
	return result, nil
}
