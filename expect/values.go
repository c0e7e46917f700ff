package expect

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Approx matches a number that is at most tolerance away.
func Approx(want, tolerance float64) Matcher {
	text := fmt.Sprintf("≈ %v ± %v", want, tolerance)
	m := simple(text, text, func(v any) bool {
		n, ok := v.(json.Number)
		if !ok {
			return false
		}
		f, err := n.Float64()
		return err == nil && math.Abs(f-want) <= tolerance
	})
	if !(tolerance >= 0) || math.IsInf(tolerance, 0) || math.IsNaN(want) {
		m.problem = "Approx needs a number and a finite tolerance of 0 or more"
	}
	return m
}

// Around matches a time that is at most tolerance away: a string as in RFC 3339, or a number of seconds since 1970.
func Around(want time.Time, tolerance time.Duration) Matcher {
	text := fmt.Sprintf("within %v of %s", tolerance, want.Format(time.RFC3339Nano))
	m := simple(text, text, func(v any) bool {
		at, ok := timeOf(v)
		return ok && at.Sub(want).Abs() <= tolerance
	})
	if tolerance < 0 {
		m.problem = "Around needs a tolerance of 0 or more"
	}
	return m
}

func timeOf(v any) (time.Time, bool) {
	switch v := v.(type) {
	case string:
		at, err := time.Parse(time.RFC3339, v)
		return at, err == nil
	case json.Number:
		s, err := v.Float64()
		if err != nil || math.Abs(s) > 1e11 {
			return time.Time{}, false
		}
		whole, part := math.Modf(s)
		return time.Unix(int64(whole), int64(part*1e9)), true
	}
	return time.Time{}, false
}

// Regexp matches a string in which the regular expression (package regexp) is found; anchor it with ^ and $.
func Regexp(pattern string) Matcher {
	text := "~ /" + pattern + "/"
	re, err := regexp.Compile(pattern)
	if err != nil {
		return Matcher{text: text, problem: err.Error(), size: 1, misses: subject.none}
	}
	return simple(text, text, func(v any) bool {
		s, ok := v.(string)
		return ok && re.MatchString(s)
	})
}

// Len matches an array, an object or a string of that many elements, members or characters.
func Len(n int) Matcher {
	text := "has length " + strconv.Itoa(n)
	return simple(text, text, func(v any) bool {
		switch v := v.(type) {
		case string:
			return len([]rune(v)) == n
		case []any:
			return len(v) == n
		case map[string]any:
			return len(v) == n
		}
		return false
	})
}

// Each matches an array that is not empty and whose elements all match.
func Each(value any) Matcher {
	m := matching(value)
	text := "each " + m.text
	return Matcher{text: text, problem: m.problem, size: m.size, misses: func(s subject) (missed []Difference) {
		elements, ok := s.value.([]any)
		if !ok || len(elements) == 0 {
			return s.miss(text)
		}
		for i, e := range elements {
			missed = append(missed, m.misses(s.at(strconv.Itoa(i), e, true))...)
		}
		return missed
	}}
}

// Set matches an array that has an element for each value and no other, in any order. A value that is given twice must be there
// twice.
func Set(values ...any) Matcher {
	list, problem := matchings(values)
	text := "is the set {" + texts(list) + "}"
	return Matcher{text: text, problem: problem, size: max(1, len(list)), misses: func(s subject) []Difference {
		elements, ok := s.value.([]any)
		if !ok {
			return s.miss(text)
		}
		return pair(s, list, elements, true)
	}}
}

// pair gives each matcher an element of its own. Of a matcher that gets none it tells what the nearest of those left over lacks, or
// that there is none like it; and, if none may be left over, the elements that are nobody's.
func pair(s subject, list []Matcher, elements []any, all bool) (missed []Difference) {
	fits := make([][]int, len(list))
	for i, m := range list {
		for k, e := range elements {
			if len(m.misses(s.at(strconv.Itoa(k), e, true))) == 0 {
				fits[i] = append(fits[i], k)
			}
		}
	}
	owner := make(map[int]int, len(elements))
	var without []Matcher
	for i, m := range list {
		if !claim(i, fits, owner, map[int]bool{}) {
			without = append(without, m)
		}
	}
	for _, m := range without {
		k, differences := closest(s, m, elements, owner)
		if k < 0 {
			missed = append(missed, s.at("*", nil, false).miss(trimEqual(m.text))...)
			continue
		}
		owner[k] = len(list)
		missed = append(missed, differences...)
	}
	for k, e := range elements {
		if _, taken := owner[k]; all && !taken {
			missed = append(missed, s.at(strconv.Itoa(k), e, true).miss(absent)...)
		}
	}
	return missed
}

// closest returns the element, of those that nobody has, that a matcher misses least, and in what; -1 if it meets no part of any.
func closest(s subject, m Matcher, elements []any, owner map[int]int) (index int, differences []Difference) {
	index = -1
	for k, e := range elements {
		if _, taken := owner[k]; taken {
			continue
		}
		missed := m.misses(s.at(strconv.Itoa(k), e, true))
		if len(missed) < m.size && (index < 0 || len(missed) < len(differences)) {
			index, differences = k, missed
		}
	}
	return index, differences
}

