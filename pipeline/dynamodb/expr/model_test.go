package expr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"pgregory.net/rapid"
)

// rows draws items over the attributes a to d with numbers, strings and sets, so that comparisons of every kind occur.
func rows() *rapid.Generator[attr.Item] {
	scalar := rapid.OneOf(
		rapid.Map(rapid.Int64Range(-2, 2), func(n int64) attr.Value { return attr.Num(attr.NumberFromInt64(n)) }),
		rapid.Map(rapid.StringMatching("[xy]{0,2}"), attr.String),
		rapid.Map(rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 1, 3, rapid.ID), attr.StringSet),
	)
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), scalar, 0, 4)
}

// modelled is a random condition: its text, and its meaning computed the simplest way.
type modelled struct {
	src   string
	holds func(attr.Item) bool
	level int // 0 OR, 1 AND, 2 NOT, 3 leaf: what needs no parentheses inside what
}

func conditions(depth int, values attr.Item) *rapid.Generator[modelled] {
	return rapid.Custom(func(t *rapid.T) modelled {
		if depth == 0 || rapid.Bool().Draw(t, "leaf") {
			return drawLeaf(t, values)
		}
		level := rapid.IntRange(0, 2).Draw(t, "level")
		left := conditions(depth-1, values).Draw(t, "left")
		if level == 2 {
			return modelled{"NOT " + within(left, 2), func(i attr.Item) bool { return !left.holds(i) }, 2}
		}
		right := conditions(depth-1, values).Draw(t, "right")
		word := []string{"OR", "AND"}[level]
		return modelled{
			within(left, level) + " " + word + " " + within(right, level+1),
			func(i attr.Item) bool {
				if level == 0 {
					return left.holds(i) || right.holds(i)
				}
				return left.holds(i) && right.holds(i)
			}, level,
		}
	})
}

func within(m modelled, level int) string {
	if m.level < level {
		return "(" + m.src + ")"
	}
	return m.src
}

func drawLeaf(t *rapid.T, values attr.Item) modelled {
	name := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "name")
	key := rapid.SampledFrom(slices.Sorted(maps.Keys(values))).Draw(t, "value")
	constant := values[key]
	operators := []string{"=", "<>", "attribute_exists"}
	if !constant.Kind().IsSet() {
		operators = append(operators, "<", "<=", ">", ">=")
	}
	switch op := rapid.SampledFrom(operators).Draw(t, "operator"); op {
	case "attribute_exists":
		return modelled{op + "(" + name + ")", func(i attr.Item) bool { _, ok := i[name]; return ok }, 3}
	default:
		return modelled{name + " " + op + " " + key, func(i attr.Item) bool {
			v, ok := i[name]
			equal := ok && attr.Equal(v, constant)
			order, comparable := attr.Compare(v, constant)
			return map[string]bool{
				"=": equal, "<>": !equal, "<": comparable && order < 0, "<=": comparable && order <= 0,
				">": comparable && order > 0, ">=": comparable && order >= 0,
			}[op]
		}, 3}
	}
}

func TestCondition_agrees_with_model_R1_3(t *testing.T) {
	values := item(t, `{":n":{"N":"1"},":s":{"S":"x"},":ss":{"SS":["x","y"]}}`)
	rapid.Check(t, func(t *rapid.T) {
		m := conditions(4, values).Draw(t, "condition")
		p, err := NewParams(nil, values)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseCondition(Condition, m.src, p)
		if err != nil {
			t.Fatalf("%s: %v", m.src, err)
		}
		row := rows().Draw(t, "row")
		if got, want := c.Eval(row), m.holds(row); got != want {
			t.Fatalf("%s is %t for %s", m.src, got, attr.AppendItem(nil, row))
		}
	})
}

// TestUpdate_of_distinct_attributes_agrees_with_model applies each action of a random update alone to a copy of the
// item: since operands are those before the update, all together must give the same.
func TestUpdate_of_distinct_attributes_agrees_with_model_R1_3(t *testing.T) {
	values := item(t, `{":n":{"N":"1"},":s":{"S":"x"},":ss":{"SS":["x","y"]}}`)
	rapid.Check(t, func(t *rapid.T) {
		row := rows().Draw(t, "row")
		names := rapid.Permutation([]string{"a", "b", "c", "d"}).Draw(t, "names")
		want := maps.Clone(row)
		sections := map[string][]string{}
		failed := false
		for _, name := range names[:rapid.IntRange(1, 4).Draw(t, "count")] {
			section := rapid.SampledFrom([]string{"SET", "REMOVE", "ADD", "DELETE"}).Draw(t, "section")
			old, has := row[name]
			src, next := name, attr.Value{}
			switch section {
			case "SET":
				other := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "other")
				src += " = if_not_exists(" + other + ", :s)"
				if next = row[other]; next.IsZero() {
					next = values[":s"]
				}
			case "ADD":
				src += " :n"
				next = values[":n"]
				if has && old.Kind() != attr.KindN {
					failed = true
				} else if has {
					sum, _ := old.Num().Add(next.Num())
					next = attr.Num(sum)
				}
			case "DELETE":
				src += " :ss"
				if has && old.Kind() != attr.KindSS {
					failed = true
				}
				rest := slices.DeleteFunc(slices.Clone(old.StrSet()), func(s string) bool { return s == "x" || s == "y" })
				if len(rest) > 0 {
					next = attr.StringSet(rest)
				}
			}
			sections[section] = append(sections[section], src)
			delete(want, name)
			if !next.IsZero() {
				want[name] = next
			}
		}
		src := ""
		for section, actions := range sections {
			src += section + " " + strings.Join(actions, ", ") + " "
		}
		p, err := NewParams(nil, values)
		if err != nil {
			t.Fatal(err)
		}
		u, err := ParseUpdate(src, p)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		text := fmt.Sprint(row)
		got, err := u.Apply(row)
		if (err != nil) != failed {
			t.Fatalf("%s on %s: %v", src, text, err)
		}
		if !failed && !attr.EqualItems(got, want) {
			t.Fatalf("%s on %s gives %s, want %s", src, text, got, want)
		}
		if fmt.Sprint(row) != text {
			t.Fatal("the given item was changed")
		}
	})
}
