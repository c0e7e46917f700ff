package pattern

import (
	"encoding/json"
	"strings"
)

// A Mismatch is one leaf of a pattern that an event did not satisfy.
type Mismatch struct {
	Path string   // in the event, for example "detail.state"
	Want string   // the list of the pattern, as JSON
	Got  []string // the values the event has there, as JSON; nil if it has none
	// Elsewhere is true if a value would do, but only in another element of an array than the one in which the
	// leaves before this one match.
	Elsewhere bool
}

// String returns the mismatch as one line: `detail.state: want ["running"], got "stopped"`.
func (m Mismatch) String() string {
	got := "absent"
	if len(m.Got) > 0 {
		got = "got " + strings.Join(m.Got, ", ")
	}
	if m.Elsewhere {
		got += " (not in the array element that the other fields match)"
	}
	return m.Path + ": want " + m.Want + ", " + got
}

// Explain says why the event does not match: every leaf without a matching value, in the order of the paths. Of a
// pattern with $or it explains the alternative with the fewest such leaves, the first of them. It returns nil if the
// event matches.
func (p *Pattern) Explain(e *Event) []Mismatch {
	var best []Mismatch
	for _, leaves := range p.alternatives {
		found := explainLeaves(leaves, e)
		if len(found) == 0 {
			return nil
		}
		if best == nil || len(found) < len(best) {
			best = found
		}
	}
	return best
}

func explainLeaves(leaves []*leaf, e *Event) []Mismatch {
	var all []Mismatch
	for _, l := range leaves {
		if found, _ := l.find(e); !found {
			all = append(all, l.mismatch(e))
		}
	}
	if len(all) > 0 {
		return all
	}
	if n := consistent(leaves, e); n < len(leaves) {
		m := leaves[n].mismatch(e)
		m.Elsewhere = true
		return []Mismatch{m}
	}
	return nil
}

func (l *leaf) mismatch(e *Event) Mismatch {
	m := Mismatch{Path: l.path, Want: l.want}
	for at := e.first(l.steps); at != none; at = e.values[at].next {
		m.Got = append(m.Got, e.values[at].json())
	}
	return m
}

func (v *value) json() string {
	if v.kind != kindString {
		return v.text
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v.text); err != nil {
		return v.text
	}
	return strings.TrimSuffix(b.String(), "\n")
}
