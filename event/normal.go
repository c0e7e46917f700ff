package event

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Normal brings documents into a form that is the same in each run: what differs from run to run is replaced by a name that keeps
// its identity. The first id becomes <id-1>, wherever it is, and the second <id-2>. The zero value changes nothing.
type Normal struct {
	// Paths ([SplitPath]) lead to volatile values, which are named after the last name of the path: "detail.contact_id" gives <contact_id-1>. A
	// * stands for any one name or index. Where the same text of four or more characters is elsewhere, alone or, from eight
	// characters on, within a text, it gets the same name.
	Paths []string
	// Patterns find volatile parts of any text and of any member's name.
	Patterns []VolatilePattern
	// Sets lead to arrays whose order means nothing; they are sorted, whatever their volatile values are.
	Sets []string
}

// VolatilePattern finds volatile text and names it: with the name id, <id-1>.
type VolatilePattern struct {
	Name    string
	Pattern *regexp.Regexp
}

// VolatileTypes returns patterns for what is volatile nearly always: UUIDs and ULIDs (id), and times as in RFC 3339 (time).
func VolatileTypes() []VolatilePattern { return slices.Clone(volatileTypes) }

var volatileTypes = []VolatilePattern{
	{"id", regexp.MustCompile(`\b[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b`)},
	{"id", regexp.MustCompile(`\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b`)},
	{"time", regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})`)},
}

const (
	shortestAlone  = 4 // of a text that is named wherever it is
	shortestWithin = 8
)

// Apply returns copies of decoded documents (maps, slices, strings, bools, nil, json.Number) in normal form. Names are shared by
// all of them and counted in the order given, members of objects in the order of their names.
func (n Normal) Apply(documents ...any) []any {
	s := &naming{normal: n, learned: map[string]string{}, names: map[string]string{}, counts: map[string]int{}}
	for _, p := range n.Paths {
		s.paths = append(s.paths, SplitPath(p))
	}
	for _, p := range n.Sets {
		s.sets = append(s.sets, SplitPath(p))
	}
	for _, d := range documents {
		s.learn(nil, d)
	}
	s.within = s.longTexts()
	list := make([]any, len(documents))
	for i, d := range documents {
		list[i] = s.apply(nil, d, s.name)
	}
	return list
}

// naming is an Apply under way.
type naming struct {
	normal  Normal
	paths   [][]string
	sets    [][]string
	learned map[string]string // texts at volatile paths → name of their kind
	within  *regexp.Regexp    // the longer ones of these; nil if there is none
	names   map[string]string // value → its name
	counts  map[string]int    // of names, by kind
}

func leads(paths [][]string, path []string) int {
	return slices.IndexFunc(paths, func(p []string) bool {
		return slices.EqualFunc(p, path, func(a, b string) bool { return a == "*" || a == b })
	})
}

// learn takes down the texts at volatile paths.
func (s *naming) learn(path []string, v any) {
	if i := leads(s.paths, path); i >= 0 {
		if text, ok := v.(string); ok && s.learned[text] == "" {
			s.learned[text] = kindOf(s.paths[i])
		}
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			s.learn(append(slices.Clip(path), name), member)
		}
	case []any:
		for i, element := range v {
			s.learn(append(slices.Clip(path), strconv.Itoa(i)), element)
		}
	}
}

// kindOf returns the last part of a path that is a name.
func kindOf(path []string) string {
	for _, part := range slices.Backward(path) {
		if _, err := strconv.Atoi(part); err != nil && part != "*" {
			return part
		}
	}
	return "value"
}

func (s *naming) longTexts() *regexp.Regexp {
	var list []string
	for text := range s.learned {
		if len(text) >= shortestWithin {
			list = append(list, regexp.QuoteMeta(text))
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return regexp.MustCompile(strings.Join(list, "|"))
}

// apply copies a value, with what call returns in place of each volatile part.
func (s *naming) apply(path []string, v any, call func(kind, value string) string) any {
	if i := leads(s.paths, path); i >= 0 && v != nil {
		text, ok := v.(string)
		if !ok {
			raw, _ := json.Marshal(v) // decoded JSON can always be written
			return call(kindOf(s.paths[i]), string(raw))
		}
		return call(s.learned[text], text)
	}
	switch v := v.(type) {
	case string:
		if kind := s.learned[v]; kind != "" && len(v) >= shortestAlone {
			return call(kind, v)
		}
		return s.text(v, call)
	case []any:
		return s.array(path, v, call)
	case map[string]any:
		return s.object(path, v, call)
	}
	return v
}

func (s *naming) array(path []string, v []any, call func(kind, value string) string) []any {
	if leads(s.sets, path) >= 0 {
		v = s.sorted(path, v)
	}
	list := make([]any, len(v))
	for i, element := range v {
		list[i] = s.apply(append(slices.Clip(path), strconv.Itoa(i)), element, call)
	}
	return list
}

// object visits members by name. Names may be volatile, too, and then their order must not depend on them.
func (s *naming) object(path []string, v map[string]any, call func(kind, value string) string) map[string]any {
	type member struct{ name, order string }
	members := make([]member, 0, len(v))
	for name := range v {
		order := s.text(name, masked)
		if order != name {
			order += s.print(append(slices.Clip(path), name), v[name])
		}
		members = append(members, member{name, order})
	}
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(strings.Compare(a.order, b.order), strings.Compare(a.name, b.name))
	})
	object := make(map[string]any, len(v))
	for _, m := range members {
		name := s.text(m.name, call)
		object[name] = s.apply(append(slices.Clip(path), m.name), v[m.name], call)
	}
	return object
}

// masked is what a volatile part looks like while the order is not settled yet.
func masked(kind, _ string) string { return "<" + kind + ">" }

// print writes a value with its volatile parts masked.
func (s *naming) print(path []string, v any) string {
	raw, _ := json.Marshal(s.apply(path, v, masked)) // decoded JSON can always be written
	return string(raw)
}

// sorted orders the elements of a set by what is not volatile in them.
func (s *naming) sorted(path []string, v []any) []any {
	type element struct {
		value any
		order string
	}
	list := make([]element, len(v))
	for i, e := range v {
		list[i] = element{e, s.print(append(slices.Clip(path), strconv.Itoa(i)), e)}
	}
	slices.SortStableFunc(list, func(a, b element) int { return strings.Compare(a.order, b.order) })
	values := make([]any, len(v))
	for i, e := range list {
		values[i] = e.value
	}
	return values
}

// text replaces the volatile parts of a text: the first, of those the longest, and what a path led to before what a pattern finds.
func (s *naming) text(text string, call func(kind, value string) string) string {
	var b strings.Builder
	for text != "" {
		start, end, kind := len(text), len(text), ""
		look := func(re *regexp.Regexp, name string) {
			at := re.FindStringIndex(text)
			if at != nil && at[1] > at[0] && (at[0] < start || at[0] == start && at[1] > end) {
				start, end, kind = at[0], at[1], name
				if name == "" {
					kind = s.learned[text[start:end]]
				}
			}
		}
		if s.within != nil {
			look(s.within, "")
		}
		for _, p := range s.normal.Patterns {
			look(p.Pattern, p.Name)
		}
		b.WriteString(text[:start])
		if kind != "" {
			b.WriteString(call(kind, text[start:end]))
		}
		text = text[end:]
	}
	return b.String()
}

// name returns the name of a value, a new one if it is seen for the first time.
func (s *naming) name(kind, value string) string {
	name := s.names[value]
	if name == "" {
		s.counts[kind]++
		name = fmt.Sprintf("<%s-%d>", kind, s.counts[kind])
		s.names[value] = name
	}
	return name
}
