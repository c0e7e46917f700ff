package expect

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Diff lists the fields in which two values differ as JSON, with their paths, in a stable order. Paths in volatile, and all below
// them, are left out; a * in such a path stands for any one name or index. Elements of arrays are compared in order, and what was
// put in or left out between them is told as such.
func Diff(want, got any, volatile ...string) ([]Difference, error) {
	w, err := asJSON(want)
	if err != nil {
		return nil, fmt.Errorf("the wanted value cannot be written as JSON: %w", err)
	}
	g, err := asJSON(got)
	if err != nil {
		return nil, fmt.Errorf("the value got cannot be written as JSON: %w", err)
	}
	d := differ{}
	for _, path := range volatile {
		d.volatile = append(d.volatile, event.SplitPath(path))
	}
	d.compare(nil, w, g)
	return d.list, nil
}

func asJSON(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return decode(raw)
}

type differ struct {
	volatile [][]string
	list     []Difference
}

func (d *differ) compare(path []string, want, got any) {
	if d.skip(path) {
		return
	}
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			d.objects(path, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			d.arrays(path, w, g)
			return
		}
	}
	if !sameJSON(want, got) {
		d.add(path, printJSON(want), printJSON(got))
	}
}

func (d *differ) objects(path []string, want, got map[string]any) {
	names := make([]string, 0, len(want)+len(got))
	for name := range want {
		names = append(names, name)
	}
	for name := range got {
		if _, both := want[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		at := append(slices.Clip(path), name)
		w, wanted := want[name]
		g, there := got[name]
		switch {
		case d.skip(at):
		case !wanted:
			d.add(at, absent, printJSON(g))
		case !there:
			d.add(at, printJSON(w), absent)
		default:
			d.compare(at, w, g)
		}
	}
}

// arrays compares elements with those that stand for them: an element more or less is one difference, not one for each that it
// moves. Its path has the index that it has where it is.
func (d *differ) arrays(path []string, want, got []any) {
	for _, p := range d.align(path, want, got) {
		switch {
		case p.want < 0:
			if at := append(slices.Clip(path), strconv.Itoa(p.got)); !d.skip(at) {
				d.add(at, absent, printJSON(got[p.got]))
			}
		case p.got < 0:
			if at := append(slices.Clip(path), strconv.Itoa(p.want)); !d.skip(at) {
				d.add(at, printJSON(want[p.want]), absent)
			}
		default:
			d.compare(append(slices.Clip(path), strconv.Itoa(p.want)), want[p.want], got[p.got])
		}
	}
}

func (d *differ) add(path []string, want, got string) {
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = event.PathName(name)
	}
	at := strings.Join(names, ".")
	if at == "" {
		at = whole
	}
	d.list = append(d.list, Difference{Path: at, Want: want, Got: got})
}

func (d *differ) skip(path []string) bool {
	return slices.ContainsFunc(d.volatile, func(v []string) bool {
		return slices.EqualFunc(v, path, func(a, b string) bool { return a == "*" || a == b })
	})
}

// CountError says that a flow does not have exactly one event of a type.
type CountError struct {
	Type  string
	Count int
	Types []string // of the facts that are there, sorted, each once; "" is a fact that names none
}

// Error names the types that the flow has instead.
func (e *CountError) Error() string {
	there := slices.DeleteFunc(slices.Clone(e.Types), func(typ string) bool { return typ == "" })
	switch {
	case len(e.Types) == 0:
		there = []string{"no event"}
	case len(there) < len(e.Types):
		there = append(there, "events that name no type")
	}
	return fmt.Sprintf("want exactly one %s, got %d: the flow has %s", e.Type, e.Count, strings.Join(there, ", "))
}

// One returns the payload (EventBridge's detail, CloudEvents' data, or the whole body) of the only fact of that type, as JSON. The
// error is a *CountError if there is none or more than one.
func One(f *observe.Flow, typ string) (json.RawMessage, error) {
	var found []*observe.Arrival
	e := &CountError{Type: typ}
	for _, fact := range f.Facts {
		if !fact.Public() {
			continue
		}
		if t := fact.Type(); !slices.Contains(e.Types, t) {
			e.Types = append(e.Types, t)
		}
		if i := slices.IndexFunc(fact.Arrivals, func(a *observe.Arrival) bool {
			return a.Type() == typ && a.Document().Codec != event.CodecStream
		}); i >= 0 {
			found = append(found, fact.Arrivals[i])
		}
	}
	if e.Count = len(found); e.Count != 1 {
		slices.Sort(e.Types)
		return nil, e
	}
	return json.Marshal(found[0].Document().Payload)
}
