package pipes

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// path is a compiled JSON path of the kind EventBridge knows: $, .name, ['name'], [n], and * for all elements.
//
// Source: Amazon EventBridge User Guide, "Amazon EventBridge Pipes input transformation".
type path struct {
	text  string
	steps []step
}

type step struct {
	name  string
	index int
	kind  stepKind
}

type stepKind uint8

const (
	byName stepKind = iota
	byIndex
	all
)

// parsePath compiles a path. The error says what is wrong with it.
func parsePath(text string) (path, error) {
	p := path{text: text}
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return p, fmt.Errorf("a JSON path begins with $: %s", text)
	}
	for rest != "" {
		end := 0
		switch {
		case rest[0] == '.':
			end = 1 + strings.IndexAny(rest[1:]+".", ".[")
			name := rest[1:end]
			if name == "" || strings.ContainsAny(name, " \t\n\"'<>()?@]") {
				return p, fmt.Errorf("a name is missing or has a character that JSON paths do not allow: %s", text)
			}
			s := step{name: name}
			if name == "*" {
				s.kind = all
			}
			p.steps = append(p.steps, s)
		case rest[0] == '[':
			end = strings.IndexByte(rest, ']') + 1
			s, ok := parseBracket(rest[1:max(end-1, 1)])
			if end == 0 || !ok {
				return p, fmt.Errorf("brackets hold an index, a quoted name or *: %s", text)
			}
			p.steps = append(p.steps, s)
		default:
			return p, fmt.Errorf("a dot or a bracket is expected before %q: %s", rest, text)
		}
		rest = rest[end:]
	}
	return p, nil
}

func parseBracket(inner string) (step, bool) {
	if inner == "*" {
		return step{kind: all}, true
	}
	if n := len(inner); n > 2 && (inner[0] == '\'' || inner[0] == '"') && inner[n-1] == inner[0] {
		return step{name: inner[1 : n-1]}, true
	}
	i, err := strconv.Atoi(inner)
	return step{kind: byIndex, index: i}, err == nil && i >= 0 && inner[0] != '+'
}

// find returns the JSON text at the path, nil if there is none. A path with * returns a list.
func (p path) find(document []byte) []byte { return find(document, p.steps) }

func find(value []byte, steps []step) []byte {
	if len(steps) == 0 {
		return bytes.TrimSpace(value)
	}
	var found [][]byte
	s, rest := steps[0], steps[1:]
	visit := func(d *wire.Decoder, wanted bool) error {
		raw, err := d.Raw()
		if err == nil && wanted {
			if v := find(raw, rest); v != nil {
				found = append(found, v)
			}
		}
		return err
	}
	d := wire.NewDecoder(value)
	var err error
	switch d.Peek() {
	case wire.Object:
		err = d.Object(func(key string) error { return visit(&d, s.kind == all || s.kind == byName && key == s.name) })
	case wire.Array:
		err = d.Array(func(i int) error { return visit(&d, s.kind == all || s.kind == byIndex && i == s.index) })
	}
	switch {
	case err != nil:
		return nil
	case s.kind == all && found != nil:
		return append(append([]byte("["), bytes.Join(found, []byte(","))...), ']')
	case len(found) == 0:
		return nil
	}
	return found[0]
}

// text returns a JSON value as it stands in text: a string without its quotes, anything else as JSON.
func textOf(value []byte) string {
	d := wire.NewDecoder(value)
	if d.Peek() == wire.String {
		if s, err := d.String(); err == nil {
			return s
		}
	}
	return string(value)
}
