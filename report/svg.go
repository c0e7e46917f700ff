package report

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Measures of the picture, in pixels. A letter of the monospaced fonts it asks for is 0.6 em wide; some are a little wider.
const (
	svgLetter = 7.4 // of 12px
	svgRow    = 30
	svgTop    = 54  // of the first row
	svgTime   = 92  // column of the times
	svgGap    = 170 // between lanes, at least
	svgWide   = 420 // between lanes, at most
)

const svgStyle = `
.dye{--bg:#fff;--ink:#1b1f24;--dim:#57606a;--line:#c3c9d1;--arrow:#0550ae;--bad:#b3261e;background:var(--bg);font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){.dye{--bg:#0d1117;--ink:#e6edf3;--dim:#9aa4af;--line:#3a424c;--arrow:#79b8ff;--bad:#ff9a8f}}
.dye text{fill:var(--ink);stroke:var(--bg);stroke-width:4px;paint-order:stroke;stroke-linejoin:round}
.dye .bg{fill:var(--bg)}.dye .head{font-weight:600}.dye .time,.dye .dim{fill:var(--dim)}.dye .bad{fill:var(--bad)}
.dye line{stroke:var(--arrow);stroke-width:1.5}.dye .lane{stroke:var(--line);stroke-width:1}.dye .aside{stroke:var(--bad);stroke-dasharray:5 4}
.dye .tip{fill:var(--arrow)}.dye .tip.aside{fill:var(--bad);stroke:none}.dye .mark{stroke:var(--bad);stroke-dasharray:2 3}
`

// SVG draws hops as a picture with the lanes, arrows and marks of [Sequence]: one file without script or reference to anything
// outside it, light or dark as its reader's system is. A step shows more of its hop where the pointer rests on it.
func SVG(hops []event.Hop, start time.Time, topology event.Topology, marks ...Mark) string {
	list := steps(hops, topology, marks)
	p := newPicture(list, start, topology)
	for i, s := range list {
		p.step(i, s)
	}
	return p.document(len(list))
}

// picture is an SVG under way.
type picture struct {
	start time.Time
	lanes []event.Place
	at    map[event.Place]int // x of each lane
	wide  int
	b     strings.Builder
}

func newPicture(list []step, start time.Time, t event.Topology) *picture {
	p := &picture{start: start, lanes: lanesOf(list, t), at: map[event.Place]int{}}
	gaps := make([]int, len(p.lanes)+1) // before each lane
	index := map[event.Place]int{}
	for i, lane := range p.lanes {
		index[lane] = i
		gaps[i] = svgGap
		if i > 0 {
			gaps[i] = max(svgGap, (textWidth(label(p.lanes[i-1]))+textWidth(label(lane)))/2+24)
		}
	}
	for _, s := range list {
		a, b := index[s.from], index[s.to]
		if a-b == 1 || b-a == 1 { // its text stands between the two
			gaps[max(a, b)] = max(gaps[max(a, b)], min(svgWide, textWidth(s.line())+44))
		}
	}
	for i, lane := range p.lanes {
		if i == 0 {
			p.wide = svgTime + 20 + textWidth(label(lane))/2
		} else {
			p.wide += gaps[i]
		}
		p.at[lane] = p.wide
	}
	if n := len(p.lanes); n > 0 {
		p.wide += textWidth(label(p.lanes[n-1])) / 2
	}
	return p
}

func textWidth(s string) int { return int(float64(width(s))*svgLetter) + 1 }

func (p *picture) step(i int, s step) {
	y := svgTop + svgRow*i + svgRow/2
	a, b := p.at[s.from], p.at[s.to]
	p.b.WriteString("<g>")
	if s.hop != nil {
		fmt.Fprintf(&p.b, "<title>%s</title>", xmlText(wholeOf(s.hop)))
	}
	if !s.mark {
		p.text(svgTime-12, y+4, "end", "time", offset(s.at.Sub(p.start)))
	}
	class := ""
	switch {
	case s.sign == signFiltered:
		class = "dim" // it is as somebody configured it
	case s.sign != "" || s.aside:
		class = "bad"
	}
	switch {
	case a == b:
		if s.mark {
			fmt.Fprintf(&p.b, `<line class="mark" x1="%d" y1="%d" x2="%d" y2="%d"/>`, svgTime, y-svgRow/2, a, y-svgRow/2)
		}
		p.text(a+8, y+4, "start", class, s.line())
		p.wide = max(p.wide, a+8+textWidth(s.line()))
	default:
		p.arrow(a, b, y, s.aside)
		low := min(a, b)
		if textWidth(s.line())+20 <= max(a, b)-low {
			p.text((a+b)/2, y-4, "middle", class, s.line())
		} else {
			p.text(low+10, y-4, "start", class, s.line())
			p.wide = max(p.wide, low+10+textWidth(s.line()))
		}
	}
	p.b.WriteString("</g>\n")
}

func (p *picture) arrow(a, b, y int, aside bool) {
	class, back := "", -8
	if aside {
		class = " aside"
	}
	if b < a {
		back = 8
	}
	fmt.Fprintf(&p.b, `<line class="way%s" x1="%d" y1="%d" x2="%d" y2="%d"/>`, class, a, y, b+back, y)
	fmt.Fprintf(&p.b, `<path class="tip%s" d="M%d %dl%d -4v8z"/>`, class, b, y, back)
}

func (p *picture) text(x, y int, anchor, class, text string) {
	if class != "" {
		class = ` class="` + class + `"`
	}
	fmt.Fprintf(&p.b, `<text x="%d" y="%d" text-anchor="%s"%s>%s</text>`, x, y, anchor, class, xmlText(text))
}

// document puts head and lanes around the steps.
func (p *picture) document(n int) string {
	wide, high := max(p.wide+24, 320), svgTop+svgRow*n+16
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="dye" role="img" width="%d" height="%d" viewBox="0 0 %d %d">`+"\n", wide, high, wide, high)
	fmt.Fprintf(&b, "<title>Sequence diagram of a flow: %s</title>\n<style>%s</style>\n", plural(n, "step"), svgStyle)
	fmt.Fprintf(&b, `<rect class="bg" width="%d" height="%d"/>`+"\n", wide, high)
	steps := p.b.String()
	p.b.Reset()
	for _, lane := range p.lanes {
		x := p.at[lane]
		fmt.Fprintf(&p.b, `<line class="lane" x1="%d" y1="%d" x2="%d" y2="%d"/>`, x, svgTop-14, x, high-12)
		p.text(x, svgTop-22, "middle", "head", label(lane))
		p.b.WriteString("\n")
	}
	if n == 0 {
		p.text(24, svgTop-22, "start", "", "nothing happened")
	}
	b.WriteString(p.b.String() + steps + "</svg>\n")
	return b.String()
}

// xmlText escapes text for XML; line ends stay.
func xmlText(s string) string {
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		_ = xml.EscapeText(&b, []byte(line)) // a Builder takes everything
	}
	return b.String()
}
