package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/dyetrace/dyetrace/event"
)

// NoReceiverError says that a delivery names a place that nothing in its account can be.
type NoReceiverError struct {
	To      event.Place
	Account string
	Region  string
}

// Error names the place and where it was looked for.
func (e *NoReceiverError) Error() string {
	return fmt.Sprintf("no %s can be delivered to in account %s, region %s", e.To.Kind(), e.Account, e.Region)
}

// Send brings d to d.To in d.Account and d.Region at d.Due, after the hop interceptors had their say. It returns at once and
// may be called under a scope's lock. done, if not nil, is called without any lock for each attempt with the receiver's
// error; it is not called for a delivery that an interceptor made disappear, which is recorded as lost.
func (e *Engine) Send(d event.Delivery, done func(event.Delivery, error)) {
	e.Schedule(&Task{
		Due: d.Due, Scope: e.Scope(d.Account, d.Region), Channel: channelOf(d), What: "delivery to " + string(d.To),
		Place: d.To, Event: d.Event, Fact: d.Fact,
		Run: func() {
			e.Through(d, func(d event.Delivery) {
				err := e.deliver(d)
				if done != nil {
					done(d, err)
				}
			})
		},
	})
}

// Relay is [Engine.Send] for a sender that must go on in any case. then, called exactly once without any lock, says that all
// that the interceptors made of d was attempted or is held up until later; its error joins those of the attempts. A delivery
// that they made disappear is recorded as lost and no error: its sender would not know either. late, if not nil, is called for
// each attempt of what was held up.
func (e *Engine) Relay(d event.Delivery, then func(error), late func(event.Delivery, error)) {
	e.Schedule(&Task{
		Due: d.Due, Scope: e.Scope(d.Account, d.Region), Channel: channelOf(d), What: "delivery to " + string(d.To),
		Place: d.To, Event: d.Event, Fact: d.Fact,
		Run: func() {
			var failure error
			told := false
			defer e.contain("delivery to", d.To, func(fault *PanicError) {
				if !told { // else it is then itself that failed
					told = true
					then(errors.Join(failure, fault))
				}
			})
			e.Through(d, func(d event.Delivery) {
				switch err := e.deliver(d); {
				case told && late != nil:
					late(d, err)
				case failure == nil:
					failure = err
				default:
					failure = errors.Join(failure, err)
				}
			})
			told = true
			then(failure)
		},
	})
}

func (e *Engine) deliver(d event.Delivery) (err error) {
	defer e.contain("delivery to", d.To, func(fault *PanicError) { err = fault })
	r := e.Scope(d.Account, d.Region).Receiver(d.To.Kind())
	if r == nil {
		return &NoReceiverError{To: d.To, Account: d.Account, Region: d.Region}
	}
	return r.Receive(d)
}

// Receiver returns what takes deliveries to places of that kind in the scope, or nil.
func (s *Scope) Receiver(kind string) Receiver { return s.receivers[kind] }

// channelOf keeps the deliveries to one place in the order they were sent.
func channelOf(d event.Delivery) string { return string(d.To) + "@" + d.Account + "/" + d.Region }

// Through asks the hop interceptors what becomes of d and applies each answer: at once, or at its Due when an interceptor made
// that later than d's. (A Due that d came with is the place's own business, e.g. the delay of a message: an interceptor that
// changes nothing must not delay it twice.) It must be called without any lock. Without interceptors it is apply(d). It reports
// whether anything becomes of d; if nothing does, it was recorded as lost.
func (e *Engine) Through(d event.Delivery, apply func(event.Delivery)) (lives bool) {
	out := []event.Delivery{d}
	asked := false
	for _, i := range e.interceptors {
		if i.Hop == nil {
			continue
		}
		asked = true
		var next []event.Delivery
		for _, d := range out {
			next = append(next, i.Hop(context.Background(), e.hopOf(d), d)...)
		}
		out = next
	}
	if asked && len(out) == 0 {
		hop := e.hopOf(d)
		hop.Kind, hop.Outcome, hop.Reason = event.KindDrop, event.Lost, event.Because("Intercepted", "an interceptor made the event disappear here")
		e.Record(hop)
		return false
	}
	now := e.Now()
	for _, o := range out {
		if !o.Due.After(now) || !o.Due.After(d.Due) {
			apply(o)
			continue
		}
		e.Schedule(&Task{Due: o.Due, Scope: e.Scope(o.Account, o.Region), Channel: channelOf(o), What: "delayed delivery to " + string(o.To),
			Place: o.To, Event: o.Event, Fact: o.Fact, Run: func() { apply(o) }})
	}
	return true
}

// Intercepted reports whether any hop interceptor is there: without one a service can skip building a Delivery.
func (e *Engine) Intercepted() bool {
	for _, i := range e.interceptors {
		if i.Hop != nil {
			return true
		}
	}
	return false
}

func (e *Engine) hopOf(d event.Delivery) event.Hop {
	return event.Hop{
		At: e.Now(), Account: d.Account, Region: d.Region, Kind: event.KindArrive, From: d.From, To: d.To, Outcome: event.Delivered,
		Fact: d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred, Attempt: d.Attempt, Event: d.Event,
	}
}
