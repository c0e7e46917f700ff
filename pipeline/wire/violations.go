package wire

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Constraint says which kind of rule a value broke.
type Constraint uint8

// The kinds of rules in AWS's models.
const (
	Required Constraint = iota + 1
	MinLength
	MaxLength
	MinValue
	MaxValue
	Pattern
	Enum
	Elements // a rule of the elements of a list
	MapKeys
	MapValues
)

// A Violation is one rule of the model that a request breaks.
type Violation struct {
	Path      string // lower camel case, elements with number or key: "keySchema.1.member.attributeName"
	Value     string // as the services print it
	Null      bool   // the value is absent
	Sensitive bool   // the value must not be printed
	Kind      Constraint
	Text      string // "Member must have length less than or equal to 255"
}

// String returns the violation as AWS words it.
func (v Violation) String() string {
	value := " '" + v.Value + "'"
	switch {
	case v.Sensitive:
		value = ""
	case v.Null:
		value = " null"
	}
	return "Value" + value + " at '" + v.Path + "' failed to satisfy constraint: " + v.Text
}

// A Rule holds the constraints of one shape of a model. The zero Rule allows everything.
type Rule struct {
	Min, Max       int64 // of length (strings in code points, blobs in bytes, lists and maps in elements) or value
	HasMin, HasMax bool
	Pattern        *Regexp
	Enum           []string
	Sensitive      bool
}

// Violations collects the rules that one request breaks. The zero value is ready; it is used by the Violations methods of
// the generated types. No violation, no allocation.
type Violations struct {
	List []Violation

	depth int
	path  [8]segment // an array, so that a Violations can live on the stack
	deep  []segment  // what does not fit
}

type segment struct {
	name  string
	index int    // element of a list, from 1; 0 is none
	key   string // of a map
	keyed bool
}

// Any reports whether a rule was broken.
func (v *Violations) Any() bool { return len(v.List) > 0 }

// Names returns the paths of all violations of one kind.
func (v *Violations) Names(kind Constraint) []string {
	var names []string
	for _, one := range v.List {
		if one.Kind == kind {
			names = append(names, one.Path)
		}
	}
	return names
}

// In goes down into a member, until Out.
func (v *Violations) In(name string) { v.down(segment{name: name}) }

// InElement goes down into element i, counted from 0, of a member that is a list.
func (v *Violations) InElement(name string, i int) { v.down(segment{name: name, index: i + 1}) }

// InValue goes down into the value under key of a member that is a map.
func (v *Violations) InValue(name, key string) { v.down(segment{name: name, key: key, keyed: true}) }

// Out goes up again.
func (v *Violations) Out() {
	v.depth--
	if v.depth >= len(v.path) {
		v.deep = v.deep[:v.depth-len(v.path)]
	}
}

func (v *Violations) down(s segment) {
	if v.depth < len(v.path) {
		v.path[v.depth] = s
	} else {
		v.deep = append(v.deep, s)
	}
	v.depth++
}

// Missing adds that the member is absent and must not be.
func (v *Violations) Missing(name string) {
	v.add(name, Violation{Null: true, Kind: Required, Text: "Member must not be null"})
}

// Str checks a string.
func (v *Violations) Str(name, value string, r *Rule) {
	for _, kind := range [...]Constraint{Enum, Pattern, MinLength, MaxLength} {
		if r.brokenBy(kind, value) {
			v.add(name, Violation{Value: value, Sensitive: r.Sensitive, Kind: kind, Text: r.text(kind)})
		}
	}
}

// Int checks a number.
func (v *Violations) Int(name string, value int64, r *Rule) {
	if r.HasMin && value < r.Min {
		v.add(name, Violation{Value: strconv.FormatInt(value, 10), Kind: MinValue, Text: r.text(MinValue)})
	}
	if r.HasMax && value > r.Max {
		v.add(name, Violation{Value: strconv.FormatInt(value, 10), Kind: MaxValue, Text: r.text(MaxValue)})
	}
}

// Blob checks the length of bytes.
func (v *Violations) Blob(name string, value []byte, r *Rule) {
	v.length(name, len(value), func() string { return "java.nio.HeapByteBuffer[pos=0 lim=" + strconv.Itoa(len(value)) + "]" }, r)
}

