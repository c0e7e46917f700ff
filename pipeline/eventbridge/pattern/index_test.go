package pattern

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestIndex_answers_as_the_naive_loop_R1_6(t *testing.T) {
	field := rapid.SampledFrom([]string{"a", "b", "c"})
	value := rapid.SampledFrom([]string{`"x"`, `"y"`, `"10.0.0.1"`, `true`, `null`, `1`, `1.0`})
	leafText := rapid.OneOf(value, rapid.SampledFrom([]string{
		`{"prefix":"x"}`, `{"exists":false}`, `{"exists":true}`, `{"anything-but":["x"]}`, `{"numeric":[">",0]}`, `{"wildcard":"*"}`,
	}))
	object := rapid.Custom(func(t *rapid.T) string {
		var parts []string
		for _, f := range rapid.SliceOfNDistinct(field, 1, 3, rapid.ID).Draw(t, "fields") {
			list := "[" + strings.Join(rapid.SliceOfN(leafText, 1, 3).Draw(t, "list"), ",") + "]"
			if rapid.Bool().Draw(t, "nested") {
				list = `{"d":` + list + `}`
			}
			parts = append(parts, fmt.Sprintf("%q:%s", f, list))
		}
		return "{" + strings.Join(parts, ",") + "}"
	})
	patterns := rapid.OneOf(object, rapid.Custom(func(t *rapid.T) string {
		return `{"$or":[` + object.Draw(t, "first") + "," + object.Draw(t, "second") + "]}"
	}))
	events := rapid.Custom(func(t *rapid.T) string {
		var parts []string
		for _, f := range rapid.SliceOfNDistinct(field, 0, 3, rapid.ID).Draw(t, "fields") {
			v := rapid.OneOf(value, rapid.Custom(func(t *rapid.T) string { return `{"d":` + value.Draw(t, "v") + "}" }),
				rapid.Custom(func(t *rapid.T) string { return "[" + value.Draw(t, "v") + `,{"d":` + value.Draw(t, "w") + "}]" })).Draw(t, "value")
			parts = append(parts, fmt.Sprintf("%q:%s", f, v))
		}
		return "{" + strings.Join(parts, ",") + "}"
	})
	rapid.Check(t, func(t *rapid.T) {
		var all []*Pattern
		for _, text := range rapid.SliceOfN(patterns, 0, 12).Draw(t, "patterns") {
			p, err := Compile([]byte(text))
			if err != nil {
				t.Fatal(text, err)
			}
			all = append(all, p)
		}
		all = append(all, nil)
		x := NewIndex(all)
		for _, text := range rapid.SliceOfN(events, 1, 5).Draw(t, "events") {
			e, err := ParseString(text)
			if err != nil {
				t.Fatal(text, err)
			}
			found := x.Candidates(e, nil)
			if !slices.IsSorted(found) || len(slices.Compact(slices.Clone(found))) != len(found) {
				t.Fatalf("candidates %v are not sorted, each once", found)
			}
			for n, p := range all {
				if p != nil && p.MatchEvent(e) && !slices.Contains(found, int32(n)) {
					t.Fatalf("%s matches %s, and the index does not find it", p, text)
				}
				if p == nil && slices.Contains(found, int32(n)) {
					t.Fatal("nil is a candidate")
				}
			}
		}
	})
}

// The curve: one event against many rules that differ in their tenant, with and without the index.
func BenchmarkMatch_many_rules(b *testing.B) {
	e, err := ParseString(`{"source":"crm.contact","detail-type":"ContactCreated","detail":{"tenant":"t-7","state":"new"}}`)
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{1, 100, 1000, 10_000} {
		all := make([]*Pattern, n)
		for i := range all {
			all[i] = MustCompile(fmt.Sprintf(`{"source":["crm.contact"],"detail":{"tenant":["t-%d"],"state":[{"anything-but":"old"}]}}`, i))
		}
		b.Run(fmt.Sprintf("naive/%d", n), func(b *testing.B) {
			for b.Loop() {
				for _, p := range all {
					p.MatchEvent(e)
				}
			}
		})
		x := NewIndex(all)
		var found []int32
		b.Run(fmt.Sprintf("index/%d", n), func(b *testing.B) {
			for b.Loop() {
				found = x.Candidates(e, found[:0])
				for _, i := range found {
					all[i].MatchEvent(e)
				}
			}
		})
	}
}
