package sns

import (
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// outgoing is a message on its way to one subscription, over all attempts. It is immutable.
type outgoing struct {
	service *Service
	topic   event.Place
	sub     *subscription
	dead    *event.Event // what a dead-letter queue gets
	post    *post        // over HTTP
	retries retryPolicy
}

// deliver sends the message to a subscription for the first time.
func (o *offer) deliver(sub *subscription, lineage event.Lineage) {
	out := &outgoing{service: o.service, topic: o.topic.place, sub: sub, retries: managed}
	text := o.message.textFor(sub.protocol)
	content := &event.Event{Source: o.event.Source, Type: o.event.Type, Time: o.message.at}
	switch sub.protocol {
	case protocolLambda:
		content.Body = o.records(sub, text)
		out.dead = &event.Event{Source: content.Source, Type: content.Type, Time: content.Time, Body: o.envelope(sub, text)}
	case protocolHTTP, protocolHTTPS:
		out.post, out.retries = o.posted(sub, text), sub.retries
		content.Body = out.post.Body
	default:
		content.Body = o.body(sub, text)
		if sub.raw {
			content.Attributes, content.AttributeTypes = o.message.texts(), o.message.types()
		}
	}
	if out.dead == nil {
		out.dead = o.inQueue(content, sub.redrive)
	}
	if sub.protocol == protocolSQS {
		content = o.inQueue(content, &sub.to)
	}
	d := event.Delivery{
		Lineage: lineage, Account: sub.to.account, Region: sub.to.region, From: o.topic.place, To: sub.to.place, Event: content, Attempt: 1,
	}
	out.send(d)
}

// traceHeader is the attribute under which a queue takes X-Ray's tracing header.
//
// Source: SNS API Reference, SetTopicAttributes, TracingConfig: PassThrough, the default, passes the header on; recorded
// against AWS by LocalStack, test_publish_sqs_from_sns_with_xray_propagation.
const traceHeader = "AWSTraceHeader"

// inQueue returns an event as a queue takes it: one of a FIFO topic with group and deduplication id for a FIFO queue and without
// them for a standard queue; the group of a standard topic goes to any.
func (o *offer) inQueue(content *event.Event, queue *address) *event.Event {
	if queue == nil {
		return content
	}
	ordered := strings.HasSuffix(queue.place.Name(), ".fifo")
	grouped := o.message.group != "" && (ordered || !o.topic.fifo)
	if !grouped && o.message.trace == "" {
		return content
	}
	there := *content
	if grouped {
		there.Key = o.message.group
		if o.topic.fifo {
			there.Attributes = withAttribute(there.Attributes, event.AttributeDeduplicationID, o.message.dedup)
		}
	}
	if o.message.trace != "" {
		there.Attributes = withAttribute(there.Attributes, traceHeader, o.message.trace)
	}
	return &there
}

func withAttribute(attributes map[string]string, name, value string) map[string]string {
	all := make(map[string]string, len(attributes)+1)
	maps.Copy(all, attributes)
	all[name] = value
	return all
}

// body returns what a queue or an HTTP endpoint gets of a text.
func (o *offer) body(sub *subscription, text string) string {
	if sub.raw {
		return text
	}
	return o.envelope(sub, text)
}

// send makes one attempt, at d.Due.
func (o *outgoing) send(d event.Delivery) {
	if o.post != nil {
		o.sendHTTP(d)
		return
	}
	o.service.engine.Send(d, func(d event.Delivery, err error) {
		if err != nil {
			o.failed(d, err)
		}
	})
}

// failed retries a delivery, or gives it up.
func (o *outgoing) failed(d event.Delivery, err error) {
	s := o.service
	why := event.Because(codeOf(err), textOf(err))
	pause, again := o.retries.pause(d.Attempt)
	switch {
	case permanent(err):
		o.giveUp(d, why)
		return
	case !again:
		why.Text = "gave up after " + strconv.Itoa(d.Attempt-1) + " retries: " + why.Text
		o.giveUp(d, why)
		return
	}
	due := s.engine.Now().Add(pause)
	d.Lineage = s.record(event.Hop{Kind: event.KindRetry, From: d.From, To: d.To, Outcome: event.Delayed, Due: due, Attempt: d.Attempt, Event: d.Event, Reason: why}, d.Lineage)
	d.Due, d.Attempt = due, d.Attempt+1
	o.send(d)
}

// permanent tells whether no retry would mend an error: one of the client, as the services call it.
//
// Source: SNS Developer Guide, "Message delivery retries": client-side errors are not retried.
func permanent(err error) bool {
	if _, ok := errors.AsType[*engine.NoReceiverError](err); ok {
		return true
	}
	if h, ok := errors.AsType[*httpError](err); ok {
		return h.status >= 400 && h.status < 500 && h.status != 429
	}
	code := codeOf(err)
	status := 400
	if e, ok := errors.AsType[interface {
		error
		HTTPStatus() int
	}](err); ok {
		status = e.HTTPStatus()
	}
	return status < 500 && !strings.Contains(code, "Throttl") && code != "OverLimit" && code != "InternalError"
}

// giveUp sends the message to the subscription's dead-letter queue, or loses it.
func (o *outgoing) giveUp(d event.Delivery, why *event.Reason) {
	s := o.service
	hop := event.Hop{Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Attempt: d.Attempt, Event: d.Event, Reason: why}
	if o.sub.redrive == nil {
		why.Text += "; the subscription has no dead-letter queue"
		s.record(hop, d.Lineage)
		return
	}
	hop.Outcome = event.DeadLettered
	lineage := s.record(hop, d.Lineage)
	s.engine.Send(event.Delivery{
		Lineage: lineage, Account: o.sub.redrive.account, Region: o.sub.redrive.region, From: o.topic, To: o.sub.redrive.place, Event: o.dead, Attempt: 1,
	}, func(d event.Delivery, err error) {
		if err != nil {
			s.record(event.Hop{Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Attempt: d.Attempt, Event: d.Event,
				Reason: event.Because("DeadLetterQueueFailed", "the dead-letter queue did not take the message: "+textOf(err))}, d.Lineage)
		}
	})
}

// managed is how deliveries to queues and functions are retried.
//
// Source: SNS Developer Guide, "Message delivery retries", AWS managed endpoints: 3 at once, 2 a second apart, 10 with pauses
// from 1 to 20 s, 100,000 that are 20 s apart.
var managed = retryPolicy{
	Retries: 100_015, Immediate: 3, MinDelays: 2, MaxDelays: 100_000, MinDelay: time.Second, MaxDelay: 20 * time.Second, Backoff: "exponential",
}
