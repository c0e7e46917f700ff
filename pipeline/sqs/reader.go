package sqs

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// reader is how something inside the pipeline, e.g. a pipe, receives from a queue.
type reader struct {
	service *Service
	queue   *queue
	by      event.Place
	wake    func()
}

// OpenQueue is engine.QueueSource. The error is QueueDoesNotExist.
func (s *Service) OpenQueue(arn string, by event.Place, wake func()) (engine.QueueReader, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	q := s.queues[arn[strings.LastIndexByte(arn, ':')+1:]]
	if q == nil || q.arn != arn {
		return nil, errNoQueue()
	}
	r := &reader{service: s, queue: q, by: by, wake: wake}
	q.readers = append(q.readers, r)
	q.arm()
	return r, nil
}

// everything selects all attributes of a message.
var everything = &wanted{allSystem: true, allUser: true}

// Receive is engine.QueueReader. The error is QueueDoesNotExist after the queue was deleted.
func (r *reader) Receive(limit int) ([]engine.QueueMessage, error) {
	s, q := r.service, r.queue
	hold := s.scope.Hold()
	defer hold.End()
	if s.queues[q.name] != q {
		return nil, errNoQueue()
	}
	now := s.now()
	woken := q.settle(now)
	taken, moves := q.take(limit, q.settings.visibility, now)
	list := make([]engine.QueueMessage, 0, len(taken))
	for _, m := range taken {
		hop := q.hop(event.KindReceive, m)
		hop.From, hop.To, hop.Outcome, hop.Attempt = q.place, r.by, event.Delivered, int(m.count)
		m.follow(s.engine.Record(hop))
		handle := receipt{queue: q.id, seq: m.seq, count: m.count}.handle()
		ev := *hop.Event
		ev.Body, ev.Attributes = q.record(m, ev.ID, handle), nil
		list = append(list, engine.QueueMessage{
			ID: ev.ID, Handle: handle, Body: m.body, Receives: int(m.count), Due: instant(m.due), Event: &ev, Lineage: m.lineage(),
		})
	}
	q.wake(min(woken, q.offers()))
	hold.End()
	s.make(moves)
	return list, nil
}

// record returns a message as functions and pipes are handed it.
//
// Source: Lambda Developer Guide, "Using Lambda with Amazon SQS", example events.
func (q *queue) record(m *message, id, handle string) string {
	out := m.answer(id, handle, everything, q.service.scope.Account)
	b := wire.AppendString([]byte(`{"messageId":`), out.MessageId.V)
	b = wire.AppendString(append(b, `,"receiptHandle":`...), handle)
	b = wire.AppendString(append(b, `,"body":`...), m.body)
	b = append(b, `,"attributes":{`...)
	for i, name := range wire.SortedKeys(out.Attributes) {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendString(append(wire.AppendString(b, name), ':'), out.Attributes[name])
	}
	b = append(b, `},"messageAttributes":{`...)
	for i, name := range wire.SortedKeys(out.MessageAttributes) {
		if i > 0 {
			b = append(b, ',')
		}
		a := out.MessageAttributes[name]
		b = append(wire.AppendString(b, name), `:{`...)
		if a.StringValue.OK {
			b = append(wire.AppendString(append(b, `"stringValue":`...), a.StringValue.V), ',')
		}
		if a.BinaryValue != nil {
			b = append(wire.AppendBytes(append(b, `"binaryValue":`...), a.BinaryValue), ',')
		}
		b = append(wire.AppendString(append(b, `"stringListValues":[],"binaryListValues":[],"dataType":`...), a.DataType), '}')
	}
	b = wire.AppendString(append(b, `},"md5OfBody":`...), out.MD5OfBody.V)
	if out.MD5OfMessageAttributes.OK {
		b = wire.AppendString(append(b, `,"md5OfMessageAttributes":`...), out.MD5OfMessageAttributes.V)
	}
	b = wire.AppendString(append(b, `,"eventSource":"aws:sqs","eventSourceARN":`...), q.arn)
	b = wire.AppendString(append(b, `,"awsRegion":`...), q.service.scope.Region)
	return string(append(b, '}'))
}

// Delete is engine.QueueReader. A receipt that is no longer the latest deletes nothing.
func (r *reader) Delete(handle string) {
	s, q := r.service, r.queue
	s.scope.Lock()
	defer s.scope.Unlock()
	q.wake(q.settle(s.now()))
	m, receipt, err := q.find(handle)
	if err != nil || m == nil || receipt.count != m.count || q.fifo != nil && m.state != inFlight {
		return
	}
	hop := q.hop(event.KindDelete, m)
	hop.From, hop.To, hop.Outcome, hop.Attempt = r.by, q.place, event.Delivered, int(receipt.count)
	s.engine.Record(hop)
	q.remove(m)
}

// Ordered is engine.QueueReader.
func (r *reader) Ordered() bool { return r.queue.fifo != nil }

// Place is engine.QueueReader.
func (r *reader) Place() event.Place { return r.queue.place }

// Close is engine.QueueReader.
func (r *reader) Close() {
	r.service.scope.Lock()
	defer r.service.scope.Unlock()
	r.queue.readers = slices.DeleteFunc(r.queue.readers, func(o *reader) bool { return o == r })
}

// wakeReaders schedules one task that wakes the readers of the queue.
func (q *queue) wakeReaders() {
	if len(q.readers) == 0 || q.waking {
		return
	}
	q.waking = true
	s := q.service
	s.engine.Schedule(&engine.Task{
		Scope: s.scope, Channel: "wake " + string(q.place), What: "readers of " + string(q.place) + " look", Place: q.place, Wake: true,
		Run: func() {
			hold := s.scope.Hold()
			defer hold.End()
			q.waking = false
			readers := slices.Clone(q.readers)
			hold.End()
			for _, r := range readers {
				r.wake()
			}
		},
	})
}