// claim is the augmenting path of a bipartite matching.
func claim(i int, fits [][]int, owner map[int]int, tried map[int]bool) bool {
	for _, k := range fits[i] {
		if tried[k] {
			continue
		}
		tried[k] = true
		if j, taken := owner[k]; !taken || claim(j, fits, owner, tried) {
			owner[k] = i
			return true
		}
	}
	return false
}

func trimEqual(text string) string {
	if len(text) > 2 && text[:2] == "= " {
		return text[2:]
	}
	return text
}

// Has matches a document that has at least what sub has: of an object the members that sub names, of an array an element of its
// own for each of sub's, in any order; anything else as [Equal]. Within a map[string]any or []any, values may be Matchers.
func Has(sub any) Matcher {
	m := has(sub)
	m.text = "has " + trimEqual(m.text)
	return m
}

func has(sub any) Matcher {
	switch v := sub.(type) {
	case Matcher:
		return matching(v)
	case map[string]any:
		return hasMembers(v)
	case []any:
		return hasElements(v)
	case nil, bool, string, json.Number:
		return Equal(v)
	}
	raw, err := json.Marshal(sub)
	if err != nil {
		return Equal(sub) // which says so
	}
	decoded, err := decode(raw)
	if err != nil {
		return Equal(sub)
	}
	return has(decoded)
}

func hasMembers(sub map[string]any) Matcher {
	names := sortedKeys(sub)
	members := make([]Matcher, len(names))
	m := Matcher{text: "{", size: 0}
	for i, name := range names {
		members[i] = has(sub[name])
		if i > 0 {
			m.text += ", "
		}
		m.text += strconv.Quote(name) + ": " + trimEqual(members[i].text)
		m.size += members[i].size
		if m.problem == "" {
			m.problem = members[i].problem
		}
	}
	m.text += "}"
	m.size = max(1, m.size)
	text := m.text
	m.misses = func(s subject) (missed []Difference) {
		object, ok := s.value.(map[string]any)
		if !ok {
			return s.miss(text)
		}
		for i, name := range names {
			value, found := object[name]
			missed = append(missed, members[i].misses(s.at(event.PathName(name), value, found))...)
		}
		return missed
	}
	return m
}

func hasElements(sub []any) Matcher {
	elements := make([]any, len(sub))
	for i, e := range sub {
		elements[i] = has(e)
	}
	list, problem := matchings(elements)
	text := "[" + texts(list) + "]"
	return Matcher{text: text, problem: problem, size: max(1, len(list)), misses: func(s subject) []Difference {
		got, ok := s.value.([]any)
		if !ok {
			return s.miss(text)
		}
		return pair(s, list, got, false)
	}}
}

// Attribute matches an event with a message attribute of that name whose text matches. It is for [Selector.Where].
func Attribute(name string, value any) Matcher {
	m := matching(value)
	return Matcher{text: "attribute " + name + " " + m.text, problem: m.problem, size: m.size, misses: func(s subject) []Difference {
		s.path = "attribute " + name
		s.value, s.found = nil, false
		if s.event != nil {
			if text, ok := s.event.Attributes[name]; ok {
				s.value, s.found = text, true
			}
		}
		return m.misses(s)
	}}
}

// Payload matches an event whose payload (EventBridge's detail, CloudEvents' data, else the body) fits a P and passes the check,
// which returns why it does not. It is for [Selector.Where].
func Payload[P any](check func(P) error) Matcher {
	text := "payload " + reflect.TypeFor[P]().String()
	return Matcher{text: text, size: 1, misses: func(s subject) []Difference {
		var payload P
		err := errors.New("the body is not JSON")
		if s.document != nil && s.document.Codec != event.CodecNone && s.document.Codec != "" {
			if err = json.Unmarshal([]byte(printJSON(s.document.Payload)), &payload); err == nil {
				err = check(payload)
			}
		}
		if err == nil {
			return nil
		}
		return []Difference{{Path: text, Want: "the check to pass", Got: err.Error()}}
	}}
}

// Satisfies matches a value that passes a check of your own, which gets decoded JSON (numbers are json.Number) and returns why it
// does not pass; what says in reports what is asked for.
func Satisfies(what string, check func(value any) error) Matcher {
	return Matcher{text: what, size: 1, misses: func(s subject) []Difference {
		if !s.found {
			return s.miss(what)
		}
		err := check(s.value)
		if err == nil {
			return nil
		}
		return []Difference{{Path: s.path, Want: what, Got: err.Error()}}
	}}
}

// Explained matches an event in whose body explain finds nothing that does not match; what says in reports what is asked for. It
// is for [Selector.Where], and for languages that this package does not know, such as EventBridge patterns.
func Explained(what string, explain func(body string) []event.Mismatch) Matcher {
	return Matcher{text: what, size: 1, misses: func(s subject) (missed []Difference) {
		if s.event == nil {
			return s.miss(what)
		}
		for _, m := range explain(s.event.Body) {
			missed = append(missed, Difference{Path: m.Path, Want: m.Want, Got: orAbsent(m.Got)})
		}
		return missed
	}}
}

// Unusable is a Matcher that fails every expectation it is used in, with that problem: for functions that make Matchers of what
// they are given.
func Unusable(what, problem string) Matcher {
	return Matcher{text: what, problem: problem, size: 1, misses: subject.none}
}