// Length checks the number of elements of a list.
func Length[T any](v *Violations, name string, list []T, r *Rule) {
	v.length(name, len(list), func() string { return Printed(list) }, r)
}

// Size checks the number of entries of a map.
func Size[T any](v *Violations, name string, m map[string]T, r *Rule) {
	v.length(name, len(m), func() string { return Printed(m) }, r)
}

// Each checks the elements of a list by ok, which must be the check of r; the broken rule is reported for the list, once.
func Each[T any](v *Violations, name string, list []T, r *Rule, ok func(*Rule, T) bool) {
	for _, e := range list {
		if !ok(r, e) {
			v.add(name, Violation{Value: Printed(list), Sensitive: r.Sensitive, Kind: Elements, Text: "Member must satisfy constraint: " + r.all()})
			return
		}
	}
}

// EachKey checks the keys of a map.
func EachKey[T any](v *Violations, name string, m map[string]T, r *Rule) {
	for k := range m {
		if !r.AllowsString(k) {
			v.add(name, Violation{Value: Printed(m), Sensitive: r.Sensitive, Kind: MapKeys, Text: "Map keys must satisfy constraint: " + r.all()})
			return
		}
	}
}

// EachValue checks the values of a map by ok, which must be the check of r.
func EachValue[T any](v *Violations, name string, m map[string]T, r *Rule, ok func(*Rule, T) bool) {
	for _, e := range m {
		if !ok(r, e) {
			v.add(name, Violation{Value: Printed(m), Sensitive: r.Sensitive, Kind: MapValues, Text: "Map value must satisfy constraint: " + r.all()})
			return
		}
	}
}

func (v *Violations) length(name string, n int, printed func() string, r *Rule) {
	for _, kind := range [...]Constraint{MinLength, MaxLength} {
		if r.brokenLength(kind, n) {
			v.add(name, Violation{Value: printed(), Sensitive: r.Sensitive, Kind: kind, Text: r.text(kind)})
		}
	}
}

func (v *Violations) add(name string, one Violation) {
	var b strings.Builder
	for i := range v.depth {
		s := v.segment(i)
		if s.name != "" { // an element of an element has no name of its own
			b.WriteString(s.name + ".")
		}
		if s.keyed {
			b.WriteString(s.key + ".member.")
		} else if s.index > 0 {
			b.WriteString(strconv.Itoa(s.index) + ".member.")
		}
	}
	one.Path = strings.TrimSuffix(b.String()+name, ".")
	v.List = append(v.List, one)
}

func (v *Violations) segment(i int) segment {
	if i < len(v.path) {
		return v.path[i]
	}
	return v.deep[i-len(v.path)]
}

// AllowsString reports whether a string keeps the rule.
func (r *Rule) AllowsString(s string) bool {
	return !r.brokenBy(Enum, s) && !r.brokenBy(Pattern, s) && !r.brokenBy(MinLength, s) && !r.brokenBy(MaxLength, s)
}

// AllowsLen reports whether a list or map of n elements keeps the rule.
func (r *Rule) AllowsLen(n int) bool {
	return !r.brokenLength(MinLength, n) && !r.brokenLength(MaxLength, n)
}

func (r *Rule) brokenBy(kind Constraint, s string) bool {
	switch kind {
	case Enum:
		return r.Enum != nil && !slices.Contains(r.Enum, s)
	case Pattern:
		return r.Pattern != nil && !r.Pattern.Match(s)
	}
	if !r.HasMin && !r.HasMax {
		return false
	}
	// Bytes bound code points from above: counting is needed only where the bytes alone do not decide.
	if n := int64(len(s)); kind == MaxLength && n <= r.Max {
		return false
	}
	return r.brokenLength(kind, utf8.RuneCountInString(s))
}

func (r *Rule) brokenLength(kind Constraint, n int) bool {
	if kind == MinLength {
		return r.HasMin && int64(n) < r.Min
	}
	return r.HasMax && int64(n) > r.Max
}

