package expect

import (
	"fmt"
	"strings"

	"github.com/dyetrace/dyetrace/observe"
)

// InOrder says that an event came for each of the parts, each behind the one before: by the order in which the pipeline did
// things, never by clock. A part is a Selector or an AnyOrder group, which is passed when all its members came.
func InOrder(parts ...Expectation) Expectation { return inOrder(parts) }

// AnyOrder says that a different event came for each selector, in whatever order.
func AnyOrder(selectors ...Selector) Expectation { return anyOrder(selectors) }

type inOrder []Expectation

type anyOrder []Selector

func (o inOrder) String() string { return "in order: " + joined(o) }

func (o anyOrder) String() string {
	parts := make([]string, len(o))
	for i, s := range o {
		parts[i] = s.String()
	}
	return "in any order: " + strings.Join(parts, ", ")
}

func joined(parts []Expectation) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.String()
	}
	return strings.Join(texts, " → ")
}

// step is one part of an order: the selectors that must all be met by different facts.
func step(part Expectation) ([]Selector, bool) {
	switch p := part.(type) {
	case Selector:
		return []Selector{p}, true
	case anyOrder:
		return p, true
	}
	return nil, false
}

func (o inOrder) judge(f *observe.Flow, c *coverage) Finding {
	found := Finding{Kind: KindOrder, OK: true, Want: fmt.Sprintf("%d in order", len(o))}
	if len(o) == 0 {
		found.OK, found.Problem = false, "InOrder needs at least one part"
		return found
	}
	after, used := uint64(0), map[*observe.Fact]bool{}
	for i, part := range o {
		selectors, ok := step(part)
		if !ok {
			found.OK, found.Problem = false, fmt.Sprintf("InOrder takes selectors and AnyOrder groups, not %q", part)
			return found
		}
		last, missing, problem := assign(f, c, selectors, after, used)
		if problem != "" {
			found.OK, found.Problem = false, problem
			return found
		}
		if missing != nil {
			found.OK = false
			found.Got = fmt.Sprintf("%d, then no %s", i, missing)
			found.Near, found.Undecodable = nearest(f, *missing), missing.undecodable(f)
			if early := missing.matches(f); i > 0 && len(early) > 0 {
				found.Got = fmt.Sprintf("%d; %s came too early", i, missing)
				found.Near = []NearMiss{{Arrival: early[0].arrivals[0], Differences: []Difference{{Path: "order", Want: "behind " + o[i-1].String(), Got: "before it"}}}}
			}
			return found
		}
		after = last
	}
	found.Got = found.Want
	return found
}

func (o anyOrder) judge(f *observe.Flow, c *coverage) Finding {
	found := Finding{Kind: KindPresence, OK: true, Want: fmt.Sprintf("%d in any order", len(o))}
	if len(o) == 0 {
		found.OK, found.Problem = false, "AnyOrder needs at least one selector"
		return found
	}
	_, missing, problem := assign(f, c, o, 0, map[*observe.Fact]bool{})
	switch {
	case problem != "":
		found.OK, found.Problem = false, problem
	case missing != nil:
		found.OK, found.Got = false, fmt.Sprintf("no %s", missing)
		found.Near, found.Undecodable = nearest(f, *missing), missing.undecodable(f)
	default:
		found.Got = found.Want
	}
	return found
}

// assign finds a different match behind after for each selector; it returns the Seq of the last, or the first selector that
// stayed without. A fact that was used for a selector without a place is not used for another one.
func assign(f *observe.Flow, c *coverage, selectors []Selector, after uint64, used map[*observe.Fact]bool) (last uint64, missing *Selector, problem string) {
	candidates := make([][]candidate, len(selectors))
	for i, s := range selectors {
		if problem = s.problem(f); problem != "" {
			return 0, nil, problem
		}
		candidates[i] = s.candidates(f, after, used)
	}
	owner := map[*observe.Fact]int{}
	chosen := make([]int, len(selectors))
	for i := range selectors {
		if !augment(i, candidates, owner, chosen, map[*observe.Fact]bool{}) {
			return 0, &selectors[i], ""
		}
	}
	for i := range selectors {
		m := candidates[i][chosen[i]]
		last = max(last, m.seq())
		m.match.arrivals = m.all
		c.add(m.match)
		if !m.placed {
			used[m.fact] = true
		}
	}
	return last, nil, ""
}

type candidate struct {
	match
	all []*observe.Arrival
}

func (s Selector) candidates(f *observe.Flow, after uint64, used map[*observe.Fact]bool) []candidate {
	var list []candidate
	for _, m := range s.matches(f) {
		if !m.placed && used[m.fact] {
			continue
		}
		for _, a := range m.arrivals {
			if a.Seq > after {
				one := m
				one.arrivals = []*observe.Arrival{a}
				list = append(list, candidate{one, m.arrivals})
			}
		}
	}
	return list
}

// augment is the augmenting path of a bipartite matching between selectors and facts: a greedy choice could take the only fact
// that another selector can have.
func augment(i int, candidates [][]candidate, owner map[*observe.Fact]int, chosen []int, tried map[*observe.Fact]bool) bool {
	for k, m := range candidates[i] {
		if tried[m.fact] {
			continue
		}
		tried[m.fact] = true
		j, taken := owner[m.fact]
		if !taken || augment(j, candidates, owner, chosen, tried) {
			owner[m.fact], chosen[i] = i, k
			return true
		}
	}
	return false
}
