package expect

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Difference is one criterion that an event does not meet, or one field in which two documents differ.
type Difference struct {
	Path string // "type", "place", "tenant", or a path of the body
	Want string // as JSON, or plain for type, place and tenant; "absent"
	Got  string
}

// NearMiss is an event that nearly met an expectation.
type NearMiss struct {
	Arrival     *observe.Arrival
	Differences []Difference
	Stopped     []event.Hop // why it did not get to the wanted place: the hops that filtered, dropped or failed it
	weight      int         // how far off it is
}

// Another type is worse than another place, and that worse than another value. A condition that is met in part weighs less.
const (
	typeWeight      = 32
	placeWeight     = 12
	conditionWeight = 8
)

const (
	maxNear     = 3
	maxCompared = 20_000 // arrivals whose bodies are decoded for the ranking
)

// nearest ranks the flow's arrivals by what separates them from the selector: first those of the right type and fields that are
// at another place, then by how much of the conditions is missed; one per fact and set of differences. In a flow of very many
// arrivals those of the right type and place are compared first, and not all of the others.
func nearest(f *observe.Flow, s Selector) []NearMiss {
	var list []NearMiss
	for _, fact := range nearby(f, s) {
		var best *NearMiss
		for _, a := range fact.Arrivals {
			m := NearMiss{Arrival: a}
			m.Differences, m.weight = s.compare(f, a)
			if len(m.Differences) > 0 && (best == nil || m.weight <= best.weight) {
				best = &m
			}
		}
		if best != nil && best.weight < hopeless(s) {
			list = append(list, *best)
		}
	}
	slices.SortStableFunc(list, func(a, b NearMiss) int { return cmp.Compare(a.weight, b.weight) })
	if len(list) > maxNear {
		list = list[:maxNear]
	}
	for i, m := range list {
		if slices.ContainsFunc(m.Differences, func(d Difference) bool { return d.Path == "place" }) {
			list[i].Stopped = stops(f, s, m.Arrival.Fact)
		}
	}
	return list
}

// nearby returns the facts to compare, at most about maxCompared arrivals of them: those first that have an arrival of the right
// type and place.
func nearby(f *observe.Flow, s Selector) []*observe.Fact {
	n := 0
	for _, fact := range f.Facts {
		n += len(fact.Arrivals)
	}
	if n <= maxCompared {
		return f.Facts
	}
	var right, rest []*observe.Fact
	for _, fact := range f.Facts {
		if slices.ContainsFunc(fact.Arrivals, func(a *observe.Arrival) bool { return s.meetsPlace(f, a) && s.meetsType(a) }) {
			right = append(right, fact)
		} else {
			rest = append(rest, fact)
		}
	}
	left := maxCompared
	facts := append(right, rest...)
	for i, fact := range facts {
		if left -= len(fact.Arrivals); left <= 0 {
			return facts[:i+1]
		}
	}
	return facts
}

// hopeless is the weight at which nothing of what was asked for is met.
func hopeless(s Selector) int {
	w := conditionWeight * len(s.conditions)
	if s.typ != "" {
		w += typeWeight
	}
	if s.place != "" {
		w += placeWeight
	}
	if s.tenant != "" {
		w += conditionWeight
	}
	return max(w, typeWeight+1)
}

// stops returns the hops that kept the fact from the wanted place: at rules that lead there, or anywhere if none does and it got to no
// end either.
func stops(f *observe.Flow, s Selector, fact *observe.Fact) []event.Hop {
	var all, leading []event.Hop
	for _, h := range fact.Hops {
		if h.Outcome != event.Filtered && h.Outcome != event.Failed && h.Outcome != event.Lost && h.Outcome != event.Expired {
			continue
		}
		all = append(all, *h)
		if slices.ContainsFunc(f.Targets(h.To), func(p event.Place) bool { return f.MatchPlace(s.place, p) }) || f.MatchPlace(s.place, h.To) {
			leading = append(leading, *h)
		}
	}
	if len(leading) > 0 || isEnd(fact.Arrivals) {
		return leading
	}
	return all
}

// Explain says in one line why a hop ended as it did.
func Explain(h event.Hop) string {
	where := string(h.To)
	if where == "" {
		where = string(h.From)
	}
	if h.Reason == nil {
		return fmt.Sprintf("%s: %s", where, h.Outcome)
	}
	if len(h.Reason.Mismatches) == 0 {
		return fmt.Sprintf("%s: %s", where, h.Reason.Text)
	}
	m := h.Reason.Mismatches[0]
	line := fmt.Sprintf("%s: pattern leaf %s %s does not match %s", where, m.Path, m.Want, orAbsent(m.Got))
	if n := len(h.Reason.Mismatches) - 1; n > 0 {
		line += fmt.Sprintf(" (and %d more)", n)
	}
	return line
}
