package layer

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// outside is who put events in, in the pages that are compared: the recording and the replay have different names for it.
const outside = event.Place(event.PlaceClient + ":outside")

// Compare compares what came of the replay, which was recorded in turn, with what came of the flow then, both in normal form, and
// returns the lines that differ: - then, + now; "" is none. At most so many lines.
//
// With duplicates, in another order or without the gaps, the events that were put in are not compared, nor which of them came first:
// only what they led to, event by event.
func (r Replay) Compare(now observe.Recording, n event.Normal, lines int) string {
	n.Patterns = append(slices.Clip(n.Patterns), event.VolatileTypes()...)
	was, is := r.page(r.Recording, n), r.page(now, n)
	switch was {
	case "":
		return "in the recording nothing came of the events that are put in, so that nothing can be compared"
	case is:
		return ""
	}
	return report.Lines(was, is, lines)
}

// page writes down what came of the events that were put in.
func (r Replay) page(recording observe.Recording, n event.Normal) string {
	flow, roots := r.part(recording)
	if r.Duplicates == 0 && r.Reorder == 0 && !r.DropGaps {
		return report.Golden(flow, n)
	}
	var effects []string
	for _, fact := range flow.Facts {
		dead := slices.ContainsFunc(fact.Arrivals, func(a *observe.Arrival) bool { return a.Kind == event.KindDeadLetter })
		if !fact.Public() || roots[fact.ID] && !dead {
			continue
		}
		one := flow.Recording
		one.Hops = nil
		for _, h := range fact.Hops {
			one.Hops = append(one.Hops, *h)
		}
		effects = append(effects, strings.TrimPrefix(report.Golden(observe.NewFlow(one), n), "1  "))
	}
	slices.Sort(effects)
	return strings.Join(effects, "\n")
}

// part returns the part of a flow that comes of the events that were, or would be, put in, and the facts that these are.
func (r Replay) part(recording observe.Recording) (part *observe.Flow, roots map[uint64]bool) {
	flow := observe.NewFlow(recording)
	roots = map[uint64]bool{}
	kept, outer := map[uint64]bool{}, map[uint64]bool{} // Seqs of hops; of calls from outside
	consumers := map[event.Place]bool{}
	recording.Hops = nil
	for _, h := range flow.Hops {
		if h.Kind == event.KindCall && h.Cause == 0 && !h.Inferred {
			outer[h.Seq] = true
		}
		root := outer[h.Cause] && h.Arrives() && h.Fact == h.Seq
		if r.At != "" {
			root = h.Arrives() && h.Kind != event.KindDeadLetter && flow.MatchPlace(r.At, h.To)
			if h.Kind == event.KindReceive && kept[h.Cause] {
				consumers[h.To] = true
			}
			// What a consumer does while it holds several messages has no cause that anybody could tell.
			unsure := h.Cause == 0 && h.Inferred && consumers[h.From]
			if !root && !unsure && !kept[h.Cause] {
				continue
			}
		}
		if root {
			roots[h.Fact] = true
			if r.At != "" || h.From.Kind() == event.PlaceClient {
				h.From = outside
			}
			if r.At != "" {
				h.Cause = 0
			}
		}
		kept[h.Seq] = true
		recording.Hops = append(recording.Hops, h)
	}
	recording.CorrelationAt = nil // flow has done what it says
	return observe.NewFlow(recording), roots
}
