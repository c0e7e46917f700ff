package builders

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dyetrace/dyetrace/fixture"
)

// place is where in a record a value is.
type place struct {
	owner    string // the record's Go name
	name     string // of the value in JSON; of a root, its Go name
	relation string // what tests call it
	file     string
}

// shape says how a value that some schemas describe is written in Go, made and checked.
func (r *schemaReader) shape(parts []*jsonschema.Schema, at place) shape {
	w := newView(parts)
	if w.never {
		return shape{goType: "any"}.fails("its schema allows no value")
	}
	kind, nullable := w.kind()
	var s shape
	switch {
	case len(w.unions) > 0 && kind != "object":
		s = r.union(w, at)
	case w.fixed != nil:
		s = w.fixedShape(kind)
	default:
		s = r.kindShape(w, kind, at)
	}
	if nullable && s.goType != "any" {
		s.pointer = true
	}
	return w.fallBack(s)
}

func (r *schemaReader) kindShape(w *view, kind string, at place) shape {
	switch kind {
	case "string":
		return w.stringShape(at)
	case "integer", "number":
		return w.numberShape(kind)
	case "boolean":
		return shape{goType: "bool", fill: literal("false", false)}
	case "null":
		return shape{goType: "any", fill: literal("nil", nil)}
	case "array":
		return r.listShape(w, at)
	case "object":
		return r.objectShape(w, at)
	}
	if len(w.types) > 0 {
		s := r.kindShape(w, w.types[0], at)
		return shape{goType: "any", fill: s.fill, problem: s.problem}
	}
	return shape{goType: "any", fill: boundedText(1, 24)}
}

// fallBack fills what cannot be made with the schema's own default or first example.
func (w *view) fallBack(s shape) shape {
	if s.fill != nil {
		return s
	}
	for _, v := range w.examples {
		if s.goType == "any" || goTypeOf(v) == s.goType || goTypeOf(v) == "int" && s.goType == "float64" {
			s.fill, s.problem = literal(typedLiteral(s.goType, v), v), ""
			return s
		}
	}
	return s
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case json.Number:
		if x, ok := new(big.Rat).SetString(v.String()); ok && x.IsInt() {
			return "integer"
		}
	}
	return "number"
}

func goTypeOf(v any) string {
	return map[string]string{"boolean": "bool", "string": "string", "integer": "int", "number": "float64"}[typeOf(v)]
}

// fixedShape is one of some values: the first, as it is the plain case more often than not.
func (w *view) fixedShape(kind string) shape {
	fixed := slices.DeleteFunc(slices.Clone(w.fixed), func(v any) bool {
		t := typeOf(v)
		return w.typed && t != "null" && !slices.Contains(w.types, t) && !(t == "integer" && slices.Contains(w.types, "number"))
	})
	s := shape{goType: cmp.Or(map[string]string{"boolean": "bool", "string": "string", "integer": "int", "number": "float64"}[kind], "any")}
	if len(fixed) == 0 {
		return s.fails("no value of its enum is of its type")
	}
	first := max(0, slices.IndexFunc(fixed, func(v any) bool { return v != nil }))
	s.fill = literal(typedLiteral(s.goType, fixed[first]), fixed[first])
	if s.goType == "any" {
		return s
	}
	var allowed []string
	for _, v := range fixed {
		if v != nil {
			allowed = append(allowed, typedLiteral(s.goType, v))
		}
	}
	s.checks = []check{amongCheck(s.goType, allowed)}
	return s
}

