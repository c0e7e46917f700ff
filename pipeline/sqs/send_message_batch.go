package sqs

// Implements: up to ten messages and 1 MiB in one call, with a result for each entry.
// Differs from AWS: nothing known. One message for a FIFO queue without group or deduplication id fails the whole batch, as AWS was
// recorded to answer.
// Not implemented: nothing known.

import (
	"strconv"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// sending is one entry of a batch on its way.
type sending struct {
	content content
	message *message // nil: refused
	id      string
	number  wire.Opt[string]
	err     error
}

// SendMessageBatch stores the messages that can be stored and tells of the others why not. A list that would be empty is not in the
// answer, of no batch operation.
//
// Source: recorded against AWS by LocalStack, test_send_message_batch_with_oversized_contents_with_updated_maximum_message_size.
func (s *Service) SendMessageBatch(c *engine.Call, in *SendMessageBatchInput) (*SendMessageBatchOutput, error) {
	s = s.at(in.QueueUrl)
	q, err := s.locate(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, "SendMessageBatchRequestEntry", func(e *SendMessageBatchRequestEntry) string { return e.Id }); err != nil {
		return nil, err
	}
	var room [maxEntries]sending
	list := room[:len(in.Entries)]
	total := 0
	for i := range list {
		e := &in.Entries[i]
		list[i].content = content{
			body: e.MessageBody, attributes: e.MessageAttributes, system: e.MessageSystemAttributes, group: e.MessageGroupId,
			dedup: e.MessageDeduplicationId, delay: e.DelaySeconds, trace: c.TraceHeader,
		}
		total += list[i].content.size()
	}
	if total > maxMessage {
		return nil, ErrBatchRequestTooLong("Batch requests cannot be longer than " + strconv.Itoa(maxMessage) + " bytes. You have sent " + strconv.Itoa(total) + " bytes.")
	}
	if err := q.suitsAll(list); err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].err = list[i].content.check(); list[i].err == nil {
			list[i].message = list[i].content.message()
		}
	}
	s.postAll(c, q, list)
	out := &SendMessageBatchOutput{}
	for i := range list {
		if err := list[i].err; err != nil {
			out.Failed = append(out.Failed, failedEntry(in.Entries[i].Id, err))
			continue
		}
		result := SendMessageBatchResultEntry{
			Id: in.Entries[i].Id, MessageId: list[i].id, MD5OfMessageBody: bodyMD5(list[i].message), SequenceNumber: list[i].number,
		}
		if out.Successful == nil {
			out.Successful = make([]SendMessageBatchResultEntry, 0, len(list)-i)
		}
		result.MD5OfMessageAttributes, result.MD5OfMessageSystemAttributes = list[i].content.checksums()
		out.Successful = append(out.Successful, result)
	}
	return out, nil
}

// locate is find for a scope that is not locked.
func (s *Service) locate(url string) (*queue, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	return s.find(url)
}

// postAll stores the messages of a batch one after the other, in one stretch unless there are interceptors.
func (s *Service) postAll(c *engine.Call, q *queue, list []sending) {
	hold := s.scope.Hold()
	defer hold.End()
	now := s.now()
	for i := range list {
		one := &list[i]
		if one.err == nil {
			one.err = s.accepts(q, &one.content)
		}
		if one.err == nil {
			one.id, one.number = s.post(c, &hold, q, one.message, one.content.delay, now)
		}
	}
}

// accepts refuses content of a batch's entry that the queue, if it is still there, does not take.
func (s *Service) accepts(q *queue, content *content) error {
	if s.queues[q.name] != q {
		return errNoQueue()
	}
	if content.size() > int(q.settings.maxSize) {
		return errInvalidValue("One or more parameters cannot be validated. Reason: Message must be shorter than " + strconv.Itoa(int(q.settings.maxSize)) + " bytes.")
	}
	return q.suits(content)
}
