package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Diagram draws hops as a sequence diagram, row by row, with every arrow ending exactly in its lane. Give it all lanes first; it
// then needs no look ahead, so a flow can be drawn as it happens.
type Diagram struct {
	lanes    []event.Place
	column   map[event.Place]int // of the lane's line
	width    int
	start    time.Time
	topology event.Topology
}

const (
	timeColumn = 10
	minGap     = 24
)

// NewDiagram returns a diagram of these lanes, in this order. Streams, pipes and rules have no lane of their own: their steps
// belong to the table and the bus.
func NewDiagram(lanes []event.Place, start time.Time, topology event.Topology) *Diagram {
	d := &Diagram{lanes: lanes, column: map[event.Place]int{}, start: start, topology: topology}
	at := timeColumn + 4
	for i, lane := range lanes {
		if i > 0 {
			at += max(minGap, (len(label(lanes[i-1]))+len(label(lane)))/2+4)
		}
		d.column[lane] = at
		d.width = at
	}
	return d
}

// Sequence draws hops with the lanes that they use.
func Sequence(hops []event.Hop, start time.Time, topology event.Topology) string {
	d := NewDiagram(Lanes(hops, topology), start, topology)
	var b strings.Builder
	b.WriteString(d.Head() + "\n")
	for _, h := range hops {
		if row, ok := d.Row(h); ok {
			b.WriteString(row + "\n")
		}
	}
	return b.String()
}

// Lanes returns the lanes that the hops need, from the client over table, bus and queues to consumers, each in order of its
// first use.
func Lanes(hops []event.Hop, topology event.Topology) []event.Place {
	d := &Diagram{topology: topology}
	var lanes []event.Place
	for _, h := range hops {
		if from, to, _, ok := d.arrow(h); ok {
			for _, p := range []event.Place{from, to} {
				if !slices.Contains(lanes, p) {
					lanes = append(lanes, p)
				}
			}
		}
	}
	slices.SortStableFunc(lanes, func(a, b event.Place) int { return depth(a, topology) - depth(b, topology) })
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

// Head returns the line of lane names.
func (d *Diagram) Head() string {
	line := []rune(strings.Repeat(" ", d.width+40))
	for _, lane := range d.lanes {
		name := []rune(label(lane))
		copy(line[max(0, d.column[lane]-len(name)/2):], name)
	}
	return strings.TrimRight(string(line), " ")
}

func label(p event.Place) string {
	if p.Kind() == event.PlaceClient {
		return Clean(p.Name())
	}
	return Clean(string(p))
}

// Row returns the line for a hop, and false for hops that a diagram does not show.
func (d *Diagram) Row(h event.Hop) (string, bool) {
	from, to, text, ok := d.arrow(h)
	if !ok {
		return "", false
	}
	a, knownA := d.column[from]
	b, knownB := d.column[to]
	if !knownA || !knownB {
		return "", false
	}
	line := []rune(fmt.Sprintf("%-*s", d.width+1, fmt.Sprintf("%*s", timeColumn, offset(h.At.Sub(d.start)))))
	for _, c := range d.column {
		line[c] = '│'
	}
	if a == b {
		return string(line[:a+1]) + " " + text, true
	}
	return d.draw(line, a, b, text), true
}

// draw puts an arrow from column a to column b and its text on it; a text that does not fit follows behind the last lane.
func (d *Diagram) draw(line []rune, a, b int, text string) string {
	low, high := min(a, b), max(a, b)
	for i := low + 1; i < high; i++ {
		line[i] = '─'
	}
	if a < b {
		line[high-1] = '▶'
	} else {
		line[low+1] = '◀'
	}
	room := high - low - 5
	runes := []rune(text)
	if len(runes) <= room {
		copy(line[low+3:], runes)
		return strings.TrimRight(string(line), " ")
	}
	return string(line) + "  " + text
}

// arrow says between which lanes a hop goes and what stands on it.
func (d *Diagram) arrow(h event.Hop) (from, to event.Place, text string, ok bool) {
	from, to = d.lane(h.From), d.lane(h.To)
	switch h.Kind {
	case event.KindCall:
		text = h.Operation
		if _, op, found := strings.Cut(h.Operation, ":"); found {
			text = op
		}
		if h.Outcome == event.Failed {
			text = "✗ " + text + ": " + reason(h)
			to = from
		}
	case event.KindArrive:
		if h.From.Kind() == event.PlaceClient || h.To.Kind() == event.PlacePipe {
			return "", "", "", false // the call that brought it, or what the pipe makes of it, is drawn
		}
		text = carried(h)
		if h.From.Kind() == event.PlaceRule {
			_, rule, _ := strings.Cut(h.From.Name(), "/")
			text = "rule " + rule
		}
	case event.KindReceive:
		text = fmt.Sprintf("receive %d", h.Attempt)
	case event.KindDeadLetter:
		text = "dead letter: " + reason(h)
	case event.KindRetry, event.KindDrop, event.KindExpire:
		to = from
		text = fmt.Sprintf("✗ %s: %s", h.Kind, reason(h))
	default:
		return "", "", "", false
	}
	if from == "" || to == "" {
		return "", "", "", false
	}
	return from, to, Clean(text), true
}

func carried(h event.Hop) string {
	if h.Event != nil && h.Event.Type != "" {
		return h.Event.Type
	}
	return "event"
}

func reason(h event.Hop) string {
	if h.Reason == nil {
		return string(h.Outcome)
	}
	return h.Reason.Text
}

// lane returns the lane that stands for a place.
func (d *Diagram) lane(p event.Place) event.Place {
	switch p.Kind() {
	case event.PlaceStream:
		return event.At(event.PlaceTable, p.Name())
	case event.PlaceRule:
		bus, _, _ := strings.Cut(p.Name(), "/")
		return event.At(event.PlaceBus, bus)
	case event.PlacePipe:
		for _, e := range d.topology.Edges {
			if e.To == p {
				return d.lane(e.From)
			}
		}
	}
	return p
}
