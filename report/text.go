package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// Context is what a report says besides the verdict.
type Context struct {
	Covers    []string // requirements that the test names
	Again     string   // the command that repeats the run
	Recording string   // file that the flow is saved in; "" if it is not
	Virtual   bool     // times are of a virtual clock
	Paint     Paint    //
	Lines     int      // at most this many; 0 is 30
}

const maxLines = 30

// Text writes a verdict: first what failed, then for each failed expectation what was wanted, why it cannot come any more, the
// nearest events field by field, and where a chain stopped; then what held, and the command that repeats the run.
func Text(v expect.Verdict, c Context) string {
	w := &writer{v: v, c: c}
	w.title()
	for _, f := range v.Failed() {
		w.finding(f)
	}
	var tail []string
	if held := w.held(); held != "" {
		tail = append(tail, "    "+held)
	}
	if limits := w.limits(); limits != "" {
		tail = append(tail, "    "+limits)
	}
	if c.Again != "" && !v.OK {
		tail = append(tail, "    again:  "+c.Again)
	}
	if c.Recording != "" && !v.OK {
		tail = append(tail, "    trace:  "+TraceCommand(c.Recording))
	}
	limit := c.Lines
	if limit == 0 {
		limit = maxLines
	}
	if over := len(w.lines) + len(tail) - limit; over > 0 {
		keep := max(1, len(w.lines)-over-1)
		w.lines = append(w.lines[:keep], fmt.Sprintf("    … %d more lines", over+1))
	}
	return strings.Join(append(w.lines, tail...), "\n")
}

// TraceCommand returns the command that shows a flow which is saved in that file.
func TraceCommand(file string) string {
	file = Clean(file)
	if strings.ContainsAny(file, " '\"$&;()*?<>|`!#~") {
		file = "'" + strings.ReplaceAll(file, "'", `'\''`) + "'"
	}
	return "dyetrace trace " + file
}

type writer struct {
	v         expect.Verdict
	c         Context
	lines     []string
	explained *observe.Arrival // whose way was shown already
}

func (w *writer) line(indent int, format string, args ...any) {
	w.lines = append(w.lines, strings.Repeat(" ", indent)+fmt.Sprintf(format, args...))
}

func (w *writer) title() {
	failed := w.v.Failed()
	title := fmt.Sprintf("dye: %s held", plural(len(w.v.Findings), "expectation"))
	if len(failed) > 0 {
		title = fmt.Sprintf("dye: %d of %s failed", len(failed), plural(len(w.v.Findings), "expectation"))
		for _, f := range failed {
			if f.Kind == expect.KindAbsence && len(f.Offenders) > 0 {
				title = "dye: LEAK: an event came that must never come; " + strings.TrimPrefix(title, "dye: ")
				break
			}
		}
	}
	title += "   flow " + w.v.Flow.CorrelationID
	if len(w.c.Covers) > 0 {
		title += "  covers " + strings.Join(w.c.Covers, ", ")
	}
	w.line(0, "%s", title)
}

func (w *writer) finding(f expect.Finding) {
	counts := ""
	if f.Want != "" && f.Problem == "" {
		counts = fmt.Sprintf("   want %s, got %s", f.Want, f.Got)
	}
	w.line(4, "%s %s%s", w.c.Paint.bad("✗"), Clean(f.Expectation), counts)
	switch {
	case f.Problem != "":
		for line := range strings.SplitSeq(f.Problem, "\n") {
			w.line(6, "%s", Clean(line))
		}
		return
	case f.Chain != nil:
		w.chain(f.Chain)
		return
	case len(f.Offenders) > 0:
		w.offenders(f)
		return
	case f.Kind == expect.KindAbsence || f.Kind == expect.KindSurplus:
		w.pending(f.Pending)
		return
	}
	w.line(6, "%s", w.idle())
	w.near(f)
	for _, a := range first(f.Undecodable, 2) {
		w.line(6, "not JSON, kept: %s on %s: %s", offset(a.At.Sub(w.v.Flow.Start)), a.To, value(fmt.Sprintf("%q", a.Event.Body)))
	}
}

// idle says why what is missing cannot come any more, or what it may still come from.
func (w *writer) idle() string {
	f := w.v.Flow
	clock := ""
	if w.c.Virtual {
		clock = " (virtual)"
	}
	if !f.Quiescence.Quiet {
		return fmt.Sprintf("It may still come: the pipeline is not idle at %s%s.", offset(f.Quiescence.At.Sub(f.Start)), clock)
	}
	var due []string
	for _, p := range first(f.Quiescence.Pending, 2) {
		due = append(due, fmt.Sprintf("%s, due %s", Clean(p.What), offset(p.Due.Sub(f.Start))))
	}
	if len(due) > 0 {
		return fmt.Sprintf("Not by %s%s; still due: %s.", offset(f.Quiescence.At.Sub(f.Start)), clock, strings.Join(due, "; "))
	}
	return fmt.Sprintf("It cannot come any more: last step at %s%s, looked until %s; 0 under way, 0 in flight, 0 retries scheduled.",
		offset(f.LastAt()), clock, offset(f.Quiescence.At.Sub(f.Start)))
}

