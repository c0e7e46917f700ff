package builders

import (
	"cmp"
	"fmt"
	"go/constant"
	"go/types"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/fixture"
)

// structReader makes records of Go structs.
type structReader struct {
	home     *types.Package // that of the structs
	from     string         // "crm." where the builders are in another package
	records  []*record
	byName   map[string]*record
	problems []string
}

// readStructs reads structs of one package, and those of it that they consist of. It returns the import path of the package, too.
func readStructs(o Options) ([]*record, string, error) {
	dir := cmp.Or(o.Dir, ".")
	home, err := load(dir, o.Out)
	if err != nil {
		return nil, "", err
	}
	r := &structReader{home: home, byName: map[string]*record{}}
	if !sameFolder(dir, filepath.Dir(o.Out)) {
		r.from = home.Name() + "."
	}
	for _, name := range o.Types {
		named, ok := home.Scope().Lookup(name).(*types.TypeName)
		if !ok {
			return nil, "", fmt.Errorf("package %s has no type %s", home.Path(), name)
		}
		if _, isStruct := named.Type().Underlying().(*types.Struct); !isStruct {
			return nil, "", fmt.Errorf("%s.%s is no struct", home.Name(), name)
		}
		if r.from != "" && !named.Exported() {
			return nil, "", fmt.Errorf("%s.%s is not exported, and the builder is to be in another package", home.Name(), name)
		}
		rec := r.record(named.Type().(*types.Named))
		if rec.problem != "" {
			r.problems = append(r.problems, rec.problem)
		}
	}
	if len(r.problems) > 0 {
		return nil, "", &Error{r.problems}
	}
	return r.records, home.Path(), nil
}

