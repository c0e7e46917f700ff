package expect

import (
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Expectation is a statement about a flow. It is opaque; its String prints its own construction.
type Expectation interface {
	String() string
	judge(f *observe.Flow, covered *coverage) Finding
}

// Kind says what sort of statement a Finding is about.
type Kind string

// The kinds of finding.
const (
	KindPresence Kind = "presence" // something must have come
	KindOrder    Kind = "order"    // in this order
	KindChain    Kind = "chain"    // caused by one another
	KindAbsence  Kind = "absence"  // nothing of this may have come
	KindSurplus  Kind = "surplus"  // nothing else may have come
	KindLag      Kind = "lag"      // soon enough
)

// Finding is what came of one expectation.
type Finding struct {
	Kind        Kind
	Expectation string // as printed by String
	OK          bool
	Want        string // "1", "at least 1", "none"
	Got         string // "0", "2"
	Problem     string // the expectation itself cannot be judged or proves nothing: says what to do, in one or two lines
	Grade       event.Grade
	Lag         time.Duration      // of a lag: the longest that was measured
	Near        []NearMiss         // of a missing event: the nearest in the flow, best first
	Offenders   []*observe.Arrival // of absence, surplus and too many
	Pending     []event.Pending    // of absence: what may still come
	Chain       *BrokenChain       // of a chain that broke
	Undecodable []*observe.Arrival // bodies that are not JSON, where a field of the body was asked for
}

// Verdict is what came of all expectations over one flow.
type Verdict struct {
	OK       bool
	Flow     *observe.Flow
	Findings []Finding // in the order the expectations were given
}

// Failed returns the findings that are not OK.
func (v Verdict) Failed() []Finding {
	var list []Finding
	for _, f := range v.Findings {
		if !f.OK {
			list = append(list, f)
		}
	}
	return list
}

// coverage remembers which facts and arrivals the positive expectations spoke of; what is left is surplus.
type coverage struct {
	facts    map[*observe.Fact]bool
	arrivals map[*observe.Arrival]bool
	ends     map[*observe.Fact]bool // facts of which an expectation said where they end

	expectations []Expectation // all that are judged together
}

func (c *coverage) add(m match) {
	c.facts[m.fact] = true
	for _, a := range m.arrivals {
		c.arrivals[a] = true
	}
	if m.placed && isEnd(m.arrivals) {
		c.ends[m.fact] = true
	}
}

func isEnd(arrivals []*observe.Arrival) bool {
	for _, a := range arrivals {
		if isEndPlace(a.To) {
			return true
		}
	}
	return false
}

// isEndPlace holds for places where consumers take events from: there a copy too many reaches somebody.
func isEndPlace(p event.Place) bool {
	switch p.Kind() {
	case event.PlaceQueue, event.PlaceTopic, event.PlaceFunction, event.PlaceHTTP:
		return true
	}
	return false
}

// Judge looks at the flow once for all expectations. Those that state surplus are judged last, whatever their place.
func Judge(f *observe.Flow, expectations ...Expectation) Verdict {
	v := Verdict{OK: true, Flow: f, Findings: make([]Finding, len(expectations))}
	c := &coverage{facts: map[*observe.Fact]bool{}, arrivals: map[*observe.Arrival]bool{}, ends: map[*observe.Fact]bool{}, expectations: expectations}
	for _, last := range []bool{false, true} {
		for i, e := range expectations {
			if _, surplus := e.(nothingElse); surplus == last {
				v.Findings[i] = e.judge(f, c)
				v.Findings[i].Expectation = e.String()
				v.OK = v.OK && v.Findings[i].OK
			}
		}
	}
	return v
}

// Horizon returns the horizon that the expectations ask for, and whether any does.
func Horizon(expectations ...Expectation) (time.Duration, bool) {
	for _, e := range expectations {
		if w, ok := e.(within); ok {
			return time.Duration(w), true
		}
	}
	return 0, false
}

// Within bounds how long the flow may take on the backend's clock before it is judged: absence is then established up to d
// from now. Within(0) judges what is there as soon as nothing is due now.
func Within(d time.Duration) Expectation { return within(d) }

type within time.Duration

func (w within) String() string { return "Within(" + time.Duration(w).String() + ")" }

func (w within) judge(*observe.Flow, *coverage) Finding { return Finding{OK: true, Kind: KindPresence} }
