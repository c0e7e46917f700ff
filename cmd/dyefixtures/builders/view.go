package builders

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// view is what several schemas that hold at once ask of one value: a schema with what it refers to and all that it is all of.
type view struct {
	origin   *jsonschema.Schema // the first, as it is in its file
	parts    []*jsonschema.Schema
	never    bool // one of them is false
	types    []string
	typed    bool
	fixed    []any // values of const, or of enum; nil: any
	props    map[string][]*jsonschema.Schema
	required []string
	formats  []string
	patterns []string
	minLen   int
	maxLen   int // -1: none
	low      *big.Rat
	lowOpen  bool
	high     *big.Rat
	highOpen bool
	step     *big.Rat
	minItems int
	maxItems int // -1: none
	unique   bool
	items    []*jsonschema.Schema
	prefixed bool // elements by position
	unions   [][]*jsonschema.Schema
	more     []*jsonschema.Schema // schemas of additional properties
	examples []any
	doc      string
	title    string
}

func newView(parts []*jsonschema.Schema) *view {
	w := &view{props: map[string][]*jsonschema.Schema{}, maxLen: -1, maxItems: -1}
	if len(parts) > 0 {
		w.origin = parts[0]
	}
	seen := map[*jsonschema.Schema]bool{}
	for _, p := range parts {
		w.add(p, seen)
	}
	return w
}

func (w *view) add(s *jsonschema.Schema, seen map[*jsonschema.Schema]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	w.parts = append(w.parts, s)
	if s.Bool != nil {
		w.never = w.never || !*s.Bool
		return
	}
	if w.doc == "" {
		w.doc, w.title = s.Description, s.Title
	}
	w.values(s)
	w.texts(s)
	w.numbers(s)
	w.lists(s)
	w.objects(s)
	w.add(s.Ref, seen)
	for _, part := range s.AllOf {
		w.add(part, seen)
	}
	for _, union := range [][]*jsonschema.Schema{s.OneOf, s.AnyOf} {
		if len(union) > 0 {
			w.unions = append(w.unions, union)
		}
	}
}

// alone returns the parts without what they refer to and are all of: these are parts as well. Their alternatives are left out,
// and so are those that ask for nothing else.
func (w *view) alone() (list []*jsonschema.Schema) {
	for _, p := range w.parts {
		c := *p
		c.Ref, c.AllOf, c.OneOf, c.AnyOf = nil, nil, nil, nil
		v := newView([]*jsonschema.Schema{&c})
		if kind, _ := v.kind(); kind != "" || v.typed || v.fixed != nil || v.never {
			list = append(list, &c)
		}
	}
	return list
}

func (w *view) values(s *jsonschema.Schema) {
	if s.Types != nil {
		types := s.Types.ToStrings()
		if w.typed {
			types = slices.DeleteFunc(types, func(t string) bool {
				return !slices.Contains(w.types, t) && !(t == "integer" && slices.Contains(w.types, "number"))
			})
		}
		w.types, w.typed = types, true
	}
	switch {
	case s.Const != nil:
		w.fixed = []any{*s.Const}
	case s.Enum != nil && len(w.fixed) != 1:
		w.fixed = s.Enum.Values
	}
	if s.Default != nil {
		w.examples = append(w.examples, *s.Default)
	}
	w.examples = append(w.examples, s.Examples...)
	if s.Format != nil {
		w.formats = append(w.formats, s.Format.Name)
	}
}

func (w *view) texts(s *jsonschema.Schema) {
	if s.Pattern != nil {
		w.patterns = append(w.patterns, s.Pattern.String())
	}
	if s.MinLength != nil {
		w.minLen = max(w.minLen, *s.MinLength)
	}
	w.maxLen = least(w.maxLen, s.MaxLength)
}

func least(bound int, other *int) int {
	if other == nil || bound >= 0 && bound <= *other {
		return bound
	}
	return *other
}

func (w *view) numbers(s *jsonschema.Schema) {
	for _, b := range []struct {
		bound *big.Rat
		open  bool
	}{{s.Minimum, false}, {s.ExclusiveMinimum, true}} {
		if b.bound != nil && (w.low == nil || b.bound.Cmp(w.low) > 0 || b.bound.Cmp(w.low) == 0 && b.open) {
			w.low, w.lowOpen = b.bound, b.open
		}
	}
	for _, b := range []struct {
		bound *big.Rat
		open  bool
	}{{s.Maximum, false}, {s.ExclusiveMaximum, true}} {
		if b.bound != nil && (w.high == nil || b.bound.Cmp(w.high) < 0 || b.bound.Cmp(w.high) == 0 && b.open) {
			w.high, w.highOpen = b.bound, b.open
		}
	}
	if s.MultipleOf != nil {
		w.step = s.MultipleOf
	}
}

func (w *view) lists(s *jsonschema.Schema) {
	if s.MinItems != nil {
		w.minItems = max(w.minItems, *s.MinItems)
	}
	w.maxItems = least(w.maxItems, s.MaxItems)
	w.unique = w.unique || s.UniqueItems
	switch items := s.Items.(type) { // up to 2019-09
	case *jsonschema.Schema:
		w.items = append(w.items, items)
	case []*jsonschema.Schema:
		w.prefixed = w.prefixed || len(items) > 0
	}
	if s.Items2020 != nil {
		w.items = append(w.items, s.Items2020)
	}
	w.prefixed = w.prefixed || len(s.PrefixItems) > 0
}

func (w *view) objects(s *jsonschema.Schema) {
	for name, p := range s.Properties {
		w.props[name] = append(w.props[name], p)
	}
	for _, name := range s.Required {
		if !slices.Contains(w.required, name) {
			w.required = append(w.required, name)
		}
	}
	if more, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		w.more = append(w.more, more)
	}
}

// kind returns the one type that the value has, "" if it may be of several, and whether it may be null as well.
func (w *view) kind() (kind string, nullable bool) {
	types := slices.Clone(w.types)
	if !w.typed {
		types = w.implied()
	}
	if i := slices.Index(types, "null"); i >= 0 && len(types) > 1 {
		types, nullable = slices.Delete(types, i, i+1), true
	}
	if slices.Contains(types, "integer") && slices.Contains(types, "number") {
		types = slices.DeleteFunc(types, func(t string) bool { return t == "integer" })
	}
	if len(types) != 1 {
		return "", nullable
	}
	return types[0], nullable
}

// implied are the types of the fixed values or, without these, the type that the keywords speak of.
func (w *view) implied() (types []string) {
	for _, v := range w.fixed {
		if t := typeOf(v); !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	switch {
	case w.fixed != nil:
	case len(w.props)+len(w.required)+len(w.more) > 0:
		types = []string{"object"}
	case len(w.items) > 0 || w.prefixed || w.minItems > 0 || w.maxItems >= 0:
		types = []string{"array"}
	case len(w.patterns)+len(w.formats) > 0 || w.minLen > 0 || w.maxLen >= 0:
		types = []string{"string"}
	case w.low != nil || w.high != nil || w.step != nil:
		types = []string{"number"}
	}
	return types
}

// where is the place of the value's schema, for messages: #/properties/email.
func where(s *jsonschema.Schema) string {
	_, fragment, _ := strings.Cut(s.Location, "#")
	return fmt.Sprintf("#%s", fragment)
}
