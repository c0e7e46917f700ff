package report

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/dyetrace/dyetrace/event"
)

// maxMermaid is how long a diagram may be: from 50,000 characters on, Mermaid's default settings refuse it, and so does GitHub.
const maxMermaid = 48_000

// Mermaid draws hops as a Mermaid sequence diagram, with the lanes, arrows and marks of [Sequence]: to be put into Markdown, between
// lines of ```mermaid and ```. What does not fit Mermaid's own limit of 50,000 characters is left out, and counted.
//
// What comes from events is written as text only: nothing in it can end a line, open a directive or become markup.
func Mermaid(hops []event.Hop, start time.Time, topology event.Topology, marks ...Mark) string {
	list := steps(hops, topology, marks)
	var b strings.Builder
	b.WriteString("sequenceDiagram\n")
	names := map[event.Place]string{}
	for i, lane := range lanesOf(list, topology) {
		names[lane] = fmt.Sprintf("p%d", i)
		fmt.Fprintf(&b, "    participant p%d as %s\n", i, mermaidText(label(lane)))
	}
	for i, s := range list {
		line := mermaidLine(s, names[s.from], names[s.to], start)
		if b.Len()+len(line) > maxMermaid {
			fmt.Fprintf(&b, "    Note over %s: %s\n", names[s.from], mermaidText("… "+plural(len(list)-i, "step")+" more"))
			break
		}
		b.WriteString(line)
	}
	if len(list) == 0 {
		b.WriteString("    participant p0 as nothing happened\n")
	}
	return b.String()
}

func mermaidLine(s step, from, to string, start time.Time) string {
	text := offset(s.at.Sub(start)) + " " + s.line()
	switch {
	case s.mark:
		return fmt.Sprintf("    Note over %s: %s\n", from, mermaidText(s.line()))
	case s.from == s.to:
		return fmt.Sprintf("    Note over %s: %s\n", from, mermaidText(text))
	case s.aside:
		return fmt.Sprintf("    %s--x%s: %s\n", from, to, mermaidText(text))
	}
	return fmt.Sprintf("    %s->>%s: %s\n", from, to, mermaidText(text))
}

// mermaidText writes everything that is not plainly a word as one of Mermaid's character codes (#59; is a semicolon): a line's end,
// a comment, a directive, a code itself, markup, and ﬂ and ß, which Mermaid uses inside for its codes.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range Clean(s) {
		switch {
		case r == 'ﬂ' || r == 'ß':
		case unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ._/+,=()-", r):
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "#%d;", r)
	}
	if strings.TrimSpace(b.String()) == "" {
		return "#183;" // a middle dot: Mermaid wants some text
	}
	return b.String()
}
