package sqs

// Implements: 0 to 43200 seconds from now, at most 12 hours from the receipt; 0 makes the message visible at once.
// On a standard queue any receipt of a message in flight will do, also an older one; of a message that is visible again it changes
// nothing and succeeds.
// Differs from AWS: nothing known. MessageNotInflight could not be had from AWS by anybody who tried.
// Not implemented: nothing known.

import (
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ChangeMessageVisibility moves the moment at which a received message becomes visible again.
func (s *Service) ChangeMessageVisibility(_ *engine.Call, in *ChangeMessageVisibilityInput) (*ChangeMessageVisibilityOutput, error) {
	s = s.at(in.QueueUrl)
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := q.changeVisibility(in.ReceiptHandle, in.VisibilityTimeout); err != nil {
		return nil, err
	}
	return &ChangeMessageVisibilityOutput{}, nil
}

func (q *queue) changeVisibility(handle string, seconds int32) error {
	value := strconv.Itoa(int(seconds))
	if seconds < 0 || seconds > maxVisibility {
		return errInvalidParameter(value, "VisibilityTimeout", "Must be between 0 and 43200, if provided.")
	}
	now := q.service.now()
	q.wake(q.settle(now))
	m, r, err := q.find(handle)
	switch {
	case err != nil:
		return err
	case m == nil:
		return errInvalidParameter(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.")
	case m.state == inFlight && (r.count == m.count || q.fifo == nil):
		// Source for older receipts: recorded against AWS by LocalStack, test_terminate_visibility_timeout_after_receive, and by moto,
		// test_change_message_visibility_on_old_message.
	case q.fifo != nil:
		return errInvalidParameter(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.")
	default:
		return nil
	}
	due := now + int64(seconds)*int64(time.Second)
	if due > m.handed+maxVisibility*int64(time.Second) {
		return errInvalidParameter(value, "VisibilityTimeout", "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
	}
	if seconds > 0 {
		m.due = due
		q.inFlight.fix(m)
		q.arm()
		return nil
	}
	q.land(m)
	q.returned(m, event.Because("VisibilityTimeoutZero", "a consumer set the visibility timeout to zero"))
	q.wake(q.show(m))
	return nil
}
