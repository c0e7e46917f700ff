package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/event"
)

// The signs that diagrams put before what did not go on. What is dead-lettered says so in words.
const (
	signFailed   = "✗" // failed, lost or expired
	signFiltered = "⊘"
)

// A Mark is a line of its own in a diagram, below the step of the hop with that Seq, or below the last step before it.
type Mark struct {
	Seq  uint64
	Text string
}

// step is what a diagram shows of a hop.
type step struct {
	seq      uint64
	at       time.Time
	from, to event.Place // lanes; the same one where nothing moved
	sign     string      // "" where all went well
	text     string      // clean, without the sign
	hop      *event.Hop  // nil of a mark
	aside    bool        // it goes where nobody wanted it: to a dead-letter queue
	mark     bool
}

// line is the sign with the text.
func (s step) line() string {
	if s.sign == "" {
		return s.text
	}
	return s.sign + " " + s.text
}

// steps returns what diagrams show of the hops, with the marks where they belong.
func steps(hops []event.Hop, t event.Topology, marks []Mark) []step {
	var list []step
	for i := range hops {
		if s, ok := stepOf(&hops[i], t); ok {
			list = append(list, s)
		}
	}
	for _, m := range marks {
		at := len(list)
		for at > 0 && (list[at-1].seq > m.Seq || list[at-1].mark) {
			at--
		}
		s := step{seq: m.Seq, sign: signFailed, text: value(m.Text), mark: true}
		if at > 0 {
			s.at, s.from, s.to = list[at-1].at, list[at-1].to, list[at-1].to
		} else if len(list) > 0 {
			s.at, s.from, s.to = list[0].at, list[0].from, list[0].from
		} else {
			continue
		}
		list = slices.Insert(list, at, s)
	}
	return list
}

// stepOf says between which lanes a hop goes and what stands on it; false for hops that a diagram does not show.
func stepOf(h *event.Hop, t event.Topology) (step, bool) {
	s := step{hop: h, seq: h.Seq, at: h.At, from: laneOf(h.From, t), to: laneOf(h.To, t)}
	var text string
	switch h.Kind {
	case event.KindCall:
		text = h.Operation
		if _, op, found := strings.Cut(h.Operation, ":"); found {
			text = op
		}
		if h.Outcome == event.Failed {
			s.sign, s.to = signFailed, s.from
			text += ": " + reason(h)
		}
	case event.KindArrive:
		if h.From.Kind() == event.PlaceClient || h.To.Kind() == event.PlacePipe {
			return s, false // the call that brought it, or what the pipe makes of it, is drawn
		}
		text = carried(h)
		if h.From.Kind() == event.PlaceRule {
			text = "rule " + ruleName(h.From)
		}
	case event.KindMatch:
		if h.Outcome != event.Filtered {
			return s, false // its arrival is drawn
		}
		s.sign, s.to = signFiltered, s.from
		text = refuser(h.To) + ": " + mismatch(h)
	case event.KindReceive:
		text = fmt.Sprintf("receive %d", h.Attempt)
	case event.KindDeadLetter:
		s.aside = true
		text = "dead letter: " + reason(h)
	case event.KindRetry, event.KindDrop, event.KindExpire:
		if s.from == "" {
			s.from = s.to
		}
		text = fmt.Sprintf("%s: %s", h.Kind, reason(h))
		if s.to != s.from && s.to != "" {
			text = fmt.Sprintf("%s to %s: %s", h.Kind, h.To, reason(h))
		}
		s.sign, s.to = signFailed, s.from
		if h.Outcome == event.Filtered {
			s.sign = signFiltered
		}
	default:
		return s, false
	}
	if s.from == "" || s.to == "" {
		return s, false
	}
	s.text = value(text)
	return s, true
}

func carried(h *event.Hop) string {
	if t := typeOf(h.Event); t != "" {
		return t
	}
	return "event"
}

