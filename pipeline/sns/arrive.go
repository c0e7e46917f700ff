package sns

import (
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/sns/filter"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// deduplication is how long a FIFO topic knows a deduplication id.
//
// Source: SNS Developer Guide, "Message deduplication for FIFO topics".
const deduplication = 5 * time.Minute

// firstSequence makes sequence numbers of 20 digits.
const firstSequence = 10_000_000_000_000_000_000

// view is what of a topic handing out a message needs: it stays as it is when the lock is released.
type view struct {
	arn       string
	place     event.Place
	fifo      bool
	signature string // version
	subs      []*subscription
}

func (t *topic) view() view {
	v := view{arn: t.arn, place: t.place, fifo: t.fifo, subs: t.subscriptions, signature: "1"}
	if version := t.attributes[attributeSignature]; version != "" {
		v.signature = version
	}
	return v
}

// accept takes a checked message that a client published, and ends the hold on the scope.
func (s *Service) accept(c *engine.Call, hold *engine.Hold, t *topic, m *message) published {
	result, duplicate := s.number(t, m)
	s.bring(hold, t, m, event.Delivery{
		Lineage: c.Lineage(t.place), Account: s.scope.Account, Region: s.scope.Region, From: c.Place(), To: t.place, Event: m.event(t.arn), Attempt: 1,
	}, duplicate)
	return result
}

// number gives a message its id and, on a FIFO topic, its sequence number; or finds the message that it is a copy of. The scope
// must be locked.
func (s *Service) number(t *topic, m *message) (p published, duplicate bool) {
	m.at = s.engine.Now()
	if !t.fifo {
		m.id = s.scope.UUID()
		return published{id: m.id}, false
	}
	for len(t.oldest) > 0 && !t.seen[t.oldest[0]].until.After(m.at) {
		delete(t.seen, t.oldest[0])
		t.oldest = t.oldest[1:]
	}
	key := m.dedup
	if t.attributes[attributeScope] == "MessageGroup" {
		key = m.group + " " + m.dedup
	}
	if p, duplicate = t.seen[key]; duplicate {
		m.id, m.sequence = p.id, p.sequence
		return p, true
	}
	m.id = s.scope.UUID()
	t.sequence++
	m.sequence = strconv.FormatUint(firstSequence+t.sequence, 10)
	p = published{id: m.id, sequence: m.sequence, until: m.at.Add(deduplication)}
	t.seen[key] = p
	t.oldest = append(t.oldest, key)
	return p, false
}

// bring brings a numbered message to its topic. It ends the hold on the scope, but hands out messages of a FIFO topic under the lock,
// so that none overtakes another.
func (s *Service) bring(hold *engine.Hold, t *topic, m *message, d event.Delivery, duplicate bool) {
	switch v := t.view(); {
	case duplicate:
		s.record(event.Hop{Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Filtered, Event: d.Event, Attempt: d.Attempt,
			Reason: event.Because("Duplicate", "the topic took a message with the deduplication id "+m.dedup+" in the last five minutes")}, d.Lineage)
	case s.engine.Intercepted():
		hold.End()
		s.engine.Through(d, func(d event.Delivery) { s.bringLater(m, d) })
	case t.fifo:
		s.handOut(v, m, d)
	default:
		hold.End()
		s.handOut(v, m, d)
	}
	hold.End()
}

// bringLater hands out a message that has passed the interceptors. The scope must not be locked.
func (s *Service) bringLater(m *message, d event.Delivery) {
	hold := s.scope.Hold()
	defer hold.End()
	t := s.topics[d.To.Name()]
	if t == nil {
		hold.End()
		s.record(event.Hop{Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Event: d.Event, Attempt: d.Attempt,
			Reason: event.Because("NoSuchTopic", "the topic was deleted before the message came")}, d.Lineage)
		return
	}
	v := t.view()
	if d.Event.Body != m.text {
		changed := *m
		changed.text, changed.byProtocol = d.Event.Body, nil
		m = &changed
	}
	if !t.fifo {
		hold.End()
	}
	s.handOut(v, m, d)
}

// handOut records that a message came to a topic and offers it to each subscription.
func (s *Service) handOut(v view, m *message, d event.Delivery) {
	lineage := s.record(event.Hop{Kind: event.KindArrive, From: d.From, To: v.place, Outcome: event.Delivered, Attempt: d.Attempt, Event: d.Event}, d.Lineage)
	if len(v.subs) == 0 {
		s.record(event.Hop{Kind: event.KindDrop, From: v.place, Outcome: event.Filtered, Event: d.Event,
			Reason: event.Because("NoSubscriptions", "the topic has no subscriptions")}, lineage)
		return
	}
	o := offer{service: s, topic: v, message: m, event: d.Event}
	for _, sub := range v.subs {
		o.make(sub, lineage)
	}
}

// Receive publishes an event that another service delivers to a topic: the body is the message, the attributes are message
// attributes of type String, the key is the message group and [event.AttributeDeduplicationID] the deduplication id. The error, if any,
// is a *[wire.Error] with AWS's code.
func (s *Service) Receive(d event.Delivery) error {
	in := draft{text: d.Event.Body}
	for name, value := range d.Event.Attributes {
		if name == event.AttributeDeduplicationID {
			in.dedup = wire.Some(value)
			continue
		}
		if in.attributes == nil {
			in.attributes = make(map[string]MessageAttributeValue, len(d.Event.Attributes))
		}
		in.attributes[name] = MessageAttributeValue{DataType: "String", StringValue: wire.Some(value)}
	}
	if d.Event.Key != "" {
		in.group = wire.Some(d.Event.Key)
	}
	m, err := in.read()
	if err == nil && in.size() > maxMessage {
		err = invalid("Message too long")
	}
	if err != nil {
		return err
	}
	hold := s.scope.Hold()
	defer hold.End()
	t := s.topics[d.To.Name()]
	if t == nil {
		return errNoTopic()
	}
	if err := m.check(t, in.dedup, in.group); err != nil {
		return err
	}
	_, duplicate := s.number(t, m)
	ev := m.event(t.arn)
	ev.Source, ev.Type = d.Event.Source, d.Event.Type
	d.Event = ev
	if duplicate {
		s.bring(&hold, t, m, d, true)
		return nil
	}
	v := t.view()
	if !t.fifo {
		hold.End()
	}
	s.handOut(v, m, d)
	return nil
}

// offer is one message at one topic on its way to the subscriptions.
type offer struct {
	service  *Service
	topic    view
	message  *message
	event    *event.Event // as it is at the topic
	filtered *filter.Message
	signed   map[string]string // signatures, by text
}

// make offers the message to one subscription and records what becomes of that.
func (o *offer) make(sub *subscription, lineage event.Lineage) {
	hop := event.Hop{Kind: event.KindMatch, From: o.topic.place, To: sub.to.place, Outcome: event.Filtered, Event: o.event}
	switch {
	case !sub.confirmed:
		hop.Reason = event.Because("PendingConfirmation", "the endpoint has not confirmed the subscription "+sub.arn)
		o.service.record(hop, lineage)
		return
	case sub.policy != nil:
		if o.filtered == nil {
			o.filtered = o.message.filtered()
		}
		if !sub.policy.Match(o.filtered) {
			hop.Reason = mismatch(sub.policy.Explain(o.filtered))
			o.service.record(hop, lineage)
			return
		}
		hop.Outcome = event.Delivered
		lineage = o.service.record(hop, lineage)
	}
	if why := undeliverable[sub.protocol]; why != nil {
		if sub.protocol == "sms" && o.service.wantsNone(sub.endpoint) {
			why = optedOut
		}
		hop.Kind, hop.Outcome, hop.Reason, hop.Event = event.KindDrop, event.Failed, why, o.unsent(sub)
		o.service.record(hop, lineage)
		return
	}
	o.deliver(sub, lineage)
}

// unsent returns the message with the text that a subscription would have got by a protocol that sends nothing: that of its platform
// for an endpoint of a mobile application.
func (o *offer) unsent(sub *subscription) *event.Event {
	key := sub.protocol
	if parts := strings.Split(sub.endpoint, "/"); key == "application" && len(parts) > 1 {
		key = parts[1]
	}
	text := o.message.textFor(key)
	if text == o.event.Body {
		return o.event
	}
	own := *o.event
	own.Body = text
	return &own
}

const notDelivered = "NotDelivered"

// undeliverable are the protocols by which nothing is sent, with the reason.
var undeliverable = map[string]*event.Reason{
	"email":       event.Because(notDelivered, "dyetrace sends no e-mail"),
	"email-json":  event.Because(notDelivered, "dyetrace sends no e-mail"),
	"sms":         event.Because(notDelivered, "dyetrace sends no SMS"),
	"application": event.Because(notDelivered, "dyetrace sends nothing to mobile applications"),
	"firehose":    event.Because(notDelivered, "dyetrace has no Firehose"),
}

// mismatch words the leaves of a filter policy that a message does not satisfy.
func mismatch(leaves []filter.Mismatch) *event.Reason {
	why := &event.Reason{Code: "FilterPolicyMismatch", Mismatches: make([]event.Mismatch, len(leaves))}
	var text strings.Builder
	text.WriteString("the message does not match the filter policy: ")
	for i, m := range leaves {
		why.Mismatches[i] = event.Mismatch{Path: m.Path, Want: m.Want, Got: m.Got}
		if i > 0 {
			text.WriteString("; ")
		}
		text.WriteString(m.Text)
	}
	why.Text = text.String()
	return why
}
