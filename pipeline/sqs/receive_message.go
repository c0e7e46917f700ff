package sqs

// Implements: one to ten messages, long polling by the call or by the queue, visibility timeout by the call or by the queue,
// system attributes by AttributeNames and MessageSystemAttributeNames, message attributes by name, "All" and "prefix.*",
// redrive to the dead-letter queue, the limit of 120,000 messages in flight; on FIFO queues order and blocking of groups, batches
// that fill from one group before the next, ReceiveRequestAttemptId; on standard queues, messages of noisy groups come after others.
// Differs from AWS: every receive looks at every message (AWS samples its hosts on short polls); messages come once and in the
// order in which they were sent, also those that come again, unless an interceptor changes that. A group is noisy by its share of the messages in flight
// alone, not by its share of the processing time.
// Not implemented: nothing known.

import (
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ReceiveMessage hands out visible messages and hides each for the visibility timeout. It waits for the first one as long as
// the call or the queue says, at most 20 seconds. A call whose client went away takes nothing.
func (s *Service) ReceiveMessage(c *engine.Call, in *ReceiveMessageInput) (*ReceiveMessageOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	s = s.at(in.QueueUrl)
	q, err := s.locate(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	s.engine.Asked(c, q.place)
	r := receiver{service: s, queue: q, call: c, in: in, want: newWanted(in)}
	for {
		out, done, err := r.look()
		if done {
			return out, err
		}
		switch r.poll.Wait() {
		case engine.TimedOut:
			r.late = true
		case engine.Gone:
			r.abandon()
			return &ReceiveMessageOutput{}, nil
		}
	}
}

func (in *ReceiveMessageInput) check() error {
	if v := in.MaxNumberOfMessages; v.OK && (v.V < 1 || v.V > 10) {
		return errInvalidParameter(strconv.Itoa(int(v.V)), "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
	}
	if v := in.WaitTimeSeconds; v.OK && (v.V < 0 || v.V > maxWait) {
		return errInvalidParameter(strconv.Itoa(int(v.V)), "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
	}
	if v := in.VisibilityTimeout; v.OK && (v.V < 0 || v.V > maxVisibility) {
		return errInvalidParameter(strconv.Itoa(int(v.V)), "VisibilityTimeout", "Must be between 0 and 43200, if provided.")
	}
	if err := checkID(in.ReceiveRequestAttemptId, "ReceiveRequestAttemptId"); err != nil {
		return err
	}
	for _, list := range [][]string{in.AttributeNames, in.MessageSystemAttributeNames} {
		for _, name := range list {
			if !systemAttributes[name] {
				return ErrInvalidAttributeName("Unknown Attribute " + name + ".")
			}
		}
	}
	return nil
}

// systemAttributes are the names that AttributeNames may hold: those of messages, and those of queues, which select nothing.
var systemAttributes = func() map[string]bool {
	known := map[string]bool{
		MessageSystemAttributeNameAll: true, MessageSystemAttributeNameSenderId: true, MessageSystemAttributeNameSentTimestamp: true,
		MessageSystemAttributeNameApproximateReceiveCount: true, MessageSystemAttributeNameApproximateFirstReceiveTimestamp: true,
		MessageSystemAttributeNameSequenceNumber: true, MessageSystemAttributeNameMessageDeduplicationId: true,
		MessageSystemAttributeNameMessageGroupId: true, MessageSystemAttributeNameAWSTraceHeader: true,
		MessageSystemAttributeNameDeadLetterQueueSourceArn: true,
	}
	for _, name := range attributeNames {
		known[name] = true
	}
	for name := range fifoAttributes {
		known[name] = true
	}
	return known
}()

// receiver is one receive on its way.
type receiver struct {
	service *Service
	queue   *queue
	call    *engine.Call
	in      *ReceiveMessageInput
	want    *wanted
	poll    *engine.Poll
	late    bool // the wait passed: this is the last look
}

// look takes what there is. It reports done unless the receive is to wait; then the poll is on the queue's waiting list.
func (r *receiver) look() (*ReceiveMessageOutput, bool, error) {
	s, q := r.service, r.queue
	hold := s.scope.Hold()
	defer hold.End()
	if s.queues[q.name] != q {
		return &ReceiveMessageOutput{}, true, nil // deleted or reset meanwhile
	}
	now := s.now()
	woken := q.settle(now)
	if r.poll != nil {
		q.leave(r.poll)
	}
	taken, moves := r.take(now)
	wait := time.Duration(r.in.WaitTimeSeconds.Or(q.settings.wait)) * time.Second
	full := len(taken) == 0 && len(q.inFlight) >= s.limit && q.fifo == nil
	done := len(taken) > 0 || wait == 0 || r.late
	if !done {
		if r.poll == nil {
			r.poll = s.engine.NewPoll(r.call, wait)
		}
		q.waiters = append(q.waiters, r.poll)
		q.arm()
	}
	q.wake(min(woken, q.offers()))
	out, lineages := r.hand(taken)
	hold.End()
	s.make(moves)
	if len(lineages) > 0 {
		s.engine.Received(r.call, q.place, lineages)
	}
	if full && wait == 0 {
		return nil, true, ErrOverLimit("The maximum number of in flight messages is reached: " + strconv.Itoa(s.limit) + ".")
	}
	return out, done, nil
}

// take takes messages, those of the attempt that the receive repeats if it can be repeated.
func (r *receiver) take(now int64) ([]*message, []move) {
	q, id := r.queue, r.in.ReceiveRequestAttemptId
	visibility := r.in.VisibilityTimeout.Or(q.settings.visibility)
	if q.fifo == nil || !id.OK {
		return q.take(int(r.in.MaxNumberOfMessages.Or(1)), visibility, now)
	}
	if taken := q.again(id.V, int64(visibility)*int64(time.Second), now); taken != nil {
		return taken, nil
	}
	taken, moves := q.take(int(r.in.MaxNumberOfMessages.Or(1)), visibility, now)
	if len(taken) > 0 {
		q.attempted(id.V, taken, now)
	}
	return taken, moves
}

// hand makes the answer and records the receipts.
func (r *receiver) hand(taken []*message) (*ReceiveMessageOutput, []event.Lineage) {
	out := &ReceiveMessageOutput{}
	if len(taken) == 0 {
		return out, nil
	}
	q, to := r.queue, r.call.Place()
	out.Messages = make([]Message, 0, len(taken))
	lineages := make([]event.Lineage, 0, len(taken))
	for _, m := range taken {
		hop := q.hop(event.KindReceive, m)
		hop.From, hop.To, hop.Outcome, hop.Attempt = q.place, to, event.Delivered, int(m.count)
		m.follow(r.service.engine.Record(hop))
		lineages = append(lineages, m.lineage())
		handle := receipt{queue: q.id, seq: m.seq, count: m.count}.handle()
		out.Messages = append(out.Messages, m.answer(hop.Event.ID, handle, r.want, r.service.scope.Account))
	}
	return out, lineages
}

// abandon takes the poll off the list. If it was woken for a message, the next in line is woken in its place.
func (r *receiver) abandon() {
	s, q := r.service, r.queue
	s.scope.Lock()
	defer s.scope.Unlock()
	if !q.leave(r.poll) {
		q.wake(min(1, q.offers()))
	}
}
