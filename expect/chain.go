package expect

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Chain says that a fact of each type came, and that each was caused by the one before: its causes lead back through a delivery
// of it. Where the chain breaks, the finding says what the last fact did until then and the error of the consumer that had it.
func Chain(types ...string) Expectation { return chain(types) }

type chain []string

func (c chain) String() string { return "chain " + strings.Join(c, " → ") }

// BrokenChain says where a chain of causes ends.
type BrokenChain struct {
	Links   int           // how many facts of the chain there are
	Last    *observe.Fact // the last fact that is there; nil if not even the first is
	Missing string        // the type that should have followed
	Apart   *observe.Fact // a fact of that type which was not caused by Last; nil if there is none
	Failure *event.Hop    // the first failed call of a consumer that was handed Last; nil if none failed
	Failed  int           // how many calls failed like that one
	Seen    *event.Hop    // the last hop that Last led to, if it is a step of Last or a consumer's call; nil without Last
	Stopped []*event.Hop  // steps of Last that did not bring it on: filtered, failed, returned, dead-lettered, lost, expired
	Deleted *event.Hop    // a consumer's acknowledgement of Last; nil if there is none
}

func (c chain) judge(f *observe.Flow, covered *coverage) Finding {
	found := Finding{Kind: KindChain, OK: true, Want: "unbroken"}
	if len(c) < 2 {
		found.OK, found.Problem = false, "Chain needs at least two types"
		return found
	}
	best := &BrokenChain{Missing: c[0]}
	for _, fact := range f.Facts {
		if fact.Type() != c[0] {
			continue
		}
		if links := follow(f, []*observe.Fact{fact}, c[1:]); len(links) > best.Links {
			best = &BrokenChain{Links: len(links), Last: links[len(links)-1]}
			for _, l := range links {
				covered.facts[l] = true
			}
		}
	}
	if best.Links == len(c) {
		found.Got = found.Want
		return found
	}
	best.Missing = c[best.Links]
	for _, fact := range f.Facts {
		if best.Last != nil && fact.Type() == best.Missing {
			best.Apart = fact
		}
	}
	if best.Last != nil {
		best.locate(f)
	}
	found.OK, found.Got, found.Chain = false, "broken before "+best.Missing, best
	return found
}

// follow extends a chain of facts by the remaining types as far as it goes.
func follow(f *observe.Flow, links []*observe.Fact, types []string) []*observe.Fact {
	if len(types) == 0 {
		return links
	}
	best := links
	for _, fact := range f.Facts {
		if fact.Type() == types[0] && f.Causes(links[len(links)-1], fact) {
			if longer := follow(f, append(links[:len(links):len(links)], fact), types[1:]); len(longer) > len(best) {
				best = longer
			}
		}
	}
	return best
}

// locate finds out what became of the last link.
func (b *BrokenChain) locate(f *observe.Flow) {
	after := map[uint64]bool{} // hops of Last, and what they led to
	for i := range f.Hops {
		h := &f.Hops[i]
		switch own := h.Fact == b.Last.ID; {
		case own:
			after[h.Seq] = true
			b.Seen = h
			b.note(h)
		case h.Cause != 0 && after[h.Cause]:
			after[h.Seq] = true
			if h.Kind == event.KindCall {
				b.Seen = h
				b.call(h)
			}
		}
	}
}

// note takes down a step of the last link that did not bring it on, or ended it.
func (b *BrokenChain) note(h *event.Hop) {
	switch h.Kind {
	case event.KindDelete:
		if h.Outcome == event.Delivered {
			b.Deleted = h
		}
	case event.KindReturn, event.KindRetry, event.KindDeadLetter, event.KindExpire, event.KindDrop:
		b.Stopped = append(b.Stopped, h)
	case event.KindMatch:
		if h.Outcome == event.Filtered {
			b.Stopped = append(b.Stopped, h)
		}
	}
}

// call takes down the consumer's error.
func (b *BrokenChain) call(h *event.Hop) {
	switch {
	case h.Outcome != event.Failed:
	case b.Failure == nil:
		b.Failure, b.Failed = h, 1
	case h.From == b.Failure.From && h.Operation == b.Failure.Operation && code(h) == code(b.Failure):
		b.Failed++
	}
}

func code(h *event.Hop) string {
	if h.Reason == nil {
		return ""
	}
	return h.Reason.Code
}
