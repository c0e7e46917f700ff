package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// chain tells where a chain broke: the last link and its last step, what is missing, and what became of the last link: the error of
// the consumer that had it, or why none had.
func (w *writer) chain(b *expect.BrokenChain) {
	if b.Last == nil {
		w.line(6, "first missing   %s: no such event in this flow (%s)", Clean(b.Missing), strings.Join(typesOf(w.v.Flow), ", "))
		return
	}
	w.line(6, "last link       %s: %s", Clean(b.Last.Type()), handovers(b.Last))
	w.line(6, "last hop seen   %s", w.step(b.Seen))
	if b.Apart != nil {
		w.line(6, "first missing   %s caused by %s; there is one:", Clean(b.Missing), Clean(b.Last.Type()))
		w.line(6, "                %s", w.apart(b.Apart))
	} else {
		w.line(6, "first missing   %s", Clean(b.Missing))
	}
	w.line(6, "%s", w.idle())
	for _, line := range w.endOfChain(b) {
		w.line(6, "%s", line)
	}
	w.lines = append(w.lines, w.chainDiagram(b)...)
}

// apart says what led to the event that should have been the next link.
func (w *writer) apart(f *observe.Fact) string {
	first := f.Hops[0]
	if c := f.Causation; c != nil && c.Problem() != "" {
		return value(c.Problem())
	}
	way := w.v.Flow.AncestryOf(first)
	if len(way) == 0 {
		return fmt.Sprintf("of %s at %s, and nothing tells what caused it: hand the event's context on to the calls that it leads to, or declare CausationAt",
			place(first), offset(first.At.Sub(w.v.Flow.Start)))
	}
	return "it goes back to " + w.step(way[0])
}

func place(h *event.Hop) string {
	if h.From != "" {
		return Clean(string(h.From))
	}
	return Clean(string(h.To))
}

// handovers says who was handed a fact how often, and from where.
func handovers(f *observe.Fact) string {
	type handover struct{ from, to event.Place }
	var order []handover
	times := map[handover]int{}
	for _, h := range f.Hops {
		if h.Kind == event.KindReceive {
			k := handover{h.From, h.To}
			if times[k] == 0 {
				order = append(order, k)
			}
			times[k]++
		}
	}
	if len(order) == 0 {
		last := f.Hops[0].To
		for _, a := range f.Arrivals {
			last = a.To
		}
		return fmt.Sprintf("came to %s, received by nobody", Clean(string(last)))
	}
	var parts []string
	for _, k := range first(order, 3) {
		parts = append(parts, fmt.Sprintf("received %s by %s from %s", plural(times[k], "time"), Clean(string(k.to)), Clean(string(k.from))))
	}
	if more := len(order) - 3; more > 0 {
		parts = append(parts, fmt.Sprintf("and by %d more", more))
	}
	return strings.Join(parts, ", ")
}

func received(f *observe.Fact) bool {
	return slices.ContainsFunc(f.Arrivals, func(a *observe.Arrival) bool { return a.Deliveries > 0 })
}

// endOfChain says why the last link led to nothing: by the consumer's error, by what stopped it, or by its acknowledgement.
func (w *writer) endOfChain(b *expect.BrokenChain) []string {
	var lines []string
	if h := b.Failure; h != nil {
		times := ""
		if b.Failed > 1 {
			times = fmt.Sprintf(" (%d times)", b.Failed)
		}
		lines = append(lines, fmt.Sprintf("error           %s %s%s: %s", Clean(string(h.From)), Clean(h.Operation), times, value(reason(h))))
	}
	said := map[string]bool{}
	for _, h := range b.Stopped {
		if b.Failure != nil && h.Kind == event.KindReturn || h.Kind == event.KindMatch && received(b.Last) {
			continue // because of the error; a rule that leads elsewhere
		}
		line := w.stop(h, b.Stopped)
		if key := string(h.Kind) + string(h.From) + string(h.To); !said[key] && len(said) < 4 {
			said[key] = true
			lines = append(lines, line)
		}
	}
	if b.Deleted != nil && b.Failure == nil {
		lines = append(lines, fmt.Sprintf("acknowledged    by %s at %s; no call that it made led to %s", Clean(string(b.Deleted.From)),
			offset(b.Deleted.At.Sub(w.v.Flow.Start)), Clean(b.Missing)))
	}
	return lines
}

// stop is the line for a step that did not bring an event on; steps of its kind between the same places are counted.
func (w *writer) stop(h *event.Hop, all []*event.Hop) string {
	n := 0
	for _, o := range all {
		if o.Kind == h.Kind && o.From == h.From && o.To == h.To {
			n++
		}
	}
	words := map[event.Kind]string{
		event.KindReturn: "returned", event.KindRetry: "retried", event.KindDeadLetter: "dead letter", event.KindExpire: "expired",
		event.KindDrop: "dropped", event.KindMatch: "filtered",
	}
	times := ""
	if n > 1 {
		times = plural(n, "time") + ", first "
	}
	return fmt.Sprintf("%-15s %sat %s, %s", words[h.Kind], times, offset(h.At.Sub(w.v.Flow.Start)), value(expect.Explain(*h)))
}

// chainRows is how many rows of a diagram a report of a broken chain shows.
const chainRows = 13

// chainDiagram draws the last link and the calls it led to, with a mark at the place where the chain stops.
func (w *writer) chainDiagram(b *expect.BrokenChain) []string {
	f := w.v.Flow
	after := map[uint64]bool{}
	for _, h := range f.AncestryOf(b.Last.Hops[0]) {
		after[h.Seq] = h.Kind == event.KindCall
	}
	var shown []event.Hop
	for _, h := range f.Hops {
		own := h.Fact == b.Last.ID
		if own || h.Cause != 0 && after[h.Cause] && h.Kind == event.KindCall {
			after[h.Seq] = true
		}
		if after[h.Seq] {
			shown = append(shown, h)
		}
	}
	list := steps(shown, f.Topology, ChainMarks(b))
	d := NewDiagram(lanesOf(list, f.Topology), f.Start, f.Topology)
	lines := []string{"      " + d.Head()}
	for i, s := range list {
		switch near := markIn(list, i-1, i+3); {
		case len(list) <= chainRows || i < 5 || i >= len(list)-4 || near:
			lines = append(lines, "      "+d.row(s))
		case !strings.HasSuffix(lines[len(lines)-1], "⋮"):
			lines = append(lines, "      "+strings.Repeat(" ", timeColumn-1)+"⋮")
		}
	}
	return lines
}

// ChainMarks returns the mark for the place where a chain stops: at the consumer's failed call if there is one, else at the last hop
// seen. There is none if not even the first link is there.
func ChainMarks(b *expect.BrokenChain) []Mark {
	switch {
	case b == nil || b.Last == nil:
		return nil
	case b.Failure != nil:
		return []Mark{{b.Failure.Seq, "the chain stops here: no " + b.Missing}}
	}
	return []Mark{{b.Seen.Seq, "the chain stops here: no " + b.Missing}}
}

// markIn reports whether a mark is among the steps from i up to j.
func markIn(list []step, i, j int) bool {
	for _, s := range list[max(0, i):min(len(list), j)] {
		if s.mark {
			return true
		}
	}
	return false
}
