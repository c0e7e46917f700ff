package sqs

// Implements: body up to 1 MiB with the characters SQS allows, ten message attributes, AWSTraceHeader, else the call's X-Amzn-Trace-Id,
// delay per message and per queue, checksums of body, attributes and system attributes; on FIFO queues groups, deduplication by id and by content, sequence numbers;
// a MessageGroupId on a standard queue makes it a fair queue.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// SendMessage stores one message.
func (s *Service) SendMessage(c *engine.Call, in *SendMessageInput) (*SendMessageOutput, error) {
	content := content{
		body: in.MessageBody, attributes: in.MessageAttributes, system: in.MessageSystemAttributes, group: in.MessageGroupId,
		dedup: in.MessageDeduplicationId, delay: in.DelaySeconds, trace: c.TraceHeader,
	}
	if err := content.check(); err != nil {
		return nil, err
	}
	m := content.message()
	s = s.at(in.QueueUrl)
	hold := s.scope.Hold()
	defer hold.End()
	q, err := s.find(in.QueueUrl)
	if err == nil {
		err = q.fits(&content)
	}
	if err == nil {
		err = q.suits(&content)
	}
	if err != nil {
		return nil, err
	}
	id, number := s.post(c, &hold, q, m, content.delay, s.now())
	hold.End()
	out := &SendMessageOutput{MessageId: wire.Some(id), MD5OfMessageBody: wire.Some(bodyMD5(m)), SequenceNumber: number}
	out.MD5OfMessageAttributes, out.MD5OfMessageSystemAttributes = content.checksums()
	return out, nil
}

// post gives a message that a call sent its id and stores it, unless it repeats one. It lets the scope go while it asks interceptors.
// It returns id and sequence number; of the message itself, only the checksum may be read then: it may be gone already.
func (s *Service) post(c *engine.Call, hold *engine.Hold, q *queue, m *message, delay wire.Opt[int32], now int64) (id string, number wire.Opt[string]) {
	m.id = s.scope.NewID()
	if c.Scope.Account != s.scope.Account {
		m.with(func(r *rare) { r.sender = c.Scope.Account })
	}
	d := event.Delivery{Lineage: c.Lineage(q.place), From: c.Place(), Due: q.due(delay)}
	if q.repeats(m, &d) {
		return m.id.String(), m.sequenceNumber()
	}
	number = m.sequenceNumber()
	if s.engine.Intercepted() {
		hold.End()
		s.sendThrough(q, m, d)
		hold.Resume()
		return m.id.String(), number
	}
	return s.enqueue(q, m, &d, now), number
}

// message makes a message of checked content; it lacks its id. One with extras is one piece of memory with them.
func (c *content) message() *message {
	if c.plain() {
		return &message{body: c.body, md5: textMD5(c.body)}
	}
	whole := &struct {
		message
		extras
	}{message{body: c.body, md5: textMD5(c.body)}, c.extras()}
	whole.message.extras = &whole.extras
	return &whole.message
}

func (c *content) checksums() (attributes, system wire.Opt[string]) {
	if len(c.attributes) > 0 {
		attributes = wire.Some(attributesMD5(c.attributes))
	}
	if a, ok := c.system[MessageSystemAttributeNameForSendsAWSTraceHeader]; ok {
		system = wire.Some(systemAttributesMD5(a.DataType, a.StringValue.V))
	}
	return attributes, system
}

// sendThrough brings a message past the interceptors into its queue. The scope must not be locked.
func (s *Service) sendThrough(q *queue, m *message, d event.Delivery) {
	m.sent = s.now() // not when an interceptor lets it go
	ev := m.event()
	d.Account, d.Region, d.To, d.Event = s.scope.Account, s.scope.Region, q.place, ev
	s.engine.Through(d, func(d event.Delivery) {
		s.scope.Lock()
		defer s.scope.Unlock()
		q := s.queues[d.To.Name()]
		if q == nil {
			s.lost(d)
			return
		}
		sent := *m
		sent.rewrite(d.Event.Body)
		s.enqueue(q, &sent, &d, s.now())
	})
}
