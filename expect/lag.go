package expect

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// LagBelow says that what events lead to is at a place soon enough: for each event that one of the selectors selects, at most that
// much time passes on the backend's clock from when it was stated until the first successful call that changes the place because
// of it ("table:crm-contacts", a read model), or until something that it caused arrives there. Without selectors it is judged for
// the events that lead there at all, of which there must be one.
//
// Only what goes through the backend is seen: of a read model elsewhere ask the system itself, in Eventually.
func LagBelow(place string, most time.Duration, selectors ...Selector) Expectation {
	return lagBelow{place, most, selectors}
}

type lagBelow struct {
	place     string
	most      time.Duration
	selectors []Selector
}

func (l lagBelow) String() string {
	text := fmt.Sprintf("lag of %s at most %v", l.place, l.most)
	if len(l.selectors) > 0 {
		var names []string
		for _, s := range l.selectors {
			names = append(names, s.String())
		}
		text += " behind " + strings.Join(names, ", ")
	}
	return text
}

func (l lagBelow) judge(f *observe.Flow, _ *coverage) Finding {
	found := Finding{Kind: KindLag, OK: true, Want: "≤ " + l.most.String()}
	facts, problem := l.facts(f)
	if found.Problem = problem; problem != "" {
		found.OK = false
		return found
	}
	reached := l.reached(f)
	var worst *observe.Fact
	measured, never := 0, 0
	for _, fact := range facts {
		change, ok := reached[fact.ID]
		if !ok {
			if len(l.selectors) > 0 {
				never++
				found.OK, found.Offenders = false, append(found.Offenders, fact.Arrivals[len(fact.Arrivals)-1])
			}
			continue
		}
		measured++
		lag := change.At.Sub(fact.Hops[0].At)
		if worst == nil || lag > found.Lag {
			worst, found.Lag = fact, lag
		}
		if lag > l.most {
			found.OK, found.Offenders = false, append(found.Offenders, changed(f, fact, change))
		}
	}
	switch {
	case measured == 0 && never == 0:
		found.OK, found.Problem = false, fmt.Sprintf("no event of the flow led to a change of %s, so there is no lag to measure", l.place)
	case never > 0:
		found.Got = fmt.Sprintf("%d of %d never got there", never, len(facts))
	default:
		found.Got = fmt.Sprintf("%v for %s", found.Lag, worst.Type())
	}
	return found
}

// Selected returns the facts that one of the selectors selects, each once. The error says why a selector selects none.
func Selected(f *observe.Flow, selectors ...Selector) ([]*observe.Fact, error) {
	var list []*observe.Fact
	seen := map[*observe.Fact]bool{}
	for _, s := range selectors {
		if problem := s.problem(f); problem != "" {
			return nil, errors.New(problem)
		}
		matches := s.matches(f)
		if len(matches) == 0 {
			return nil, fmt.Errorf("no event of the flow is %s, so there is no lag to measure", s)
		}
		for _, m := range matches {
			if !seen[m.fact] {
				seen[m.fact] = true
				list = append(list, m.fact)
			}
		}
	}
	return list, nil
}

// facts returns the facts whose lag is asked for.
func (l lagBelow) facts(f *observe.Flow) (list []*observe.Fact, problem string) {
	if problem := On(l.place).problem(f); problem != "" {
		return nil, problem
	}
	if l.most < 0 {
		return nil, fmt.Sprintf("a lag of at most %v is none: time does not run backwards", l.most)
	}
	if len(l.selectors) == 0 {
		for _, fact := range f.Facts {
			if fact.Public() {
				list = append(list, fact)
			}
		}
		return list, ""
	}
	list, err := Selected(f, l.selectors...)
	if err != nil {
		return nil, err.Error()
	}
	return list, ""
}

// reached returns the hop by which each fact first led to a change of the place.
func (l lagBelow) reached(f *observe.Flow) map[uint64]*event.Hop {
	first := map[uint64]*event.Hop{}
	note := func(fact uint64, h *event.Hop) {
		if first[fact] == nil && fact != 0 {
			first[fact] = h
		}
	}
	for i := range f.Hops {
		h := &f.Hops[i]
		change := h.Arrives() || h.Kind == event.KindCall && h.Outcome == event.Delivered
		if !change || !f.MatchPlace(l.place, h.To) {
			continue
		}
		note(h.Fact, h)
		for _, cause := range f.AncestryOf(h) {
			note(cause.Fact, h)
		}
	}
	return first
}

// changed returns the arrival that the hop is, else the last of the fact that led to it.
func changed(f *observe.Flow, fact *observe.Fact, h *event.Hop) *observe.Arrival {
	for _, a := range f.Arrivals(string(h.To)) {
		if a.Seq >= h.Seq && (a.Seq == h.Seq || a.Cause == h.Seq) {
			return a
		}
	}
	return fact.Arrivals[len(fact.Arrivals)-1]
}
