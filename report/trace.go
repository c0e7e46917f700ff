package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Trace writes a flow for somebody who was not there: whose it is, its diagram with the marks, for each event where it ended and
// why, and what was still to happen.
func Trace(f *observe.Flow, p Paint, marks ...Mark) string {
	var b strings.Builder
	b.WriteString(traceHead(f))
	if f.Lost > 0 {
		fmt.Fprintf(&b, "%s %s of the flow's time were no longer kept: what is missing here may have been among them\n", p.bad("✗"), plural(int(f.Lost), "hop"))
	}
	if len(f.Hops) == 0 {
		b.WriteString("nothing happened\n")
		return b.String()
	}
	b.WriteString("\n" + Sequence(f.Hops, f.Start, f.Topology, marks...))
	if len(f.Facts) > 0 {
		b.WriteString("\n")
	}
	for i, fact := range f.Facts {
		fmt.Fprintf(&b, "%d  %s\n", i+1, factName(fact))
		if c := fact.Causation; c != nil && c.Problem() != "" {
			fmt.Fprintf(&b, "   %s cause not known: %s\n", p.bad(signFailed), value(c.Problem()))
		}
		for _, line := range endings(f, fact, p) {
			b.WriteString("   " + line + "\n")
		}
	}
	if pending := f.Quiescence.Pending; len(pending) > 0 {
		b.WriteString("\nstill to happen\n")
		for _, due := range first(pending, 5) {
			when := "when its consumer acts"
			if !due.Due.IsZero() {
				when = "due " + offset(due.Due.Sub(f.Start))
			}
			fmt.Fprintf(&b, "   %s, %s\n", value(due.What), when)
		}
		if more := len(pending) - 5; more > 0 {
			fmt.Fprintf(&b, "   and %d more\n", more)
		}
	}
	if f.Origin.Again != "" {
		fmt.Fprintf(&b, "\nagain:  %s\n", Clean(f.Origin.Again))
	}
	return b.String()
}

func traceHead(f *observe.Flow) string {
	line := "flow " + Clean(f.CorrelationID)
	if f.Origin.Test != "" {
		line += "   " + Clean(f.Origin.Test)
	}
	if len(f.Origin.Covers) > 0 {
		line += "   covers " + Clean(strings.Join(f.Origin.Covers, ", "))
	}
	where := ""
	if f.Origin.Backend != "" {
		where = " on " + Clean(f.Origin.Backend)
	}
	relative := ""
	if f.Relative != "" {
		relative = ", relative to " + Clean(f.Relative)
	}
	rest := "nothing under way at the end"
	if !f.Quiescence.Quiet {
		rest = "not at rest at the end"
	}
	return fmt.Sprintf("%s\n%s, %s in %s%s; %s, absence %s%s\n", line, plural(len(f.Facts), "event"), plural(len(f.Hops), "hop"),
		strings.TrimPrefix(offset(f.LastAt()), "+"), where, rest, f.Grade, relative)
}

// endings says of each place where a fact could end what became of it there, and what kept it from others.
func endings(f *observe.Flow, fact *observe.Fact, p Paint) []string {
	var lines []string
	seen := map[event.Place]bool{}
	add := func(sign string, at event.Place, text string) {
		lines = append(lines, fmt.Sprintf("%s %-28s  %s", sign, Clean(string(at)), text))
	}
	for _, a := range fact.Arrivals {
		if endsAt(a.To) && !seen[a.To] {
			seen[a.To] = true
			sign, text := ending(f, fact, a.To)
			switch sign {
			case signFailed:
				sign = p.bad(sign)
			case signDone:
				sign = p.good(sign)
			}
			add(sign, a.To, text)
		}
	}
	for _, h := range fact.Hops {
		switch {
		case h.Kind == event.KindMatch && h.Outcome == event.Filtered:
			add(signFiltered, h.To, value(mismatch(h)))
		case (h.Kind == event.KindDrop || h.Kind == event.KindRetry) && !seen[h.From]:
			sign, at := p.bad(signFailed), h.To
			if h.Outcome == event.Filtered {
				sign = signFiltered
			}
			if at == "" {
				at = h.From
			}
			add(sign, at, value(string(h.Kind)+": "+reason(h)))
		}
	}
	if len(lines) == 0 {
		if n := len(fact.Arrivals); n > 0 {
			add(signRests, fact.Arrivals[n-1].To, "it went no further")
		}
	}
	return lines
}

