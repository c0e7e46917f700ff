package expect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Never says that no event of the flow meets any of the selectors, and that none can come any more: the finding's grade says
// how that is known. Events that the backend could not attribute to any flow count, too.
//
// A selector that no event could ever meet proves nothing and fails: its place does not exist; no event names a tenant; or its type,
// source, tenant or a path of its conditions is known nowhere, and is a slip away from one that is. Known are those of the flow's
// events, of rules' patterns, of the other expectations, and of [observe.Recording.Known]. A name that is like no other is taken as it is.
func Never(selectors ...Selector) Expectation { return never(selectors) }

type never []Selector

func (n never) String() string {
	parts := make([]string, len(n))
	for i, s := range n {
		parts[i] = s.String()
	}
	return "never " + strings.Join(parts, ", ")
}

func (n never) judge(f *observe.Flow, c *coverage) Finding {
	found := Finding{Kind: KindAbsence, OK: true, Want: "none", Grade: f.Grade}
	if len(n) == 0 {
		found.OK, found.Grade, found.Problem = false, event.Inconclusive, "Never needs at least one selector: say what must not come"
		return found
	}
	offenders, problem := map[*observe.Arrival]bool{}, ""
	for _, s := range n {
		if useless := s.useless(); useless != "" {
			problem = cmp.Or(problem, useless)
			continue
		}
		matches := s.matches(f)
		for _, m := range matches {
			for _, a := range m.arrivals {
				if !offenders[a] {
					offenders[a] = true
					found.Offenders = append(found.Offenders, a)
				}
			}
		}
		if len(matches) == 0 {
			problem = cmp.Or(problem, s.vacuous(f, c))
		}
	}
	slices.SortFunc(found.Offenders, func(a, b *observe.Arrival) int { return cmp.Compare(a.Seq, b.Seq) })
	found.Got = fmt.Sprint(len(found.Offenders))
	switch {
	case len(found.Offenders) > 0: // whatever else is wrong with the selectors
		found.OK = false
	case problem != "":
		found.OK, found.Grade, found.Problem = false, event.Inconclusive, problem
	default:
		conclude(f, &found)
	}
	return found
}

// vacuous says why the absence of what s selects, which is there, would prove nothing, or "".
func (s Selector) vacuous(f *observe.Flow, c *coverage) string {
	return cmp.Or(s.problem(f), s.tenantless(f), s.misspelt(f, c))
}

// tenantless says that nothing could ever be the tenant's, or "".
func (s Selector) tenantless(f *observe.Flow) string {
	if s.tenant == "" {
		return ""
	}
	for _, fact := range f.Facts {
		if fact.Tenant() != "" {
			return ""
		}
	}
	for _, p := range f.Topology.Places {
		if ownedBy(p, s.tenant) {
			return ""
		}
	}
	if len(f.Facts) == 0 {
		return "the flow has no event at all, so the absence of a tenant's proves nothing: expect what must come, too"
	}
	return fmt.Sprintf("no event of the flow names a tenant at %s, and no place is called after %q: declare where the tenant is with dye.TenantAt(\"detail.…\")",
		strings.Join(f.TenantAt, ", "), s.tenant)
}

// conclude turns "none was seen" into a verdict: absence is established only if the recording is whole, nothing is under way and
// nothing is due behind the horizon, unless the test itself set the horizon and so asked about no more than that.
func conclude(f *observe.Flow, found *Finding) {
	if f.Lost > 0 {
		found.OK, found.Grade = false, event.Inconclusive
		found.Problem = fmt.Sprintf("%d hops fell out of the backend's history before they were read: keep a longer history", f.Lost)
		return
	}
	found.Pending = f.Quiescence.Pending
	if f.Quiescence.Quiet && f.Grade > event.Inconclusive && (f.Bounded || len(found.Pending) == 0) {
		return
	}
	found.OK, found.Grade, found.Got = false, event.Inconclusive, "none so far"
}

// NothingElse says that the flow has no fact but those the other expectations speak of, and none can come any more. Where an
// expectation says at which queue, topic or function a fact ends, a copy of that fact at another one is surplus, too.
func NothingElse() Expectation { return nothingElse{} }

type nothingElse struct{}

func (nothingElse) String() string { return "nothing else" }

func (nothingElse) judge(f *observe.Flow, c *coverage) Finding {
	found := Finding{Kind: KindSurplus, OK: true, Want: "none", Grade: f.Grade}
	for _, fact := range f.Facts {
		if !c.facts[fact] {
			if fact.Public() {
				found.Offenders = append(found.Offenders, fact.Arrivals[len(fact.Arrivals)-1])
			}
			continue
		}
		for _, a := range fact.Arrivals {
			if c.ends[fact] && isEndPlace(a.To) && !c.arrivals[a] && !fromCovered(c, fact, a) && !handedOn(fact, a) {
				found.Offenders = append(found.Offenders, a)
			}
		}
	}
	found.Got = fmt.Sprint(len(found.Offenders))
	if len(found.Offenders) > 0 {
		found.OK = false
		return found
	}
	conclude(f, &found)
	return found
}

// fromCovered holds for a copy that a covered place handed on: a message that was moved to a dead-letter queue is the same copy.
func fromCovered(c *coverage, fact *observe.Fact, a *observe.Arrival) bool {
	if a.Kind != event.KindDeadLetter {
		return false
	}
	for _, b := range fact.Arrivals {
		if c.arrivals[b] && b.To == a.From {
			return true
		}
	}
	return false
}

// handedOn holds for a copy at a topic that went on from there: its ends are where the subscriptions brought it.
func handedOn(fact *observe.Fact, a *observe.Arrival) bool {
	return a.To.Kind() == event.PlaceTopic && slices.ContainsFunc(fact.Arrivals, func(b *observe.Arrival) bool { return b.From == a.To })
}