func (w *view) stringShape(at place) shape {
	s := shape{goType: "string"}
	if w.minLen > 0 || w.maxLen >= 0 {
		s.checks = append(s.checks, lengthCheck(w.minLen, w.maxLen))
	}
	for _, p := range w.patterns {
		s.checks = append(s.checks, matchCheck(p))
	}
	for _, f := range w.formats {
		s.checks = append(s.checks, formatCheck(f))
	}
	switch {
	case len(w.formats) == 0 && len(w.patterns) == 0:
		s.fill = textFill(at.name, at.owner, w.minLen, w.maxLen)
	case len(w.formats) > 0 && len(w.patterns) == 0:
		f, known := formatted[w.formats[0]]
		if !known {
			return s.fails("the format %q is not known: give it a pattern, an example or a default", w.formats[0])
		}
		s.fill = &f
		if w.formats[0] == "date-time" && len(s.checks) == 1 {
			s.goType, s.imports, s.checks = "time.Time", []string{"time"}, nil
			s.fill = &fill{code: "v.Time()", draw: func(v *fixture.Values) any { return v.Time() }}
		}
	default:
		s.fill = patternFill(w.patterns[0], w.minLen, w.maxLen)
	}
	return s
}

// span is how far numbers go from the one bound that there is.
var span = big.NewRat(1000, 1)

func (w *view) numberShape(kind string) shape {
	low, high := w.low, w.high
	switch {
	case low == nil && high == nil:
		low, high = big.NewRat(1, 1), span
	case low == nil:
		low = new(big.Rat).Sub(high, span)
	case high == nil:
		high = new(big.Rat).Add(low, span)
	}
	s := shape{goType: "float64"}
	if kind == "integer" {
		s.goType = "int"
	}
	if b, bounded := w.bounds(); bounded {
		s.checks = []check{rangeCheck(b)}
	}
	step := w.step
	if kind == "integer" && step != nil {
		step = new(big.Rat).SetInt(step.Num()) // the whole multiples of a/b are those of a
	}
	if kind == "integer" && step == nil {
		step = big.NewRat(1, 1)
	}
	if step == nil {
		l, _ := low.Float64()
		h, _ := high.Float64()
		inside := (h - l) / 1000
		if w.lowOpen {
			l += inside
		}
		if w.highOpen {
			h -= inside
		}
		s.fill = floatFill(l, h)
		return s
	}
	first, last := steps(low, step, w.lowOpen, true), steps(high, step, w.highOpen, false)
	if !first.IsInt64() || !last.IsInt64() || !step.Num().IsInt64() || !step.Denom().IsInt64() || !new(big.Int).Mul(last, step.Num()).IsInt64() {
		return s.fails("its bounds are beyond 64 bits")
	}
	if first.Cmp(last) > 0 {
		return s.fails("no number is within its bounds")
	}
	a, b := step.Num().Int64(), step.Denom().Int64()
	if kind == "integer" {
		s.fill = intFill(first.Int64()*a, last.Int64()*a, a)
	} else {
		s.fill = fractionFill(first.Int64(), last.Int64(), a, b)
	}
	return s
}

// steps is the number of the first (or last) multiple of step that is within a bound.
func steps(bound, step *big.Rat, open, first bool) *big.Int {
	q := new(big.Rat).Quo(bound, step)
	n := new(big.Int).Div(q.Num(), q.Denom()) // rounds down
	switch {
	case first && (!q.IsInt() || open):
		n.Add(n, big.NewInt(1))
	case !first && q.IsInt() && open:
		n.Sub(n, big.NewInt(1))
	}
	return n
}

func (w *view) bounds() (b fixture.Bounds, bounded bool) {
	b.Least, b.Most = negativeInfinity, positiveInfinity
	if w.low != nil {
		b.Least, _ = w.low.Float64()
		b.Above = w.lowOpen
	}
	if w.high != nil {
		b.Most, _ = w.high.Float64()
		b.Below = w.highOpen
	}
	if w.step != nil {
		b.MultipleOf, _ = w.step.Float64()
	}
	return b, w.low != nil || w.high != nil || w.step != nil
}

