package report

import (
	"fmt"
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
			at += max(minGap, (width(label(lanes[i-1]))+width(label(lane)))/2+4)
		}
		d.column[lane] = at
		d.width = at
	}
	return d
}

// Sequence draws hops with the lanes that they use, and the marks below the steps they belong to.
func Sequence(hops []event.Hop, start time.Time, topology event.Topology, marks ...Mark) string {
	list := steps(hops, topology, marks)
	d := NewDiagram(lanesOf(list, topology), start, topology)
	var b strings.Builder
	b.WriteString(d.Head() + "\n")
	for _, s := range list {
		b.WriteString(d.row(s) + "\n")
	}
	return b.String()
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

// Row returns the line for a hop, and false for hops that a diagram does not show, or not while it is drawn: rules and filters that
// do not match are shown by [Sequence] only.
func (d *Diagram) Row(h event.Hop) (string, bool) {
	s, ok := stepOf(&h, d.topology)
	if !ok || h.Kind == event.KindMatch {
		return "", false
	}
	_, knownA := d.column[s.from]
	_, knownB := d.column[s.to]
	if !knownA || !knownB {
		return "", false
	}
	return d.row(s), true
}

func (d *Diagram) row(s step) string {
	a, b, text := d.column[s.from], d.column[s.to], s.line()
	when := fmt.Sprintf("%*s", timeColumn, offset(s.at.Sub(d.start)))
	if s.mark {
		when = ""
	}
	line := []rune(fmt.Sprintf("%-*s", d.width+1, when))
	for _, c := range d.column {
		line[c] = '│'
	}
	if a == b {
		return string(line[:a+1]) + " " + text
	}
	return d.draw(line, a, b, text)
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
