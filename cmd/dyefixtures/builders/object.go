package builders

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var positiveInfinity, negativeInfinity = math.Inf(1), math.Inf(-1)

// objectShape is a record, or a map if the schema names no property.
func (r *schemaReader) objectShape(w *view, at place) shape {
	w = r.chosen(w)
	if len(w.props) == 0 {
		return r.mapShape(w, at)
	}
	rec, fresh := r.record(w, at)
	if fresh {
		r.read(rec, w, at)
	}
	s := shape{goType: rec.name, record: rec}
	switch {
	case rec.open:
		s.pointer = true // a struct cannot hold itself
		return s.fails("a %s cannot be a part of itself", rec.name)
	case rec.problem != "":
		return s.fails("%s", rec.problem)
	}
	s.fill = childFill(rec, at.relation)
	return s
}

// chosen adds the first alternative to an object that has some; properties of the others are known, but not asked for.
func (r *schemaReader) chosen(w *view) *view {
	if len(w.unions) == 0 {
		return w
	}
	all := w.alone()
	for _, union := range w.unions {
		all = append(all, union[0])
	}
	joined := newView(all)
	joined.origin, joined.unions = w.origin, nil
	for _, union := range w.unions {
		for _, other := range union[1:] {
			for name, schemas := range newView([]*jsonschema.Schema{other}).props {
				if _, known := joined.props[name]; !known {
					joined.props[name] = schemas
				}
			}
		}
	}
	return joined
}

// mapShape is an object whose members have no names of their own.
func (r *schemaReader) mapShape(w *view, at place) shape {
	s := shape{goType: "map[string]any"}
	if len(w.more) > 0 {
		element := r.shape(w.more, place{owner: at.owner, name: singular(at.name), relation: at.relation, file: at.file})
		if !element.pointer {
			s.goType, s.imports = "map[string]"+element.goType, element.imports
		}
	}
	if len(w.required) > 0 {
		return s.fails("it asks for %s, and says nothing of them: give them properties", strings.Join(w.required, ", "))
	}
	s.fill = literal(s.goType+"{}", map[string]any{}).naming(s.imports)
	return s
}

// record returns the record of a view, and whether it is a new one.
func (r *schemaReader) record(w *view, at place) (rec *record, fresh bool) {
	var places []string
	for _, p := range w.parts {
		if p.Ref == nil || len(p.Properties)+len(p.Required)+len(p.AllOf) > 0 { // what only refers is what it refers to
			places = append(places, p.Location)
		}
	}
	key := strings.Join(places, " ")
	if rec = r.byPlace[key]; rec != nil {
		return rec, false
	}
	name := at.name
	if at.name != at.owner {
		name = goName(at.owner + " " + at.name)
	}
	if ref := refName(w.origin); ref != "" && at.name != at.owner {
		name = ref
	}
	for n := 2; r.names[name] != ""; n++ {
		name = fmt.Sprintf("%s%d", strings.TrimRight(name, "0123456789"), n)
	}
	rec = &record{name: name, written: true, doc: w.doc, source: at.file, open: true}
	r.byPlace[key], r.names[name] = rec, key
	r.records = append(r.records, rec)
	rec.valid = w.origin.Validate
	return rec, true
}

// read reads the fields, in the order of their names.
func (r *schemaReader) read(rec *record, w *view, at place) {
	var problems []string
	methods := map[string]string{}
	for _, wire := range sortedNames(w.props) {
		f := &field{name: goName(wire), wire: wire, optional: !slices.Contains(w.required, wire), where: where(w.props[wire][0])}
		f.shape = r.shape(w.props[wire], place{owner: rec.name, name: wire, relation: wire, file: at.file})
		f.doc = w.props[wire][0].Description
		switch other, twice := methods[f.name]; {
		case f.name == "":
			problems = append(problems, fmt.Sprintf("%s: %q makes no name of a Go field", f.where, wire))
			continue
		case twice:
			problems = append(problems, fmt.Sprintf("%s: %q and %q are both %s in Go", f.where, other, wire, f.name))
			continue
		case !f.optional && f.shape.fill == nil:
			problems = append(problems, fmt.Sprintf("%s (%s): %s", wire, f.where, f.shape.problem))
		}
		methods[f.name] = wire
		if f.optional {
			f.omit = "omitempty"
			if strings.HasPrefix(f.shape.goType, "[]") || strings.HasPrefix(f.shape.goType, "map[") {
				f.omit = "omitzero" // an empty list is not the same as none
			} else if f.shape.goType != "any" {
				f.shape.pointer = true
			}
		}
		rec.fields = append(rec.fields, f)
	}
	for _, name := range w.required {
		if _, known := w.props[name]; !known {
			problems = append(problems, fmt.Sprintf("%s: %q is required, and nothing is said of it: give it a schema under properties", where(w.origin), name))
		}
	}
	rec.problem = strings.Join(problems, "; ")
	rec.open = false
}
