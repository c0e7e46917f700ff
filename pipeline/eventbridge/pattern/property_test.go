package pattern

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The naive matcher: flatten the event with encoding/json and try every combination of values, as slow as it is plain.

type naiveValue struct {
	text   string // JSON of the scalar
	member map[int]int
}

func flatten(event any) map[string][]naiveValue {
	out := make(map[string][]naiveValue)
	arrays := 0
	var walk func(path string, v any, member map[int]int)
	walk = func(path string, v any, member map[int]int) {
		switch v := v.(type) {
		case map[string]any:
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			sort.Strings(keys)
			for _, k := range keys {
				walk(strings.TrimPrefix(path+"."+k, "."), v[k], member)
			}
		case []any:
			id := arrays
			arrays++
			for i, el := range v {
				inner := member
				switch el.(type) {
				case map[string]any, []any:
					inner = map[int]int{id: i}
					for a, x := range member {
						inner[a] = x
					}
				}
				walk(path, el, inner)
			}
		default:
			text, _ := json.Marshal(v)
			out[path] = append(out[path], naiveValue{string(text), member})
		}
	}
	walk("", event, nil)
	return out
}

func together(a, b map[int]int) (map[int]int, bool) {
	merged := make(map[int]int)
	for k, v := range a {
		merged[k] = v
	}
	for k, v := range b {
		if w, ok := merged[k]; ok && w != v {
			return nil, false
		}
		merged[k] = v
	}
	return merged, true
}

// naiveMatch knows patterns whose lists hold strings, numbers and exists.
func naiveMatch(pattern map[string][]any, fields map[string][]naiveValue) bool {
	paths := make([]string, 0, len(pattern))
	for p := range pattern {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	var try func(i int, chosen map[int]int) bool
	try = func(i int, chosen map[int]int) bool {
		if i == len(paths) {
			return true
		}
		some := false
		for _, v := range fields[paths[i]] {
			merged, ok := together(chosen, v.member)
			if !ok {
				continue
			}
			some = true
			for _, want := range pattern[paths[i]] {
				text, _ := json.Marshal(want)
				if (string(text) == v.text || string(text) == `{"exists":true}`) && try(i+1, merged) {
					return true
				}
			}
		}
		for _, want := range pattern[paths[i]] {
			if text, _ := json.Marshal(want); string(text) == `{"exists":false}` && !some && try(i+1, chosen) {
				return true
			}
		}
		return false
	}
	return try(0, nil)
}

func drawScalar(t *rapid.T) any {
	return rapid.SampledFrom([]any{"x", "y", 1.0, 2.0, true, nil}).Draw(t, "scalar")
}

func drawEvent(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	switch {
	case depth == 0 || kind < 3 && depth < 4:
		return drawScalar(t)
	case kind < 6 && depth < 4:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, drawEvent(t, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "a.b"}), 1, 3, rapid.ID[string]).Draw(t, "keys") {
		object[k] = drawEvent(t, depth-1)
	}
	return object
}

func TestMatch_agrees_with_a_naive_matcher(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := map[string]any{"r": drawEvent(t, 4)}
		fields := flatten(event)
		paths := []string{"r", "r.a", "r.b", "r.c", "r.a.b", "r.b.a", "r.c.a"}
		want := map[string][]any{}
		for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(paths), 1, 4, rapid.ID[string]).Draw(t, "paths") {
			entries := []any{"x", 1.0, nil, map[string]any{"exists": true}, map[string]any{"exists": false}}
			want[p] = rapid.SliceOfN(rapid.SampledFrom(entries), 1, 2).Draw(t, "entries")
		}
		source, _ := json.Marshal(want)
		text, _ := json.Marshal(event)
		p, err := Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		e, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got, naive := p.MatchEvent(e), naiveMatch(want, fields)
		if got != naive {
			t.Fatalf("pattern %s, event %s: got %t, the naive matcher says %t", source, text, got, naive)
		}
		if explained := p.Explain(e); (len(explained) == 0) != got {
			t.Fatalf("pattern %s, event %s: matches %t, explained by %v", source, text, got, explained)
		}
	})
}

func TestWildcard_agrees_with_a_backtracking_matcher(t *testing.T) {
	var slow func(p, s string) bool
	slow = func(p, s string) bool {
		if p == "" {
			return s == ""
		}
		if p[0] == '*' {
			return slow(p[1:], s) || s != "" && slow(p, s[1:])
		}
		return s != "" && p[0] == s[0] && slow(p[1:], s[1:])
	}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringMatching(`\*?([ab]\*?){0,6}`).Draw(t, "pattern")
		s := rapid.StringMatching(`[ab]{0,10}`).Draw(t, "text")
		w, reason := parseWildcard(p)
		if reason != "" {
			t.Fatalf("%q: %s", p, reason)
		}
		if got, want := w.match(s), slow(p, s); got != want {
			t.Fatalf("%q on %q: got %t, want %t", p, s, got, want)
		}
	})
}

func TestRange_agrees_with_comparison(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-1e6, 1e6).Draw(t, "low")
		high := rapid.Float64Range(low+1, low+1e6).Draw(t, "high")
		v := rapid.OneOf(rapid.Float64Range(-2e6, 2e6), rapid.SampledFrom([]float64{low, high})).Draw(t, "value")
		source := fmt.Sprintf(`{"a":[{"numeric":[">",%v,"<=",%v]}]}`, low, high)
		got, err := MustCompile(source).Match([]byte(fmt.Sprintf(`{"a":%v}`, v)))
		if err != nil || got != (v > low && v <= high) {
			t.Fatalf("%s on %v: %t, %v", source, v, got, err)
		}
	})
}

func TestComparableNumber(t *testing.T) {
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"0", true}, {"-0.0", true}, {"0.1", true}, {"1e400", false}, {"1e-400", false}, {"12345678901234567890", false},
		{"123456789012345680000", true}, {"0.30000000000000004", true}, {"0.300000000000000040", true},
		{"0.30000000000000001", false}, {"5e-324", true}, {"1.7976931348623157e308", true}, {"1e99999999999999999999", false},
	} {
		if _, ok := comparableNumber(c.text); ok != c.ok {
			t.Errorf("%s: %t", c.text, ok)
		}
	}
}

func TestEvent_of_many_keys_finds_each(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	e, err := ParseString("{" + b.String()[1:] + "}")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 15, 16, 17, 18, 4999} {
		if !MustCompile(fmt.Sprintf(`{"k%d":[%d]}`, i, i)).MatchEvent(e) {
			t.Errorf("k%d is not found", i)
		}
	}
	if MustCompile(`{"k5000":[{"exists":true}]}`).MatchEvent(e) {
		t.Error("k5000 is found")
	}
}

// A long array in which only the last element satisfies all fields must not cost one comparison per pair of elements.
func TestMatch_of_a_long_array_stays_fast(t *testing.T) {
	const n = 20000
	elements := slices.Repeat([]string{`{"a":"x","b":"y","c":"w"}`}, n)
	elements[n-1] = `{"a":"x","b":"y","c":"z"}`
	e, err := ParseString(`{"l":[` + strings.Join(elements, ",") + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	if !MustCompile(`{"l":{"a":["x"],"b":["y"],"c":["z"]}}`).MatchEvent(e) {
		t.Error("the last element is not found")
	}
}