func (w *writer) near(f expect.Finding) {
	if len(f.Near) == 0 {
		if n := len(w.v.Flow.Facts); n > 0 {
			w.line(6, "none of the %s in this flow comes near: %s", plural(n, "event"), strings.Join(typesOf(w.v.Flow), ", "))
		} else {
			w.line(6, "the flow has no event at all: %s", nothing(w.v.Flow))
		}
		return
	}
	w.line(6, "nearest of %s in this flow", plural(len(w.v.Flow.Facts), "event"))
	for i, m := range f.Near {
		a := m.Arrival
		w.line(6, "%d  %s on %s  %s   %s", i+1, name(a), a.To, offset(a.At.Sub(w.v.Flow.Start)), differ(m))
		for _, d := range first(m.Differences, 4) {
			if d.Path == "type" || d.Path == "place" {
				continue
			}
			w.line(11, "%s   want %s", Clean(d.Path), value(d.Want))
			w.line(11, "%s   got  %s%s", strings.Repeat(" ", len([]rune(Clean(d.Path)))), value(d.Got), meant(a, d))
		}
		for _, h := range first(m.Stopped, 2) {
			w.line(11, "stopped before the place: %s", value(expect.Explain(h)))
		}
	}
}

// meant says where an event has what is missing.
func meant(a *observe.Arrival, d expect.Difference) string {
	if d.Got != "absent" {
		return ""
	}
	path := expect.Meant(a.Document(), d.Path)
	if path == "" {
		return ""
	}
	return "; there is " + Clean(path)
}

// nothing says what there is of a flow without events.
func nothing(f *observe.Flow) string {
	calls := 0
	for i := range f.Hops {
		if f.Hops[i].Kind == event.KindCall {
			calls++
		}
	}
	if calls == 0 {
		return "no call of the stimulus came; does it use clients of this test's (d.AWS, dyeaws.Config), and the context that it is given?"
	}
	return "its " + plural(calls, "call") + " led to none"
}

func differ(m expect.NearMiss) string {
	var words []string
	fields := 0
	for _, d := range m.Differences {
		switch d.Path {
		case "type", "place", "tenant":
			words = append(words, d.Path+" differs")
		default:
			fields++
		}
	}
	if fields > 0 {
		words = append(words, plural(fields, "field")+" off")
	}
	return strings.Join(words, ", ")
}

func (w *writer) pending(pending []event.Pending) {
	if len(pending) == 0 {
		w.line(6, "nothing came so far, but the backend cannot tell whether something still will")
		return
	}
	w.line(6, "nothing came so far, but this is still to happen:")
	for _, p := range first(pending, 5) {
		due := "when its consumer acts"
		if !p.Due.IsZero() {
			due = "due " + offset(p.Due.Sub(w.v.Flow.Start))
		}
		w.line(8, "%s, %s", value(p.What), due)
	}
}

// held lists what is fine, so that a report is one page of everything that was asked.
func (w *writer) held() string {
	var parts []string
	for _, f := range w.v.Findings {
		if !f.OK || f.Expectation == "" {
			continue
		}
		part := w.c.Paint.good("✓") + " " + Clean(f.Expectation)
		if f.Kind == expect.KindAbsence || f.Kind == expect.KindSurplus {
			part += "  " + f.Grade.String() + w.upTo()
		}
		if f.Kind == expect.KindLag {
			part += "  " + Elapsed(f.Lag) + " at worst"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "   ")
}

// limits says what the absences that held are relative to.
func (w *writer) limits() string {
	absent := slices.ContainsFunc(w.v.Findings, func(f expect.Finding) bool {
		return f.OK && (f.Kind == expect.KindAbsence || f.Kind == expect.KindSurplus)
	})
	if !absent || w.v.Flow.Relative == "" {
		return ""
	}
	return fmt.Sprintf("%s is relative to %s", w.v.Flow.Grade, Clean(w.v.Flow.Relative))
}

func (w *writer) upTo() string {
	if w.v.Flow.Grade != event.Proved {
		return ""
	}
	return " to " + offset(w.v.Flow.Quiescence.At.Sub(w.v.Flow.Start))
}

func name(a *observe.Arrival) string {
	if t := a.Type(); t != "" {
		return Clean(t)
	}
	if t := a.Fact.Type(); t != "" {
		return Clean(t)
	}
	return "event"
}

func typesOf(f *observe.Flow) []string {
	var types []string
	for _, fact := range f.Facts {
		if t := Clean(fact.Type()); t != "" && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	if len(types) == 0 {
		return []string{"no event names a type"}
	}
	return first(types, 8)
}

func first[T any](list []T, n int) []T { return list[:min(n, len(list))] }

// Elapsed prints how long a flow took on its clock.
func Elapsed(d time.Duration) string { return offset(d) }
