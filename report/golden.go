package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Golden writes a flow as a page to be kept and compared: its facts in the order in which they happened, for each what caused it,
// the way it went, who was handed it how often, and its payload. Payloads are in the normal form, with one set of names for the
// whole flow. Times of hops are left out, and so is what never left its table's stream.
func Golden(f *observe.Flow, n event.Normal) string {
	var facts []*observe.Fact
	var pages []any // way, payload, way, payload …
	for _, fact := range f.Facts {
		if fact.Public() {
			facts = append(facts, fact)
			pages = append(pages, way(f, fact), payload(fact))
		}
	}
	pages = n.Apply(pages...)
	var b strings.Builder
	for i, fact := range facts {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%d  %s%s\n", i+1, factName(fact), causedBy(f, facts, i))
		b.WriteString(pages[2*i].(string))
		writePayload(&b, pages[2*i+1])
	}
	if len(facts) == 0 {
		b.WriteString("no event\n")
	}
	return b.String()
}

// payload is that of the last form that has one, its text if it is not JSON.
func payload(fact *observe.Fact) any {
	for i := len(fact.Arrivals) - 1; i >= 0; i-- {
		a := fact.Arrivals[i]
		switch {
		case a.Event == nil:
		case a.Err() != nil:
			return a.Event.Body
		case a.Document().Codec != event.CodecStream:
			return a.Document().Payload
		}
	}
	return nil
}

func writePayload(b *strings.Builder, payload any) {
	if payload == nil {
		return
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("   ", "  ")
	if e.Encode(payload) != nil {
		return // decoded JSON can always be written
	}
	for line := range strings.Lines("   " + text.String()) {
		b.WriteString(Clean(strings.TrimRight(line, "\n")) + "\n")
	}
}

func factName(fact *observe.Fact) string {
	name := Clean(fact.Type())
	if name == "" {
		name = "event"
	}
	if tenant := fact.Tenant(); tenant != "" {
		name += "  tenant " + Clean(tenant)
	}
	if fact.Unattributed {
		name += "  unattributed"
	}
	return name
}

// causedBy names the nearest fact before this one that led to it.
func causedBy(f *observe.Flow, facts []*observe.Fact, i int) string {
	if len(facts[i].Hops) == 0 {
		return ""
	}
	ancestry := f.AncestryOf(facts[i].Hops[0])
	for k := len(ancestry) - 1; k >= 0; k-- {
		for j := range i {
			if facts[j].ID == ancestry[k].Fact {
				return fmt.Sprintf("  caused by %d", j+1)
			}
		}
	}
	return ""
}

// way says which places a fact came to: a line for the way to the last bus, and one for each end.
func way(f *observe.Flow, fact *observe.Fact) string {
	var b strings.Builder
	for i, a := range fact.Arrivals {
		switch {
		case isEnd(a.To):
			b.WriteString("\n   " + Clean(string(a.From)) + " → ")
		case i > 0 && !isEnd(fact.Arrivals[i-1].To):
			b.WriteString(" → ")
		default:
			b.WriteString("\n   ")
		}
		b.WriteString(Clean(string(a.To)) + handed(f, a))
	}
	return b.String()[1:] + "\n"
}

func isEnd(p event.Place) bool {
	switch p.Kind() {
	case event.PlaceQueue, event.PlaceTopic, event.PlaceFunction, event.PlaceHTTP:
		return true
	}
	return false
}

func handed(f *observe.Flow, a *observe.Arrival) string {
	var words []string
	if a.Kind == event.KindDeadLetter {
		words = append(words, "dead letter: "+Clean(reason(a.Hop)))
	}
	if a.Deliveries > 0 {
		words = append(words, "received "+plural(a.Deliveries, "time"))
	} else if isEnd(a.To) && !f.IsDLQ(a.To) {
		words = append(words, "not received")
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, "; ") + ")"
}

// Lines compares two texts line by line and returns the lines that differ, - for want and + for got, each group under the number
// of its first line in want; at most limit lines.
func Lines(want, got string, limit int) string {
	a, b := strings.Split(strings.TrimSuffix(want, "\n"), "\n"), strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	var out []string
	apart := true
	note := func(line int, sign, text string) {
		if apart {
			out = append(out, fmt.Sprintf("line %d", line+1))
		}
		apart = false
		out = append(out, sign+" "+Clean(text))
	}
	length := common(a, b)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j, apart = i+1, j+1, true
		case j == len(b) || i < len(a) && length(i+1, j) >= length(i, j+1):
			note(i, "-", a[i])
			i++
		default:
			note(i, "+", b[j])
			j++
		}
	}
	if len(out) > limit {
		out = append(out[:limit], fmt.Sprintf("and %d more", len(out)-limit))
	}
	return strings.Join(out, "\n")
}

const maxTable = 4 << 20 // entries of the table of common; beyond, lines are compared one by one

// common returns the length of the longest common subsequence of what follows line i of a and line j of b.
func common(a, b []string) func(i, j int) int {
	width := len(b) + 1
	if len(a) >= maxTable/width {
		return func(i, j int) int { return -max(i-j, j-i) } // keeps both sides at the same line
	}
	table := make([]int, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	return func(i, j int) int { return table[i*width+j] }
}
