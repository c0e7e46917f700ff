package expect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Matcher says of a value in an event whether it is as it should be, and if not, why not. Matchers are composed of others: where
// a function of this package takes a value, it takes a Matcher in its place, and anything else stands for [Equal]. They are given
// to [Selector.With], for the value at a path, and to [Selector.Where], for the whole event.
//
// A Matcher is a value without state. One that can never match or never fail (a regular expression that does not compile, a
// negative tolerance) makes the expectation fail with the reason.
type Matcher struct {
	text    string
	problem string // why it is of no use
	size    int    // how many things it looks at; what part of them is missed tells how near an event is
	misses  func(subject) []Difference
	path    string // of the value that At looks at; "" if the matcher is another
	source  string // that Source asks for by its text
	needle  string // what the text of a body has if the matcher matches in it, unless it has escapes; "": nothing certain
}

// subject is what a Matcher looks at.
type subject struct {
	event    *event.Event
	document *event.Document
	path     string // of the value, from the root of the document
	value    any    // as decoded JSON
	found    bool
}

func (s subject) at(name string, value any, found bool) subject {
	s.value, s.found = value, found
	if s.path != "" && name != "" {
		name = s.path + "." + name
	}
	s.path = cmp.Or(name, s.path)
	return s
}

// miss says that the subject is not what was wanted.
func (s subject) miss(want string) []Difference {
	got := absent
	if s.found {
		got = printJSON(s.value)
	}
	return []Difference{{Path: cmp.Or(s.path, whole), Want: want, Got: got}}
}

const whole = "(the whole)"

// String prints what the matcher asks for: "= 900", "≈ 900 ± 1".
func (m Matcher) String() string { return m.text }

// matching returns v if it is a Matcher, else Equal(v).
func matching(v any) Matcher {
	if m, ok := v.(Matcher); ok {
		if m.misses == nil {
			m.problem, m.misses = "an empty Matcher matches nothing: make one with a function of package expect", subject.none
		}
		return m
	}
	return Equal(v)
}

func (s subject) none() []Difference { return s.miss("nothing") }

func matchings(values []any) (list []Matcher, problem string) {
	for _, v := range values {
		m := matching(v)
		list, problem = append(list, m), cmp.Or(problem, m.problem)
	}
	return list, problem
}

func texts(list []Matcher) string {
	parts := make([]string, len(list))
	for i, m := range list {
		parts[i] = strings.TrimPrefix(m.text, "= ")
	}
	return strings.Join(parts, ", ")
}

func sizes(list []Matcher) (n int) {
	for _, m := range list {
		n += m.size
	}
	return n
}

// simple returns a matcher of one value that is there.
func simple(text, want string, ok func(value any) bool) Matcher {
	return Matcher{text: text, size: 1, misses: func(s subject) []Difference {
		if s.found && ok(s.value) {
			return nil
		}
		return s.miss(want)
	}}
}

// Equal matches what is the same as JSON; numbers are compared by value.
func Equal(want any) Matcher {
	raw, err := json.Marshal(want)
	if err != nil {
		return Matcher{text: fmt.Sprintf("= %T", want), problem: fmt.Sprintf("a %T cannot be written as JSON: %v", want, err), size: 1, misses: subject.none}
	}
	decoded, err := decode(raw)
	if err != nil {
		return Matcher{text: "= " + string(raw), problem: err.Error(), size: 1, misses: subject.none}
	}
	text := printJSON(decoded)
	m := simple("= "+text, text, func(v any) bool { return sameJSON(decoded, v) })
	m.needle, _ = decoded.(string)
	return m
}

// Present matches any value, null too.
func Present() Matcher { return simple("is present", "anything", func(any) bool { return true }) }

// Absent matches where there is no value.
func Absent() Matcher {
	return Matcher{text: "is absent", size: 1, misses: func(s subject) []Difference {
		if !s.found {
			return nil
		}
		return s.miss(absent)
	}}
}

// Not matches what is there and does not match.
func Not(value any) Matcher {
	m := matching(value)
	text := "not " + m.text
	return Matcher{text: text, problem: m.problem, size: 1, misses: func(s subject) []Difference {
		if s.found && len(m.misses(s)) > 0 {
			return nil
		}
		return s.miss(text)
	}}
}

