package function

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxPayload is AWS's limit of the payload and of the response of a synchronous invocation, in bytes.
//
// Source: AWS Lambda Developer Guide, "Lambda quotas".
const maxPayload = 6 << 20

// Known reports whether there is a function of that ARN.
func (s *Service) Known(arn string) bool {
	m := arnForm().FindStringSubmatch(arn)
	return m != nil && s.registry.find(m[2], m[1], m[3]) != nil
}

// Invoke calls a function and passes its response, or its error, to done. See [engine.Functions].
func (s *Service) Invoke(in engine.Invocation, done func(response []byte, err error)) {
	m := arnForm().FindStringSubmatch(in.Function)
	if m != nil && (m[2] != s.scope.Account || m[1] != s.scope.Region) {
		s.scope.Engine.Scope(m[2], m[1]).Functions().Invoke(in, done)
		return
	}
	place := event.At(event.PlaceFunction, "unknown")
	if m != nil {
		place = event.At(event.PlaceFunction, m[3])
	}
	s.scope.Engine.Schedule(&engine.Task{
		Scope: s.scope, Channel: string(place) + "@" + s.scope.Account + "/" + s.scope.Region, What: "invocation of " + string(place), Place: place,
		Run: func() {
			var f *compiled
			if m != nil {
				f = s.registry.find(m[2], m[1], m[3])
			}
			switch {
			case f == nil:
				done(nil, notFound(in.Function))
			case len(in.Payload) > maxPayload:
				done(nil, &wire.Error{Code: "RequestTooLargeException", Status: 413, SenderFault: true, Message: "the payload of the invocation is larger than 6 MB"})
			default:
				s.invoke(f, in, place, done)
			}
		},
	})
}

func (s *Service) invoke(f *compiled, in engine.Invocation, place event.Place, done func([]byte, error)) {
	lineage := s.handOver(in.Deliveries, place)
	r := &run{service: s, function: f, in: Invocation{ARN: in.Function, Attempt: 1}, place: place, payload: in.Payload, lineage: lineage}
	r.done = func(response []byte, err error) {
		if err == nil && len(response) > maxPayload {
			response, err = nil, &Error{Function: in.Function, Type: "Function.ResponseSizeTooLarge", Message: "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}
		}
		done(response, err)
	}
	r.start()
}

// handOver records that events came to a function and were handed to it. It returns what the function's calls descend from: the
// receipt if it is of one event only, the correlation id if all events share it.
func (s *Service) handOver(list []event.Delivery, place event.Place) event.Lineage {
	var all event.Lineage
	for i, d := range list {
		l := s.record(event.Hop{Kind: event.KindArrive, From: d.From, To: place, Outcome: event.Delivered, Attempt: d.Attempt, Event: d.Event}, d.Lineage)
		l = s.record(event.Hop{Kind: event.KindReceive, From: place, To: place, Outcome: event.Delivered, Attempt: d.Attempt, Event: d.Event}, l)
		switch {
		case i == 0:
			all = l
		case all.CorrelationID != l.CorrelationID:
			all = event.Lineage{}
		}
	}
	if len(list) > 1 {
		all.Cause, all.Fact = 0, 0
	}
	return all
}