// endsAt holds for places where an event is handed to somebody or kept.
func endsAt(p event.Place) bool {
	switch p.Kind() {
	case event.PlaceBus, event.PlaceRule, event.PlacePipe, event.PlaceTable, event.PlaceStream, event.PlaceIndex, event.PlaceTopic,
		event.PlaceMapping, event.PlaceSchedule, event.PlaceReplay, event.PlaceClient:
		return false
	}
	return true
}

const (
	signDone  = "✓"
	signRests = "·"
)

// ending sums up what happened to a fact at one place.
func ending(f *observe.Flow, fact *observe.Fact, at event.Place) (sign, text string) {
	var n struct{ received, deleted, returned, retried int }
	var moved, lost *event.Hop
	for _, h := range fact.Hops {
		switch {
		case h.Kind == event.KindReceive && h.From == at:
			n.received++
		case h.Kind == event.KindDelete && h.To == at && h.Outcome == event.Delivered:
			n.deleted++
		case h.Kind == event.KindReturn && h.To == at:
			n.returned++
		case h.Kind == event.KindRetry && h.From == at:
			n.retried++
		case h.Kind == event.KindDeadLetter && h.From == at:
			moved = h
		case (h.Kind == event.KindDrop || h.Kind == event.KindExpire) && h.From == at:
			lost = h
		}
	}
	words := []string{"not received"}
	if n.received > 0 {
		words = []string{"received " + plural(n.received, "time")}
	}
	if kind := at.Kind(); kind == event.PlaceFunction {
		words = []string{"called " + plural(n.received, "time")}
	} else if kind != event.PlaceQueue {
		return signDone, "delivered"
	}
	sign = signRests
	switch {
	case moved != nil:
		sign = signFailed
		words = append(words, "dead letter to "+Clean(string(moved.To))+": "+value(reason(moved)))
	case lost != nil:
		sign = signFailed
		words = append(words, string(lost.Kind)+": "+value(reason(lost)))
	case n.deleted > 0:
		sign = signDone
		words = append(words, "deleted")
	case at.Kind() == event.PlaceFunction && n.received > n.retried:
		sign = signDone
	case n.returned > 0:
		words = append(words, "never deleted: returned "+plural(n.returned, "time"))
	case n.received > 0 && at.Kind() == event.PlaceQueue:
		words = append(words, "not deleted")
	}
	if f.IsDLQ(at) && sign == signRests {
		sign, words = signFailed, append([]string{"it lies in a dead-letter queue"}, words...)
	}
	return sign, strings.Join(words, ", ")
}

// HopLine writes a hop as one line, for those who follow a pipeline as it works: when, its number, a sign where it did not go on,
// what happened from where to where, and why it did not.
func HopLine(h event.Hop, p Paint) string {
	sign := " "
	switch h.Outcome {
	case event.Failed, event.Lost, event.Expired, event.DeadLettered:
		sign = p.bad(signFailed)
	case event.Filtered:
		sign = signFiltered
	}
	parts := []string{fmt.Sprintf("%s %7s %s %-10s %s", h.At.UTC().Format("15:04:05.000"), fmt.Sprintf("#%d", h.Seq), sign, Clean(string(h.Kind)), route(&h))}
	if h.Operation != "" {
		parts = append(parts, Clean(h.Operation))
	}
	if t := typeOf(h.Event); t != "" {
		parts = append(parts, Clean(t))
	}
	if h.Kind == event.KindReceive || h.Attempt > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", h.Attempt))
	}
	if h.Outcome == event.Delayed && !h.Due.IsZero() {
		parts = append(parts, "due in "+strings.TrimPrefix(offset(h.Due.Sub(h.At).Round(time.Millisecond)), "+"))
	}
	if h.Outcome != event.Delivered && h.Reason != nil {
		why := mismatch(&h)
		if !strings.HasPrefix(why, h.Reason.Code+": ") {
			why = h.Reason.Code + ": " + why
		}
		parts = append(parts, value(why))
	}
	return strings.Join(parts, "  ")
}

func route(h *event.Hop) string {
	switch {
	case h.From == "":
		return Clean(string(h.To))
	case h.To == "" || h.To == h.From:
		return Clean(string(h.From))
	}
	return Clean(string(h.From)) + " → " + Clean(string(h.To))
}