// All matches what matches each of the values.
func All(values ...any) Matcher {
	list, problem := matchings(values)
	if len(list) == 0 {
		problem = "All of nothing matches anything"
	}
	return Matcher{text: "all of (" + texts(list) + ")", problem: problem, size: sizes(list), misses: func(s subject) (missed []Difference) {
		for _, m := range list {
			missed = append(missed, m.misses(s)...)
		}
		return missed
	}}
}

// OneOf matches what matches one of the values at least. Of the others it tells the one that misses least.
func OneOf(values ...any) Matcher {
	list, problem := matchings(values)
	if len(list) == 0 {
		problem = "OneOf of nothing matches nothing"
	}
	text := "one of (" + texts(list) + ")"
	return Matcher{text: text, problem: problem, size: 1, misses: func(s subject) []Difference {
		var best []Difference
		for i, m := range list {
			missed := m.misses(s)
			if len(missed) == 0 {
				return nil
			}
			if i == 0 || len(missed) < len(best) {
				best = missed
			}
		}
		if len(best) <= 1 {
			return s.miss(text)
		}
		return best
	}}
}

// At matches what has a value that matches at the path, seen from there: names and indices separated by dots. A * stands for any
// one name or index, so that "lines.*.sku" is the sku of some line.
func At(path string, value any) Matcher {
	m := matching(value)
	problem := m.problem
	switch {
	case path == "":
		problem = "a path is needed: names and indices, separated by dots"
	case slices.Contains(strings.Split(path, "."), ""):
		problem = "the path has a dot too many"
	}
	return Matcher{text: path + " " + m.text, problem: problem, size: m.size, path: path, needle: m.needle, misses: func(s subject) []Difference {
		var best []Difference
		for i, candidate := range s.candidates(path) {
			missed := m.misses(candidate)
			if len(missed) == 0 {
				return nil
			}
			if i == 0 || len(missed) < len(best) {
				best = missed
			}
		}
		return best
	}}
}

// candidates returns what is at a path; it is never empty: where nothing is, one that is not found.
func (s subject) candidates(path string) []subject {
	if !strings.Contains(path, "*") {
		value, found := any(nil), false
		if s.found {
			value, found = event.Lookup(s.value, path)
		}
		return []subject{s.at(path, value, found)}
	}
	list := []subject{s}
	for _, name := range event.SplitPath(path) {
		var next []subject
		for _, c := range list {
			next = append(next, c.step(name)...)
		}
		list = next
	}
	if len(list) == 0 {
		return []subject{s.at(path, nil, false)}
	}
	return list
}

// step goes to a member or element, or to all of them; to none if they are not there.
func (s subject) step(name string) (list []subject) {
	if name != "*" {
		if value, found := event.Lookup(s.value, event.PathName(name)); found {
			list = append(list, s.at(event.PathName(name), value, true))
		}
		return list
	}
	switch v := s.value.(type) {
	case map[string]any:
		for _, member := range sortedKeys(v) {
			list = append(list, s.at(event.PathName(member), v[member], true))
		}
	case []any:
		for i, element := range v {
			list = append(list, s.at(strconv.Itoa(i), element, true))
		}
	}
	return list
}

func sortedKeys(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Match returns what keeps a received message from being one of those that the selector selects: its type, place, tenant, fields
// and conditions. It is a Match for observe.CollectOptions. Exactly and Deliveries mean nothing here.
func (s Selector) Match(r *observe.Received) []event.Mismatch {
	s.deliveries = number{}
	if problem := s.useless(); problem != "" {
		return []event.Mismatch{{Path: "expectation", Want: problem}}
	}
	a := observe.NewArrival(r)
	var list []event.Mismatch
	for _, d := range s.misses(&observe.Flow{}, a) {
		list = append(list, event.Mismatch(d))
	}
	return list
}

// Either returns a Match for observe.CollectOptions that matches what one of the selectors selects, and how to call it; of a
// message that none selects it tells what it lacks for the nearest.
func Either(selectors ...Selector) (match func(*observe.Received) []event.Mismatch, text string) {
	var names []string
	for _, s := range selectors {
		names = append(names, s.String())
	}
	return func(r *observe.Received) (best []event.Mismatch) {
		for i, s := range selectors {
			missed := s.Match(r)
			if len(missed) == 0 {
				return nil
			}
			if i == 0 || len(missed) < len(best) {
				best = missed
			}
		}
		return best
	}, strings.Join(names, " or ")
}
