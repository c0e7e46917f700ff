// Package jsonpath reads values out of JSON text by the paths that EventBridge and EventBridge Pipes know.
package jsonpath

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Path is a compiled path into a JSON text: $, .name, ['name'], [n], and [*] or .* for all elements. It is immutable.
//
// Source: EventBridge User Guide, "Input transformation", which allows dots, dashes, underscores, alphanumeric
// characters, array indexes, wildcards and forward slashes.
type Path []step

type step struct {
	name  string
	index int
	kind  stepKind
}

type stepKind uint8

const (
	stepName stepKind = iota
	stepIndex
	stepAll
)

// ErrPath says that a text is no path.
var ErrPath = errors.New("path is not valid")

// Parse compiles a path. The error is [ErrPath].
func Parse(text string) (Path, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, ErrPath
	}
	var path Path
	for rest != "" {
		var s step
		var err error
		switch rest[0] {
		case '.':
			s, rest, err = parseName(rest[1:])
		case '[':
			s, rest, err = parseBracket(rest[1:])
		default:
			err = ErrPath
		}
		if err != nil {
			return nil, err
		}
		path = append(path, s)
	}
	return path, nil
}

// Member returns the path of a member of the whole document, whatever its name is.
func Member(name string) Path { return Path{{name: name}} }

func parseName(text string) (s step, rest string, err error) {
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		end = len(text)
	}
	name := text[:end]
	switch {
	case name == "" || strings.ContainsAny(name, "\"'()?@ <>]"):
		return s, "", ErrPath
	case name == "*":
		return step{kind: stepAll}, text[end:], nil
	}
	return step{name: name}, text[end:], nil
}

func parseBracket(text string) (s step, rest string, err error) {
	if text != "" && (text[0] == '\'' || text[0] == '"') {
		end := strings.IndexByte(text[1:], text[0])
		if end < 1 {
			return s, "", ErrPath
		}
		rest, ok := strings.CutPrefix(text[end+2:], "]")
		if !ok {
			return s, "", ErrPath
		}
		return step{name: text[1 : end+1]}, rest, nil
	}
	inner, rest, ok := strings.Cut(text, "]")
	if !ok {
		return s, "", ErrPath
	}
	if inner == "*" {
		return step{kind: stepAll}, rest, nil
	}
	n, err := strconv.ParseUint(inner, 10, 31)
	if err != nil {
		return s, "", ErrPath
	}
	return step{kind: stepIndex, index: int(n)}, rest, nil
}

// Find returns the JSON at the path, nil if there is none. Of a path with a wildcard it returns the list of what was
// found, nil if nothing was.
func (p Path) Find(json []byte) []byte {
	var found [][]byte
	many := false
	for _, s := range p {
		many = many || s.kind == stepAll
	}
	p.walk(json, func(raw []byte) { found = append(found, raw) })
	if len(found) == 0 {
		return nil
	}
	if !many {
		return found[len(found)-1] // of a duplicate key the last value counts
	}
	list := []byte{'['}
	for i, raw := range found {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, raw...)
	}
	return append(list, ']')
}

// walk calls f for each value at the path.
func (p Path) walk(json []byte, f func(raw []byte)) {
	if len(p) == 0 {
		f(json)
		return
	}
	s, rest := p[0], p[1:]
	members(json, func(key []byte, i int, value []byte) {
		switch {
		case s.kind == stepAll, key == nil && s.kind == stepIndex && i == s.index:
			rest.walk(value, f)
		case key != nil && s.kind == stepName && keyIs(key, s.name):
			rest.walk(value, f)
		}
	})
}

// keyIs compares a key as it is written, with its quotes, with a name.
func keyIs(key []byte, name string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key[1:len(key)-1]) == name
	}
	d := wire.NewDecoder(key)
	text, err := d.String()
	return err == nil && text == name
}

// members calls f for each member of an object (key with its quotes) or element of an array (key nil). The text is known
// to be JSON, so only the ends of things are looked for; duplicate names are all reported.
func members(json []byte, f func(key []byte, i int, value []byte)) {
	at := skipSpace(json, 0)
	if at == len(json) || json[at] != '{' && json[at] != '[' {
		return
	}
	object := json[at] == '{'
	for i := 0; ; i++ {
		at = skipSpace(json, at+1)
		if at >= len(json) || json[at] == '}' || json[at] == ']' {
			return
		}
		var key []byte
		if object {
			end := skipValue(json, at)
			key = json[at:end]
			at = skipSpace(json, skipSpace(json, end)+1) // over the colon
		}
		end := skipValue(json, at)
		f(key, i, json[at:end])
		if at = skipSpace(json, end); at >= len(json) || json[at] != ',' {
			return
		}
	}
}

func skipSpace(json []byte, at int) int {
	for at < len(json) && (json[at] == ' ' || json[at] == '\n' || json[at] == '\t' || json[at] == '\r') {
		at++
	}
	return min(at, len(json))
}

// skipValue returns the offset behind the value that starts at at.
func skipValue(json []byte, at int) int {
	depth := 0
	for at < len(json) {
		switch json[at] {
		case '"':
			for at++; at < len(json) && json[at] != '"'; at++ {
				if json[at] == '\\' {
					at++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at
			}
			depth--
		case ',', ' ', '\n', '\t', '\r', ':':
			if depth == 0 {
				return at
			}
			at++
			continue
		default:
			at++
			continue
		}
		at = min(at+1, len(json))
		if depth == 0 {
			return at
		}
	}
	return at
}

// Text returns a JSON value as it stands in text: a string without its quotes, anything else as JSON.
func Text(value []byte) string {
	d := wire.NewDecoder(value)
	if d.Peek() == wire.String {
		if s, err := d.String(); err == nil {
			return s
		}
	}
	return string(value)
}