// typeOf returns what the event is called by its envelope, or by that in its body; "" if neither names a type.
func typeOf(e *event.Event) string {
	switch {
	case e == nil:
		return ""
	case strings.TrimSpace(e.Type) != "":
		return e.Type
	}
	document, _ := event.Decode(e.Body) // a body that is not JSON names no type
	return strings.TrimSpace(document.Type)
}

func reason(h *event.Hop) string {
	if h.Reason == nil {
		return string(h.Outcome)
	}
	return h.Reason.Text
}

// mismatch says why a pattern did not match, by its first leaf.
func mismatch(h *event.Hop) string {
	if h.Reason == nil || len(h.Reason.Mismatches) == 0 {
		return reason(h)
	}
	m := h.Reason.Mismatches[0]
	if m.Got == "" {
		return fmt.Sprintf("%s is absent, want %s", m.Path, m.Want)
	}
	return fmt.Sprintf("%s is %s, want %s", m.Path, m.Got, m.Want)
}

func ruleName(p event.Place) string {
	_, name, _ := strings.Cut(p.Name(), "/")
	return name
}

// refuser names what filtered an event.
func refuser(p event.Place) string {
	switch {
	case p.Kind() == event.PlaceRule:
		return "rule " + ruleName(p)
	case p == "":
		return "filter"
	}
	return "filter to " + string(p)
}

// wholeOf is what a reader may want to know of a hop besides its line.
func wholeOf(h *event.Hop) string {
	const most = 400
	parts := []string{fmt.Sprintf("hop %d: %s %s → %s, %s", h.Seq, h.Kind, h.From, h.To, h.Outcome)}
	if h.Reason != nil {
		parts = append(parts, h.Reason.Code+": "+h.Reason.Text)
	}
	if h.Event != nil && h.Event.Body != "" {
		body := h.Event.Body
		if len(body) > most {
			body = body[:most] + "…"
		}
		parts = append(parts, body)
	}
	for i := range parts {
		parts[i] = Clean(parts[i])
	}
	return strings.Join(parts, "\n")
}

// laneOf returns the lane that stands for a place: streams, pipes and rules have none of their own.
func laneOf(p event.Place, t event.Topology) event.Place { return laneWithin(p, t, 8) }

// laneWithin follows at most that many pipes: in a hand-made topology they may run in a circle.
func laneWithin(p event.Place, t event.Topology, pipes int) event.Place {
	switch p.Kind() {
	case event.PlaceStream:
		return event.At(event.PlaceTable, p.Name())
	case event.PlaceRule:
		bus, _, _ := strings.Cut(p.Name(), "/")
		return event.At(event.PlaceBus, bus)
	case event.PlacePipe:
		for _, e := range t.Edges {
			if e.To == p && pipes > 0 {
				return laneWithin(e.From, t, pipes-1)
			}
		}
	}
	return p
}

// lanesOf returns the lanes of the steps, from the client over table, bus and queues to consumers, each in order of its first use.
func lanesOf(list []step, t event.Topology) []event.Place {
	var lanes []event.Place
	known := map[event.Place]bool{}
	for _, s := range list {
		for _, p := range []event.Place{s.from, s.to} {
			if !known[p] {
				known[p] = true
				lanes = append(lanes, p)
			}
		}
	}
	slices.SortStableFunc(lanes, func(a, b event.Place) int { return depth(a, t) - depth(b, t) })
	return lanes
}

func depth(p event.Place, t event.Topology) int {
	switch p.Kind() {
	case event.PlaceClient:
		return 0
	case event.PlaceTable:
		return 1
	case event.PlaceBus, event.PlaceTopic:
		return 2
	}
	if slices.Contains(t.DLQs, p) {
		return 4
	}
	return 3
}

func label(p event.Place) string {
	if p.Kind() == event.PlaceClient {
		return Clean(p.Name())
	}
	return Clean(string(p))
}

func width(s string) int { return utf8.RuneCountInString(s) }
