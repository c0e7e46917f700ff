package report

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// shownSteps is how many steps of an event's way a report shows.
const shownSteps = 8

// offenders tells what came and must not have, and how one of it got there.
func (w *writer) offenders(f expect.Finding) {
	for _, a := range first(f.Offenders, 3) {
		w.line(6, "%s", w.offender(a))
	}
	if more := len(f.Offenders) - 3; more > 0 {
		w.line(6, "and %d more", more)
	}
	n := worst(f)
	if w.explained == f.Offenders[n] {
		return // by the finding before
	}
	w.explained = f.Offenders[n]
	which := "the first"
	if n > 0 {
		which = fmt.Sprintf("number %d", n+1)
	}
	w.line(6, "how %s got there", which)
	path := slices.DeleteFunc(w.v.Flow.AncestryOf(f.Offenders[n].Hop), func(h *event.Hop) bool { return h.Kind == event.KindMatch })
	for _, line := range w.way(append(path, f.Offenders[n].Hop)) {
		w.line(8, "%s", line)
	}
}

func (w *writer) offender(a *observe.Arrival) string {
	line := fmt.Sprintf("%s on %s at %s", name(a), a.To, offset(a.At.Sub(w.v.Flow.Start)))
	if a.Tenant() != "" {
		line += fmt.Sprintf(", tenant %q", Clean(a.Tenant()))
	}
	switch {
	case a.Deliveries > 0:
		line += ", received " + plural(a.Deliveries, "time")
	case a.To.Kind() == event.PlaceQueue:
		line += ", not received"
	}
	if a.Fact.Unattributed {
		line += ", unattributed"
	}
	return line
}

// worst returns the index of the offender whose way says most: of too many the first that is one too many; else the first at a place
// where somebody can take it, because the way there leads through the others.
func worst(f expect.Finding) int {
	if n, err := strconv.Atoi(f.Want); f.Kind == expect.KindPresence && err == nil && n < len(f.Offenders) {
		return n
	}
	return max(0, slices.IndexFunc(f.Offenders, func(a *observe.Arrival) bool { return endsAt(a.To) }))
}

// way writes the steps that led to an event, the last of them if they are many. Receipts and returns of one consumer are one line.
func (w *writer) way(path []*event.Hop) []string {
	type again struct {
		kind     event.Kind
		from, to event.Place
	}
	var shown []*event.Hop
	times, last := map[again]int{}, map[again]*event.Hop{}
	of := func(h *event.Hop) again { return again{h.Kind, h.From, h.To} }
	for _, h := range path {
		k := of(h)
		if h.Kind != event.KindReceive && h.Kind != event.KindReturn || times[k] == 0 {
			shown = append(shown, h)
		}
		times[k]++
		last[k] = h
	}
	var lines []string
	for _, h := range shown[max(0, len(shown)-shownSteps):] {
		line := w.step(h) + because(h)
		if k := of(h); times[k] > 1 && last[k] != h {
			line += fmt.Sprintf(" (%s, last %s)", plural(times[k], "time"), offset(last[k].At.Sub(w.v.Flow.Start)))
		}
		lines = append(lines, line)
	}
	return lines
}

// because says why a hop was taken that is no step ahead.
func because(h *event.Hop) string {
	switch h.Kind {
	case event.KindReturn, event.KindRetry, event.KindDeadLetter, event.KindExpire, event.KindDrop:
		if h.Reason != nil {
			return ": " + value(h.Reason.Text)
		}
	}
	return ""
}

// step writes a hop on one line: when, from where to where, and what.
func (w *writer) step(h *event.Hop) string {
	at := offset(h.At.Sub(w.v.Flow.Start))
	label := string(h.Kind)
	if h.Operation != "" {
		label = h.Operation
	}
	if h.Outcome == event.Failed {
		label += " failed"
	}
	if h.Event != nil && h.Event.Type != "" {
		label += " " + Clean(h.Event.Type)
	}
	return fmt.Sprintf("%-9s %s   %s", at, route(h), Clean(label))
}
