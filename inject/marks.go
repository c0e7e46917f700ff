package inject

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// Names whose values have a form of their own.
const (
	nameTraceparent = "traceparent"    // W3C Trace Context, version 00
	nameAWSTrace    = "AWSTraceHeader" // AWS X-Ray, the tracing header
)

// mark is a text that an injection puts into an event.
type mark struct {
	at    string // path or attribute
	value string
}

// marks returns what the nth event, from 1, is given.
func (t *transaction) marks(n int) []mark {
	id := t.correlation(n)
	var list []mark
	for _, at := range t.CorrelationAt {
		list = append(list, mark{at, traceForm(at, id)})
	}
	for _, at := range t.IDAt {
		list = append(list, mark{at, t.uuid()})
	}
	return list
}

// traceForm writes an id as the header of a trace where the name asks for one.
func traceForm(at, id string) string {
	name := at[strings.LastIndexByte(at, '.')+1:]
	if name != nameTraceparent && name != nameAWSTrace {
		return id
	}
	if name == nameTraceparent {
		return event.TraceFor(id).Traceparent()
	}
	return event.TraceFor(id).AWSTraceHeader()
}

// attributeMark begins the name of a message attribute where a path is expected, as in the header of a CSV.
const attributeMark = "@attribute."

// attribute returns the message attribute that the mark is for, if it is for one.
func (m mark) attribute() (name string, ok bool) { return strings.CutPrefix(m.at, attributeMark) }

// document is a body that marks are put into. It is decoded when the first one is, and else stays as it is, to the byte.
type document struct {
	text string
	root map[string]any
}

func (d *document) set(path []string, value string, keep bool) error {
	if d.root == nil {
		v, err := decode(d.text)
		root, ok := v.(map[string]any)
		if err != nil || !ok {
			return fmt.Errorf("the body is not a JSON object, so that nothing can be put at %s", strings.Join(path, "."))
		}
		d.root = root
	}
	changed, err := setPath(d.root, path, value, keep)
	if err != nil || !changed {
		return err
	}
	d.text, err = encode(d.root)
	return err
}

func decode(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

func encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// setPath puts value at a path below an object or array, making the objects on the way that are not there. An index one past the
// end of an array appends; it reports whether anything changed.
func setPath(in any, path []string, value any, keep bool) (changed bool, err error) {
	for i, name := range path {
		last := i == len(path)-1
		switch node := in.(type) {
		case map[string]any:
			there, found := node[name]
			if last {
				if found && keep {
					return false, nil
				}
				node[name] = value
				return true, nil
			}
			if !found {
				there = map[string]any{}
				node[name] = there
			}
			in = there
		case []any:
			n, err := strconv.Atoi(name)
			if err != nil || n < 0 || n >= len(node) {
				return false, fmt.Errorf("%s: an array of %d elements has no element %q", strings.Join(path, "."), len(node), name)
			}
			if last {
				if keep {
					return false, nil
				}
				node[n] = value
				return true, nil
			}
			in = node[n]
		default:
			return false, fmt.Errorf("nothing can be put at %s: %s is neither an object nor an array", strings.Join(path, "."), strings.Join(path[:i], "."))
		}
	}
	return false, nil
}

// markMessage puts marks into the body and the attributes of a message. The attributes are copied first: they are the caller's.
func markMessage(e *event.Event, marks []mark, keep bool) error {
	d := document{text: e.Body}
	copied := false
	for _, m := range marks {
		name, ok := m.attribute()
		if !ok {
			if err := d.set(strings.Split(m.at, "."), m.value, keep); err != nil {
				return err
			}
			continue
		}
		if _, there := e.Attributes[name]; there && keep {
			continue
		}
		if !copied {
			e.Attributes, e.AttributeTypes, copied = cloneOf(e.Attributes), cloneOf(e.AttributeTypes), true
		}
		e.Attributes[name] = m.value
		delete(e.AttributeTypes, name)
	}
	e.Body = d.text
	return nil
}

func cloneOf(m map[string]string) map[string]string {
	c := make(map[string]string, len(m)+1)
	for k, v := range m {
		c[k] = v
	}
	return c
}

func sortedNames(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
