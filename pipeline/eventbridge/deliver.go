package eventbridge

import (
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// outgoing is an event on its way from a rule to one of its targets, over all attempts. It is immutable.
type outgoing struct {
	service  *Service
	rule     *rule
	target   *target
	original *event.Event // as it was at the bus: what a dead-letter queue gets
	accepted time.Time
}

// deliver sends the event to a target once.
func (a *arrival) deliver(r *rule, t *target, lineage event.Lineage) {
	s := a.service
	now := s.scope.Engine.Now()
	o := &outgoing{service: s, rule: r, target: t, original: a.event, accepted: now}
	d := event.Delivery{
		Lineage: lineage, Account: t.to.account, Region: t.to.region, From: r.place, To: t.to.place, Event: a.event, Attempt: 1,
	}
	if a.forwarded && t.to.place.Kind() == event.PlaceBus {
		o.failed(d, &wire.Error{Code: "THIRD_ACCOUNT_HOP_DETECTED", Message: "an event that came from another bus cannot be sent on to a third one"})
		return
	}
	if t.to.place.Kind() == event.PlaceBus && t.to.region != s.scope.Region {
		d.Event = a.abroad()
	}
	if t.group != "" || t.input.changes() {
		body, err := t.input.render(a.event, r, now.Format(timeFormat))
		if err != nil {
			o.failed(d, err)
			return
		}
		shaped := *a.event
		shaped.Body, shaped.Key = body, t.group
		d.Event = &shaped
	}
	o.send(d)
}

// abroad returns the event as a bus of another region gets it: with an id of its own.
//
// Source: recorded against AWS by LocalStack; a bus of another account in the same region gets the id of the event.
func (a *arrival) abroad() *event.Event {
	id, moved := a.service.newID(), *a.event
	moved.ID, moved.Body = id, strings.Replace(moved.Body, `"id":"`+a.event.ID+`"`, `"id":"`+id+`"`, 1)
	return &moved
}

// send makes one attempt at d.Due.
func (o *outgoing) send(d event.Delivery) {
	if _, isAPI := destinationName(d.To); isAPI {
		o.sendHTTP(d)
		return
	}
	o.service.scope.Engine.Send(d, o.done)
}

// done is called after each attempt.
func (o *outgoing) done(d event.Delivery, err error) {
	if err != nil {
		o.failed(d, err)
	}
}

// failed retries the delivery, or gives it up.
func (o *outgoing) failed(d event.Delivery, err error) {
	f := failureOf(err)
	if !f.retry {
		o.giveUp(d, f, "")
		return
	}
	retries := d.Attempt - 1
	if retries >= o.target.retries {
		o.giveUp(d, f, "MaximumRetryAttempts")
		return
	}
	s := o.service
	now := s.scope.Engine.Now()
	hold := s.scope.Hold()
	defer hold.End()
	due := now.Add(backoff(retries, s.scope.Float64()))
	hold.End()
	end := o.accepted.Add(o.target.maxAge)
	if !due.Before(end) {
		o.expire(d, f, end)
		return
	}
	lineage := s.record(event.Hop{
		Kind: event.KindRetry, From: d.From, To: d.To, Outcome: event.Delayed, Due: due, Attempt: d.Attempt, Event: d.Event,
		Reason: event.Because(f.code, f.message),
	}, d.Lineage)
	d.Lineage, d.Due, d.Attempt = lineage, due, d.Attempt+1
	o.send(d)
}

// giveUp sends the event to the target's dead-letter queue, or loses it. exhausted names the limit of the retry policy
// that was reached; it is empty for an error that no retry would mend.
func (o *outgoing) giveUp(d event.Delivery, f failure, exhausted string) {
	why := event.Because(f.code, f.message)
	if exhausted != "" {
		why = event.Because(exhausted, "gave up after "+strconv.Itoa(d.Attempt-1)+" retries: "+f.message)
	}
	hop := event.Hop{Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Reason: why, Attempt: d.Attempt, Event: d.Event}
	if o.target.dlq == nil {
		why.Text += "; the target has no dead-letter queue"
		o.service.record(hop, d.Lineage)
		return
	}
	hop.Outcome = event.DeadLettered
	lineage := o.service.record(hop, d.Lineage)
	dead := *o.original
	dead.Attributes = o.deadLetterAttributes(d, f, exhausted)
	o.service.scope.Engine.Send(event.Delivery{
		Lineage: lineage, Account: o.target.dlq.account, Region: o.target.dlq.region, From: d.From, To: o.target.dlq.place, Event: &dead, Attempt: 1,
	}, o.deadLettered)
}

// deadLetterAttributes are the message attributes AWS sets.
//
// Source: EventBridge User Guide, "Using dead-letter queues to process undelivered events".
func (o *outgoing) deadLetterAttributes(d event.Delivery, f failure, exhausted string) map[string]string {
	all := map[string]string{
		"RULE_ARN": o.rule.arn, "TARGET_ARN": o.target.settings.Arn, "ERROR_CODE": f.code, "ERROR_MESSAGE": f.message,
	}
	if exhausted != "" {
		all["EXHAUSTED_RETRY_CONDITION"] = exhausted
		all["RETRY_ATTEMPTS"] = strconv.Itoa(d.Attempt - 1)
	}
	if trace := o.original.Attributes[traceHeader]; trace != "" {
		all[traceHeader] = trace
	}
	return all
}

// deadLettered records that not even the dead-letter queue took the event.
func (o *outgoing) deadLettered(d event.Delivery, err error) {
	if err == nil {
		return
	}
	f := failureOf(err)
	o.service.record(event.Hop{
		Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Event: d.Event, Attempt: d.Attempt,
		Reason: event.Because("DeadLetterQueueFailed", "the dead-letter queue did not take the event: "+f.message),
	}, d.Lineage)
}