func (r *Rule) text(kind Constraint) string {
	switch kind {
	case MinLength:
		return "Member must have length greater than or equal to " + strconv.FormatInt(r.Min, 10)
	case MaxLength:
		return "Member must have length less than or equal to " + strconv.FormatInt(r.Max, 10)
	case MinValue:
		return "Member must have value greater than or equal to " + strconv.FormatInt(r.Min, 10)
	case MaxValue:
		return "Member must have value less than or equal to " + strconv.FormatInt(r.Max, 10)
	case Pattern:
		return "Member must satisfy regular expression pattern: " + r.Pattern.source
	}
	return "Member must satisfy enum value set: [" + strings.Join(r.Enum, ", ") + "]"
}

// all returns all constraints of the rule in the order in which the services list those of elements.
func (r *Rule) all() string {
	var texts []string
	if r.HasMax {
		texts = append(texts, r.text(MaxLength))
	}
	if r.HasMin {
		texts = append(texts, r.text(MinLength))
	}
	if r.Pattern != nil {
		texts = append(texts, r.text(Pattern))
	}
	if r.Enum != nil {
		texts = append(texts, r.text(Enum))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// maxReported is how many violations one answer lists; the services stop there.
const maxReported = 10

// CoralMessage words violations as AWS's request validation does: "2 validation errors detected: Value … ; Value …".
//
// Source: answers of DynamoDB and EventBridge quoted in public issues and test suites.
func CoralMessage(v *Violations) string {
	list := v.List[:min(len(v.List), maxReported)]
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = one.String()
	}
	plural := "s"
	if len(list) == 1 {
		plural = ""
	}
	return strconv.Itoa(len(list)) + " validation error" + plural + " detected: " + strings.Join(texts, "; ")
}

// Printed returns a value as the services print it in a violation: lists as [a, b], maps as {k=v}, structures as
// Name(member=value, …), absent members as null.
func Printed(value any) string {
	var b strings.Builder
	printValue(&b, reflect.ValueOf(value))
	return b.String()
}

func printValue(b *strings.Builder, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			b.WriteString("null")
			return
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			b.WriteString("java.nio.HeapByteBuffer[pos=0 lim=" + strconv.Itoa(v.Len()) + "]")
			return
		}
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			printValue(b, v.Index(i))
		}
		b.WriteByte(']')
	case reflect.Map:
		printMap(b, v)
	case reflect.Struct:
		printStruct(b, v)
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func printMap(b *strings.Builder, v reflect.Value) {
	b.WriteByte('{')
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
	for i, k := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k.String() + "=")
		printValue(b, v.MapIndex(k))
	}
	b.WriteByte('}')
}

func printStruct(b *strings.Builder, v reflect.Value) {
	if t, ok := v.Interface().(time.Time); ok {
		b.WriteString(t.Format(time.RFC3339))
		return
	}
	if ok := v.FieldByName("OK"); ok.IsValid() && v.NumField() == 2 {
		if !ok.Bool() {
			b.WriteString("null")
			return
		}
		printValue(b, v.FieldByName("V"))
		return
	}
	b.WriteString(v.Type().Name() + "(")
	first := true
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if !first {
			b.WriteString(", ")
		}
		first = false
		r, size := utf8.DecodeRuneInString(f.Name)
		b.WriteString(string(unicode.ToLower(r)) + f.Name[size:] + "=")
		if k := v.Field(i).Kind(); (k == reflect.Slice || k == reflect.Map) && v.Field(i).IsNil() {
			b.WriteString("null")
			continue
		}
		printValue(b, v.Field(i))
	}
	if more, ok := v.Interface().(Unlisted); ok {
		for _, name := range more.UnlistedMembers() {
			b.WriteString(", " + name + "=null")
		}
	}
	b.WriteByte(')')
}

// Unlisted is implemented by structures that the services print with members which their models do not list: none of them can be given.
type Unlisted interface {
	// UnlistedMembers returns their names as they are printed, in order.
	UnlistedMembers() []string
}

// SortedKeys returns the keys of m in order, so that answers do not depend on the order of Go's maps.
func SortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	keys = slices.AppendSeq(keys, maps.Keys(m))
	slices.Sort(keys)
	return keys
}