func (r *schemaReader) listShape(w *view, at place) shape {
	s := shape{goType: "[]any", list: true}
	if w.minItems > 0 || w.maxItems >= 0 {
		s.checks = []check{countCheck(w.minItems, w.maxItems)}
	}
	if w.prefixed {
		return s.fails("its elements differ by their position: give it an example or a default")
	}
	n := max(w.minItems, 1)
	if w.maxItems >= 0 {
		n = min(n, max(w.maxItems, w.minItems))
	}
	element := shape{goType: "any", fill: boundedText(1, 24)}
	if len(w.items) > 0 {
		element = r.shape(w.items, place{owner: at.owner, name: singular(at.name), relation: at.relation, file: at.file})
	}
	if element.pointer {
		element = shape{goType: "any", fill: element.fill, problem: element.problem}
	}
	s.goType, s.imports, s.record, s.element = "[]"+element.goType, element.imports, element.record, &element
	if element.list { // a list of lists is not looked into
		s.record = nil
	}
	switch {
	case element.fill == nil && w.minItems > 0:
		return s.fails("%s", element.problem)
	case element.fill == nil:
		s.fill = listFill(element.goType, 0, nil).naming(element.imports)
	case s.record != nil:
		s.fill = childrenFill(s.record, at.relation, n)
	case w.unique && n > 1:
		return r.uniqueList(s, w, element, n)
	default:
		s.fill = listFill(element.goType, n, element.fill).naming(element.imports)
	}
	return s
}

// uniqueList takes the first values of an enum, or trusts what is drawn to differ: the samples show whether it does.
func (r *schemaReader) uniqueList(s shape, w *view, element shape, n int) shape {
	fixed := newView(w.items).fixed
	if fixed == nil {
		s.fill = listFill(element.goType, n, element.fill).naming(element.imports)
		return s
	}
	if len(fixed) < n {
		return s.fails("%d different elements are asked for, and there are %d", n, len(fixed))
	}
	var codes []string
	for _, v := range fixed[:n] {
		codes = append(codes, typedLiteral(element.goType, v))
	}
	s.fill = literal("[]"+element.goType+"{"+strings.Join(codes, ", ")+"}", fixed[:n])
	return s
}

func singular(name string) string {
	if one, ok := strings.CutSuffix(name, "ies"); ok {
		return one + "y"
	}
	if one, ok := strings.CutSuffix(name, "ses"); ok {
		return one + "s"
	}
	if one, ok := strings.CutSuffix(name, "s"); ok && !strings.HasSuffix(one, "s") {
		return one
	}
	return name
}

// union is a value that is one of several: of the type that they share, else an any that holds the first that can be made.
func (r *schemaReader) union(w *view, at place) shape {
	rest := w.alone()
	var shapes []shape
	nullable := false
	for i, branch := range w.unions[0] {
		if kind, _ := newView([]*jsonschema.Schema{branch}).kind(); kind == "null" {
			nullable = true
			continue
		}
		name := r.branchName(goName(at.owner+" "+at.name), branch, i)
		shapes = append(shapes, r.shape(append([]*jsonschema.Schema{branch}, rest...), place{owner: at.owner, name: cmp.Or(refName(branch), name), relation: at.relation, file: at.file}))
	}
	if len(shapes) == 0 {
		return shape{goType: "any", fill: literal("nil", nil)}
	}
	best := max(slices.IndexFunc(shapes, func(s shape) bool { return s.fill != nil }), 0)
	s := shapes[best]
	if slices.ContainsFunc(shapes, func(other shape) bool { return other.goType != s.goType }) {
		return shape{goType: "any", fill: s.fill, problem: s.problem}
	}
	if len(shapes) > 1 {
		s.checks = nil // those of one alternative
	}
	s.pointer = s.pointer || nullable && s.goType != "any"
	return s
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func childrenFill(rec *record, relation string, n int) *fill {
	return &fill{
		code: fmt.Sprintf("fixture.Children(v, %sFixture.As(%q), %d)", lower(rec.name), relation, n),
		draw: func(v *fixture.Values) any {
			list := make([]any, n)
			for i := range list {
				list[i] = rec.draw(v)
			}
			return list
		},
	}
}

func childFill(rec *record, relation string) *fill {
	return &fill{code: fmt.Sprintf("fixture.Child(v, %sFixture.As(%q))", lower(rec.name), relation), draw: func(v *fixture.Values) any { return rec.draw(v) }}
}
