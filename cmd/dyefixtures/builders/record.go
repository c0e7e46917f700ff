package builders

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/fixture"
)

// record is a struct that is to have a builder.
type record struct {
	name    string // of the Go type
	from    string // "crm." where the type is of another package than the builder
	written bool   // the struct itself is written, too; else it exists
	doc     string
	fields  []*field
	open    bool   // it is being read: what asks for it now is inside it
	problem string // why no valid value of it can be made; then it has no builder
	source  string // where it was read, for messages
	valid   func(value any) error
}

// field is a field of a record.
type field struct {
	name     string // in Go
	wire     string // in JSON
	doc      string
	where    string // for messages
	shape    shape
	optional bool // left out unless it is set
	hidden   bool // not exported: no method sets it
	omit     string
}

// shape is the type of a value, how one is made and how one is checked.
type shape struct {
	goType  string
	pointer bool // a field of it is a pointer to it
	fill    *fill
	problem string   // why there is no fill
	imports []string // of goType
	basic   string   // "string" where goType is a named one and checks need that; "" if it is basic itself
	checks  []check
	record  *record // it is one, or a list of them
	list    bool
	element *shape // of a list
}

// fill makes a value: as Go code in terms of v, and at once, as what JSON is written from.
type fill struct {
	code    string
	imports []string
	draw    func(v *fixture.Values) any
}

// check writes a statement that checks a value; path and value are Go expressions.
type check struct {
	code    func(path, value string) string
	imports []string
}

func literal(code string, value any) *fill {
	return &fill{code: code, draw: func(*fixture.Values) any { return value }}
}

// naming returns a fill whose code names a type as well, with the imports of that.
func (f *fill) naming(imports []string) *fill {
	return &fill{code: f.code, imports: append(slices.Clone(f.imports), imports...), draw: f.draw}
}

func (s shape) fails(format string, args ...any) shape {
	s.fill, s.problem = nil, fmt.Sprintf(format, args...)
	return s
}

// goType is the record's type as the generated file writes it.
func (r *record) goType() string { return r.from + r.name }

// draw makes a value as the generated code does.
func (r *record) draw(v *fixture.Values) any {
	object := map[string]any{}
	for _, f := range r.fields {
		if !f.optional {
			object[f.wire] = f.shape.fill.draw(v)
		}
	}
	return object
}

// taken are the names of methods that every builder has.
var taken = map[string]bool{
	"With": true, "Trait": true, "Given": true, "Unchecked": true, "Build": true, "One": true, "Many": true, "Event": true,
	"Events": true, "BuildEvent": true, "Extend": true, "As": true, "Factory": true,
}

// method is the name of the builder's method for a field.
func (f *field) method() string {
	if taken[f.name] {
		return "Set" + f.name
	}
	return f.name
}

// Error lists everything that cannot be done, so that one run tells it all.
type Error struct{ Problems []string }

// Error is one line for each problem.
func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }
