package tap

import (
	"slices"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Hide returns a recording without what taps left in it: hops from and to their queues and rules, fences, the calls of these clients
// (the places client:NAME of the endpoints that taps were attached with), and their part of topology and quiescence. What is left is
// what would have been recorded without an observer.
func Hide(r observe.Recording, clients ...event.Place) observe.Recording {
	fences := map[uint64]bool{}
	for i := range r.Hops {
		if h := &r.Hops[i]; h.Fact != 0 && isFence(h.Event) {
			fences[h.Fact] = true
		}
	}
	hidden := func(p event.Place) bool { return ours(p) || slices.Contains(clients, p) }
	hops := make([]event.Hop, 0, len(r.Hops))
	for _, h := range r.Hops {
		if !hidden(h.From) && !hidden(h.To) && (h.Fact == 0 || !fences[h.Fact]) {
			hops = append(hops, h)
		}
	}
	r.Hops = hops
	t := &r.Topology
	t.Places = without(t.Places, ours)
	t.DLQs = without(t.DLQs, ours)
	t.Edges = without(t.Edges, func(e event.Edge) bool { return ours(e.From) || ours(e.To) })
	r.Quiescence.Pending = without(r.Quiescence.Pending, func(p event.Pending) bool { return hidden(p.Place) })
	return r
}

func isFence(e *event.Event) bool {
	return e != nil && (e.Source == FenceSource || fenceID(e.Body, e.Attributes) != "")
}

// without copies a list, leaving out what is not wanted; the list itself may be shared.
func without[E any](list []E, unwanted func(E) bool) []E {
	return slices.DeleteFunc(slices.Clone(list), unwanted)
}
