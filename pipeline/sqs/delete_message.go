package sqs

// Implements: deletion by the receipt handle of the latest receive, on a standard queue also after its visibility timeout ran
// out, for 12 hours (on a FIFO queue that is refused); deleting again succeeds.
// Differs from AWS: an older receipt handle never deletes (AWS: "the request succeeds, but the message might not be deleted").
// Not implemented: nothing known.

import (
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeleteMessage acknowledges one receipt.
func (s *Service) DeleteMessage(c *engine.Call, in *DeleteMessageInput) (*DeleteMessageOutput, error) {
	s = s.at(in.QueueUrl)
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := q.delete(c, in.ReceiptHandle); err != nil {
		return nil, err
	}
	return &DeleteMessageOutput{}, nil
}

// find returns the message of a receipt handle and the receipt, a nil message if it is no longer there.
func (q *queue) find(handle string) (*message, receipt, error) {
	if handle == "" {
		return nil, receipt{}, errMissing("ReceiptHandle")
	}
	r, ok := parseReceipt(handle)
	if !ok || r.queue != q.id {
		return nil, r, ErrReceiptHandleIsInvalid(`The input receipt handle "` + handle + `" is not a valid receipt handle.`)
	}
	return q.received[r.seq].message, r, nil
}

// expired tells whether a message cannot be deleted by a receipt any more.
//
// Source: of FIFO queues, recorded against AWS by LocalStack, test_fifo_delete_after_visibility_timeout; of standard queues, where no
// visibility timeout can be longer than 12 hours, an answer of AWS in boto/boto3 issue 2898.
func (q *queue) expired(m *message, r receipt, now int64) bool {
	if q.fifo != nil {
		return m.state != inFlight || r.count != m.count
	}
	return r.count == m.count && now >= m.handed+maxVisibility*int64(time.Second)
}

func (q *queue) delete(c *engine.Call, handle string) error {
	now := q.service.now()
	q.wake(q.settle(now))
	m, r, err := q.find(handle)
	if err != nil || m == nil {
		return err
	}
	if q.expired(m, r, now) {
		return errInvalidParameter(handle, "ReceiptHandle", "The receipt handle has expired.")
	}
	hop := q.hop(event.KindDelete, m)
	hop.From, hop.To, hop.Outcome, hop.Attempt = c.Place(), q.place, event.Delivered, int(r.count)
	if r.count != m.count {
		hop.Outcome = event.Failed
		hop.Reason = event.Because("OldReceiptHandle", "the receipt handle is of receive "+strconv.Itoa(int(r.count))+", the message was received "+strconv.Itoa(int(m.count))+" times since; it stays")
	}
	q.service.engine.Record(hop)
	if r.count == m.count {
		q.remove(m)
	}
	return nil
}