func sameFolder(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

func (r *structReader) record(named *types.Named) *record {
	name := named.Obj().Name()
	if rec := r.byName[name]; rec != nil {
		return rec
	}
	rec := &record{name: name, from: r.from, open: true, source: r.home.Path()}
	r.byName[name] = rec
	r.records = append(r.records, rec)
	structure := named.Underlying().(*types.Struct)
	var problems []string
	for i := range structure.NumFields() {
		v := structure.Field(i)
		tag := reflect.StructTag(structure.Tag(i))
		wire, _, _ := strings.Cut(tag.Get("json"), ",")
		promotes := v.Embedded() && isStruct(v.Type()) // its fields are fields of this one, whatever its own name
		if !v.Exported() && !promotes || wire == "-" && !strings.Contains(tag.Get("json"), ",") {
			continue
		}
		f := r.field(rec, v, tag, cmp.Or(wire, v.Name()))
		f.hidden = !v.Exported()
		if f.hidden && r.from != "" && !f.optional {
			f.shape = f.shape.fails("only its own package can set %s", v.Name())
		}
		if !f.optional && f.shape.fill == nil {
			problems = append(problems, fmt.Sprintf("%s.%s: %s", name, v.Name(), f.shape.problem))
		}
		rec.fields = append(rec.fields, f)
	}
	rec.problem, rec.open = strings.Join(problems, "\n"), false
	return rec
}

func isStruct(t types.Type) bool {
	_, ok := t.Underlying().(*types.Struct)
	return ok
}

const fixtureHint = "say what it is to be with the tag `fixture:\"value\"`, or leave it zero with `fixture:\"-\"`"

// field says how a field is filled: by its tag fixture, by its tag validate, by the constants of its type, or by its type and name.
func (r *structReader) field(rec *record, v *types.Var, tag reflect.StructTag, wire string) *field {
	f := &field{name: v.Name(), wire: wire}
	typ := v.Type()
	if pointer, ok := typ.(*types.Pointer); ok {
		typ, f.shape.pointer = pointer.Elem(), true
	}
	rules, err := readRules(tag.Get("validate"))
	f.shape = r.shape(typ, rec, f, rules, f.shape.pointer)
	if err != nil {
		f.shape = f.shape.fails("%v; %s", err, fixtureHint)
	}
	_, options, _ := strings.Cut(tag.Get("json"), ",")
	mayMiss := f.shape.pointer || strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero") || rules.has("omitempty")
	f.optional = mayMiss && !rules.has("required")
	if (rules.has("omitempty") || f.optional) && !f.shape.pointer {
		f.shape.checks = nil // of what may be left zero
	}
	switch value, told := tag.Lookup("fixture"); {
	case told && value == "-":
		f.optional = true
	case told:
		f.optional = false
		f.shape = given(f.shape, typ, value)
	}
	return f
}

// given fills a field with the value of its tag.
func given(s shape, typ types.Type, value string) shape {
	basic, ok := typ.Underlying().(*types.Basic)
	if !ok {
		return s.fails("the tag fixture:%q is for texts, numbers and bools; leave it zero with \"-\"", value)
	}
	var err error
	code := strconv.Quote(value)
	switch info := basic.Info(); {
	case info&types.IsBoolean != 0:
		_, err = strconv.ParseBool(value)
		code = value
	case info&types.IsInteger != 0:
		_, err = strconv.ParseInt(value, 10, 64)
		code = value
	case info&types.IsFloat != 0:
		_, err = strconv.ParseFloat(value, 64)
		code = value
	}
	if err != nil {
		return s.fails("the tag fixture:%q is no %s", value, basic.Name())
	}
	s.fill, s.problem = convert(s, literal(code, value)), ""
	return s
}

// convert makes a value of a named type.
func convert(s shape, f *fill) *fill {
	if f != nil && (s.basic != "" || s.goType != "string" && s.goType != "int" && s.goType != "float64" && s.goType != "bool") {
		f = &fill{code: s.goType + "(" + f.code + ")", imports: append(slices.Clone(f.imports), s.imports...), draw: f.draw}
	}
	return f
}

// typeText is a type as the generated file writes it, with the imports that it needs.
func (r *structReader) typeText(typ types.Type) (text string, imports []string) {
	text = types.TypeString(typ, func(p *types.Package) string {
		if p == r.home && r.from == "" {
			return ""
		}
		if !slices.Contains(imports, p.Path()) {
			imports = append(imports, p.Path())
		}
		return p.Name()
	})
	return text, imports
}

func (r *structReader) shape(typ types.Type, rec *record, f *field, rules rules, pointer bool) shape {
	s := shape{pointer: pointer}
	s.goType, s.imports = r.typeText(typ)
	switch s.goType {
	case "time.Time":
		s.fill = &fill{code: "v.Time()", draw: func(v *fixture.Values) any { return v.Time() }}
		return s
	case "time.Duration":
		s.fill = &fill{code: "time.Duration(v.Int(1, 3600)) * time.Second", imports: []string{"time"}}
		return s
	case "json.RawMessage":
		s.fill = literal("json.RawMessage(`{}`)", nil)
		return s
	case "uuid.UUID":
		s.fill = &fill{code: "uuid.MustParse(v.UUID())"}
		return s
	}
	switch under := typ.Underlying().(type) {
	case *types.Basic:
		return r.basicShape(s, typ, under, rec, f, rules)
	case *types.Struct:
		return r.structShape(s, typ, f)
	case *types.Slice:
		return r.sliceShape(s, under, rec, f, rules)
	case *types.Map:
		if n, _ := rules.bounds(0, -1); n > 0 {
			return s.fails("a map of %d entries cannot be made up; %s", n, fixtureHint)
		}
		s.fill = literal(s.goType+"{}", nil).naming(s.imports)
		return s
	}
	return s.fails("nothing is known of a valid %s; %s", s.goType, fixtureHint)
}

func (r *structReader) structShape(s shape, typ types.Type, f *field) shape {
	named, ok := typ.(*types.Named)
	if !ok || named.Obj().Pkg() != r.home || named.TypeArgs() != nil || r.from != "" && !named.Obj().Exported() {
		return s.fails("a builder for %s is not made along; %s", s.goType, fixtureHint)
	}
	s.record = r.record(named)
	switch {
	case s.record.open:
		return s.fails("a %s cannot be a part of itself", s.record.name)
	case s.record.problem != "":
		return s.fails("%s", s.record.problem)
	}
	s.fill = childFill(s.record, f.wire)
	return s
}

func (r *structReader) sliceShape(s shape, under *types.Slice, rec *record, f *field, rules rules) shape {
	s.list = true
	if b, ok := under.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Byte {
		s.list = false
		s.fill = convert(shape{goType: s.goType}, boundedText(1, 24))
		return s
	}
	least, most := rules.bounds(0, -1)
	if rules.any("min", "max", "len", "gt", "gte", "lt", "lte", "eq") {
		s.checks = []check{countCheck(least, most)}
	}
	if pointer, ok := under.Elem().(*types.Pointer); ok {
		text, _ := r.typeText(pointer)
		if least > 0 {
			return s.fails("a list of %s is not filled; %s", text, fixtureHint)
		}
		s.fill = literal(s.goType+"{}", nil).naming(s.imports)
		return s
	}
	element := r.shape(under.Elem(), rec, &field{name: f.name, wire: singular(f.wire)}, rules.dive(), false)
	s.element, s.record = &element, element.record
	n := max(least, 1)
	if most >= 0 {
		n = min(n, most)
	}
	switch {
	case element.fill == nil && least > 0:
		return s.fails("%s", element.problem)
	case element.fill == nil:
		n = 0
		fallthrough
	case element.record == nil || element.list || s.goType != "[]"+element.goType:
		s.record = nil
		s.fill = listFill(element.goType, n, cmp.Or(element.fill, literal("", nil))).naming(s.imports)
		s.fill.code = s.goType + strings.TrimPrefix(s.fill.code, "[]"+element.goType)
	default:
		s.fill = childrenFill(s.record, f.wire, n)
	}
	return s
}

func (r *structReader) basicShape(s shape, typ types.Type, under *types.Basic, rec *record, f *field, rules rules) shape {
	if s.goType != under.Name() {
		s.basic = under.Name()
	}
	info := under.Info()
	switch {
	case info&types.IsString != 0:
		if codes, first := r.constants(typ); first != nil && !rules.any("oneof", "eq") {
			s.fill, s.basic, s.checks = first, "", []check{amongCheck(s.goType, codes)}
			return s
		}
		s = rules.text(s, f.wire, rec.name)
	case info&types.IsInteger != 0:
		if codes, first := r.constants(typ); first != nil && !rules.any("oneof", "eq", "min", "max", "gt", "gte", "lt", "lte") {
			s.fill, s.basic, s.checks = first, "", []check{amongCheck(s.goType, codes)}
			return s
		}
		s = rules.integer(s, under)
	case info&types.IsFloat != 0:
		s = rules.float(s)
	case info&types.IsBoolean != 0:
		s.fill = literal("false", false)
	default:
		return s.fails("nothing is known of a valid %s; %s", s.goType, fixtureHint)
	}
	s.fill = convert(s, s.fill)
	return s
}

// constants returns the constants of a named type in the order in which they are declared, and the first that is not zero: the
// plain case, more often than not.
func (r *structReader) constants(typ types.Type) (codes []string, first *fill) {
	named, ok := typ.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return nil, nil
	}
	var list []*types.Const
	scope := named.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		if c, ok := scope.Lookup(name).(*types.Const); ok && types.Identical(c.Type(), typ) && (c.Exported() || r.from == "" && c.Pkg() == r.home) {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b *types.Const) int { return cmp.Compare(a.Pos(), b.Pos()) })
	var imports []string
	for _, c := range list {
		code := c.Name()
		if c.Pkg() != r.home || r.from != "" {
			code = c.Pkg().Name() + "." + code
			imports = []string{c.Pkg().Path()}
		}
		codes = append(codes, code)
		zero := c.Val().Kind() == constant.String && constant.StringVal(c.Val()) == "" || c.Val().Kind() == constant.Int && constant.Sign(c.Val()) == 0
		if first == nil && !zero {
			first = &fill{code: code, imports: imports}
		}
	}
	return codes, first
}

// smallest and largest are the numbers that fit an integer type, as far as they fit an int.
func smallest(b *types.Basic) int64 {
	switch b.Kind() {
	case types.Int8:
		return math.MinInt8
	case types.Int16:
		return math.MinInt16
	case types.Int32:
		return math.MinInt32
	}
	if b.Info()&types.IsUnsigned != 0 {
		return 0
	}
	return math.MinInt64
}

func largest(b *types.Basic) int64 {
	switch b.Kind() {
	case types.Int8:
		return math.MaxInt8
	case types.Uint8:
		return math.MaxUint8
	case types.Int16:
		return math.MaxInt16
	case types.Uint16:
		return math.MaxUint16
	case types.Int32:
		return math.MaxInt32
	case types.Uint32:
		return math.MaxUint32
	}
	return math.MaxInt64
}
