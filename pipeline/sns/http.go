package sns

import (
	"fmt"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Outbound makes HTTP requests for the pipeline. It decides which addresses may be reached. Safe for concurrent use.
type Outbound interface {
	// Post sends one request and returns at once; it is called without any lock. done is called once, on any goroutine, with the
	// status of the answer, or with an error if there was none.
	Post(r Post, done func(status int, err error))
}

// Post is one request that SNS makes to an endpoint.
type Post struct {
	URL    string
	Header map[string]string
	Body   string
}

type post = Post

const defaultContentType = "text/plain; charset=UTF-8"

// httpError is an answer that does not take the message.
type httpError struct{ status int }

func (e *httpError) Error() string {
	return fmt.Sprintf("the endpoint answered with status %d", e.status)
}

// ErrorCode names the error in hops.
func (e *httpError) ErrorCode() string { return "HTTPStatus" }

// posted returns the request that brings a message to an HTTP endpoint.
//
// Source: SNS Developer Guide, "Parsing Amazon SNS message formats".
func (o *offer) posted(sub *subscription, text string) *post {
	p := sub.post("Notification", o.message.id, o.body(sub, text))
	p.Header["X-Amz-Sns-Subscription-Arn"] = sub.arn
	if sub.raw {
		p.Header["X-Amz-Sns-Rawdelivery"] = "true"
	}
	return p
}

func (sub *subscription) post(kind, id, body string) *post {
	return &post{URL: sub.endpoint, Body: body, Header: map[string]string{
		"Content-Type": sub.contentType(), "Accept-Encoding": "gzip,deflate", "User-Agent": "Amazon Simple Notification Service Agent",
		"X-Amz-Sns-Message-Type": kind, "X-Amz-Sns-Message-Id": id, "X-Amz-Sns-Topic-Arn": sub.topicARN,
	}}
}

// sendHTTP makes one attempt at d.Due, past the interceptors.
func (o *outgoing) sendHTTP(d event.Delivery) {
	s := o.service
	s.engine.Schedule(&engine.Task{
		Due: d.Due, Scope: s.scope, Channel: string(d.To) + "@" + d.Account, What: "delivery to " + string(d.To), Place: d.To, Event: d.Event, Fact: d.Fact,
		Run: func() { s.engine.Through(d, o.request) },
	})
}

// request asks the outbound port to post the message.
func (o *outgoing) request(d event.Delivery) {
	s := o.service
	if s.outbound == nil {
		s.record(event.Hop{Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Failed, Attempt: d.Attempt, Event: d.Event,
			Reason: event.Because("NoOutboundHTTP", "not delivered: no outbound HTTP configured")}, d.Lineage)
		return
	}
	p := *o.post
	p.Body = d.Event.Body
	s.underway(1)
	s.outbound.Post(p, func(status int, err error) {
		o.answered(d, status, err)
		s.underway(-1)
	})
}

func (s *Service) underway(n int) {
	s.scope.Lock()
	defer s.scope.Unlock()
	s.posting += n
}

func (o *outgoing) answered(d event.Delivery, status int, err error) {
	switch {
	case err != nil:
		o.failed(d, err)
	case status < 200 || status > 299:
		o.failed(d, &httpError{status})
	default:
		o.service.record(event.Hop{Kind: event.KindArrive, From: d.From, To: d.To, Outcome: event.Delivered, Attempt: d.Attempt, Event: d.Event}, d.Lineage)
	}
}

// ask sends a message that asks an endpoint for something about its subscription. The scope must not be locked.
func (s *Service) ask(sub *subscription, a asking, lineage event.Lineage) {
	ev := &event.Event{ID: a.id, Source: sub.topicARN, Type: a.kind, Time: a.at, Body: a.body(s, sub)}
	place := event.At(event.PlaceTopic, topicName(sub.topicARN))
	d := event.Delivery{Lineage: lineage, Account: sub.to.account, Region: sub.to.region, From: place, To: sub.to.place, Event: ev, Attempt: 1}
	if why := undeliverable[sub.protocol]; why != nil {
		s.record(event.Hop{Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Failed, Reason: why, Event: ev}, lineage)
		return
	}
	p := sub.post(a.kind, a.id, ev.Body)
	if sub.confirmed {
		p.Header["X-Amz-Sns-Subscription-Arn"] = sub.arn
	}
	if a.kind == unsubscribeConfirmation && sub.redrive != nil {
		without := *sub // Source: LocalStack's HTTP publisher leaves such a message out of the dead-letter queue, as it saw on AWS
		without.redrive, sub = nil, &without
	}
	o := &outgoing{service: s, topic: place, sub: sub, dead: ev, post: p, retries: sub.retries}
	o.send(d)
}
