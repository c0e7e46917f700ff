package filter

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// An Attribute is a message attribute: String, String.Array, Number, Number.Array, Binary, or one of these with a suffix; Value is its
// text.
type Attribute struct{ Type, Value string }

// A Message is what policies look at. It is read when a policy first asks, and then once for all.
type Message struct {
	Body       string
	Attributes map[string]Attribute

	attributes, body *pattern.Event
	read             [2]bool
}

// A Mismatch is one leaf of a policy that a message does not satisfy.
type Mismatch struct {
	Path string // of the attribute or in the body
	Want string // the list of the policy, as JSON
	Got  string // what the message has there, as JSON; "" is absent
	Text string // both in one line
}

// Match reports whether the message matches.
func (p *Policy) Match(m *Message) bool {
	if p.pattern == nil {
		return true
	}
	e := m.event(p.scope)
	return e != nil && p.pattern.MatchEvent(e)
}

// Explain says leaf by leaf why the message does not match; nil if it does.
func (p *Policy) Explain(m *Message) []Mismatch {
	if p.pattern == nil {
		return nil
	}
	e := m.event(p.scope)
	if e == nil {
		return []Mismatch{{Want: p.source, Text: "the policy looks at the message body, which is not a JSON object"}}
	}
	leaves := p.pattern.Explain(e)
	all := make([]Mismatch, len(leaves))
	for i, l := range leaves {
		all[i] = Mismatch{Path: l.Path, Want: l.Want, Got: strings.Join(l.Got, ", "), Text: l.String()}
	}
	return all
}

// event returns what a scope is about, nil for a body that is no JSON object.
func (m *Message) event(scope string) *pattern.Event {
	if scope == MessageBody {
		if !m.read[1] {
			m.read[1] = true
			m.body, _ = pattern.ParseString(m.Body)
		}
		return m.body
	}
	if !m.read[0] {
		m.read[0] = true
		m.attributes, _ = pattern.ParseString(m.attributesJSON())
	}
	return m.attributes
}

// attributesJSON writes the attributes as the object that policies describe.
func (m *Message) attributesJSON() string {
	names := make([]string, 0, len(m.Attributes))
	for name := range m.Attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	dst := []byte{'{'}
	for _, name := range names {
		a := m.Attributes[name]
		kind, _, _ := strings.Cut(a.Type, ".")
		if kind == "Binary" {
			continue
		}
		dst = append(wire.AppendString(wire.AppendComma(dst), name), ':')
		switch {
		case a.Type == "String.Array" || a.Type == "Number.Array":
			dst = appendArray(dst, a.Value)
		case kind == "Number" && isNumber(a.Value):
			dst = append(dst, strings.TrimSpace(a.Value)...)
		default:
			dst = wire.AppendString(dst, a.Value)
		}
	}
	return string(append(dst, '}'))
}

// isNumber holds for a number as JSON writes it.
func isNumber(text string) bool {
	text = strings.TrimSpace(text)
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && json.Valid([]byte(text))
}

// appendArray writes the elements of a String.Array or Number.Array. A single value counts as one of its type; what is no JSON, or an
// object, has no elements.
//
// Source: SNS Developer Guide, "Numeric value matching", for Number.Array; moto, test_filtering_string_array_with_number_no_array_match,
// for the single value.
func appendArray(dst []byte, text string) []byte {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") || !json.Valid([]byte(text)) {
		return append(dst, '[', ']')
	}
	return append(dst, text...)
}
