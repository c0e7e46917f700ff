package engine

import "github.com/dyetrace/dyetrace/event"

// Explainer is a [Service] that can say what one of its places makes of an event, leaf by leaf, also where the history has a
// summary only.
type Explainer interface {
	// Explain returns why place does not take e; a nil reason says that it does. known is false if place is not the service's.
	Explain(e *event.Event, place event.Place) (why *event.Reason, known bool)
}

// Explain asks the services of the scope.
func (s *Scope) Explain(e *event.Event, place event.Place) (why *event.Reason, known bool) {
	for _, svc := range s.services {
		if x, ok := svc.(Explainer); ok {
			if why, known = x.Explain(e, place); known {
				return why, true
			}
		}
	}
	return nil, false
}
