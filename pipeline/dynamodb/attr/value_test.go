package attr

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/wire"
	"pgregory.net/rapid"
)

func decode(text string) (Value, error) {
	d := wire.NewDecoder([]byte(text))
	var v Value
	if err := v.DecodeJSON(&d); err != nil {
		return v, err
	}
	return v, d.End()
}

func mustDecode(t testing.TB, text string) Value {
	t.Helper()
	v, err := decode(text)
	if err != nil || v.Err() != nil {
		t.Fatalf("%s: %v, %v", text, err, v.Err())
	}
	return v
}

func TestDecodeJSON_reports_refused_values(t *testing.T) {
	const invalid = "One or more parameter values were invalid: "
	for _, tt := range []struct{ reason, in, want string }{
		{"no member", `{}`, msgNoType},
		{"unknown members do not count", `{"X":"a"}`, msgNoType},
		{"null members do not count", `{"S":null}`, msgNoType},
		{"two types", `{"S":"a","N":"1"}`, msgManyTypes},
		{"a bad number comes before two types", `{"S":"a","N":"b"}`, "The parameter cannot be converted to a numeric value: b"},
		{"a bad number first", `{"N":"b","S":"a"}`, "The parameter cannot be converted to a numeric value: b"},
		{"NULL is true", `{"NULL":false}`, invalid + "Null attribute value types must have the value of true"},
		{"empty string set", `{"SS":[]}`, invalid + "An string set  may not be empty"},
		{"empty number set", `{"NS":[]}`, invalid + "An number set  may not be empty"},
		{"empty binary set", `{"BS":[]}`, invalid + "Binary sets should not be empty"},
		{"duplicate strings", `{"SS":["a","a"]}`, invalid + "Input collection [a, a] contains duplicates."},
		{"duplicate binaries", `{"BS":["Yg==","Yg=="]}`, invalid + "Input collection [Yg==, Yg==]of type BS contains duplicates."},
		{"duplicate numbers, written in two ways", `{"NS":["1","1.0"]}`, "Input collection contains duplicates"},
		{"bad number in a set", `{"NS":["1","b"]}`, "The parameter cannot be converted to a numeric value: b"},
		{"empty number in a set", `{"NS":["1",""]}`, "The parameter cannot be converted to a numeric value"},
		{"inside a map", `{"M":{"a":{"SS":[]}}}`, invalid + "An string set  may not be empty"},
		{"inside a list, the first counts", `{"L":[{"S":""},{"N":"x"},{"SS":[]}]}`, "The parameter cannot be converted to a numeric value: x"},
		{"null inside a list", `{"L":[null]}`, msgNoType},
		{"33 levels", strings.Repeat(`{"L":[`, 32) + `{"S":"leaf"}` + strings.Repeat(`]}`, 32), msgNesting},
		{"100 levels", strings.Repeat(`{"M":{"n":`, 100) + `{"S":"leaf"}` + strings.Repeat(`}}`, 100), msgNesting},
	} {
		v, err := decode(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if v.Kind() != None || v.IsZero() || v.Err() == nil || v.Err().Error() != tt.want {
			t.Errorf("%s: %.60s: %v, want %s", tt.reason, tt.in, v.Err(), tt.want)
		}
	}
}

func TestDecodeJSON_refuses_wrong_shapes(t *testing.T) {
	for _, tt := range []struct{ reason, in string }{
		{"a number is a string in this format", `{"N":1}`},
		{"text is no object", `"a"`},
		{"boolean as text", `{"BOOL":"true"}`},
		{"not base64", `{"B":"*"}`},
		{"a set is an array", `{"SS":"a"}`},
		{"a list is an array", `{"L":{}}`},
		{"a map is an object", `{"M":[]}`},
		{"name twice", `{"M":{"a":{"S":""},"a":{"S":""}}}`},
		{"type twice", `{"S":"a","S":"a"}`},
		{"cut off", `{"S":"a"`},
	} {
		if v, err := decode(tt.in); err == nil {
			t.Errorf("%s: %s was read as %v", tt.reason, tt.in, v)
		}
	}
}

func TestDecodeJSON_accepts_32_levels(t *testing.T) {
	v := mustDecode(t, strings.Repeat(`{"L":[`, 31)+`{"S":"leaf"}`+strings.Repeat(`]}`, 31))
	if v.Depth() != MaxNesting {
		t.Errorf("depth %d", v.Depth())
	}
}

func TestSize_follows_the_documented_rules_R1_3(t *testing.T) {
	for _, tt := range []struct {
		reason, in string
		want       int
	}{
		{"bytes, not runes", `{"S":"é€"}`, 5},
		{"empty string", `{"S":""}`, 0},
		{"raw bytes, not base64", `{"B":"AAEC"}`, 3},
		{"boolean", `{"BOOL":false}`, 1},
		{"null", `{"NULL":true}`, 1},
		{"empty list", `{"L":[]}`, 3},
		{"empty map", `{"M":{}}`, 3},
		{"list: 3, and 1 for each element", `{"L":[{"S":"ab"},{"N":"12"}]}`, 3 + 1 + 2 + 1 + 2},
		{"map: 3, and 1 and the name for each member", `{"M":{"key":{"S":"ab"}}}`, 3 + 1 + 3 + 2},
		{"string set", `{"SS":["a","bcd"]}`, 4},
		{"number set", `{"NS":["12","-3"]}`, 5},
		{"binary set", `{"BS":["AAEC","AA=="]}`, 4},
	} {
		if got := mustDecode(t, tt.in).Size(); got != tt.want {
			t.Errorf("%s: size of %s = %d, want %d", tt.reason, tt.in, got, tt.want)
		}
	}
	item := Item{"id": String("abc"), "n": Num(NumberFromInt64(12))}
	if got := ItemSize(item); got != 2+3+1+2 {
		t.Errorf("item size %d", got)
	}
}

func TestEqual_and_Compare(t *testing.T) {
	for _, tt := range []struct {
		reason, a, b string
		equal        bool
		order        int
		ordered      bool
	}{
		{"numbers by value", `{"N":"1.0"}`, `{"N":"1"}`, true, 0, true},
		{"numbers are not texts", `{"N":"9"}`, `{"N":"10"}`, false, -1, true},
		{"strings by bytes", `{"S":"B"}`, `{"S":"a"}`, false, -1, true},
		{"UTF-8 order is not UTF-16 order", `{"S":"\uFFFD"}`, `{"S":"\uD83D\uDE00"}`, false, -1, true},
		{"binaries are unsigned", `{"B":"gA=="}`, `{"B":"fw=="}`, false, 1, true},
		{"types differ", `{"S":"1"}`, `{"N":"1"}`, false, 0, false},
		{"a binary is not a string", `{"S":"b"}`, `{"B":"Yg=="}`, false, 0, false},
		{"booleans have no order", `{"BOOL":true}`, `{"BOOL":false}`, false, 0, false},
		{"sets have no order inside", `{"SS":["a","b"]}`, `{"SS":["b","a"]}`, true, 0, false},
		{"sets of one size", `{"SS":["a","b"]}`, `{"SS":["a","c"]}`, false, 0, false},
		{"number sets", `{"NS":["1","20"]}`, `{"NS":["2e1","1"]}`, true, 0, false},
		{"lists have order", `{"L":[{"S":"a"},{"S":"b"}]}`, `{"L":[{"S":"b"},{"S":"a"}]}`, false, 0, false},
		{"maps member by member", `{"M":{"a":{"N":"1"},"b":{"NULL":true}}}`, `{"M":{"b":{"NULL":true},"a":{"N":"1"}}}`, true, 0, false},
		{"maps with other names", `{"M":{"a":{"N":"1"}}}`, `{"M":{"b":{"N":"1"}}}`, false, 0, false},
	} {
		a, b := mustDecode(t, tt.a), mustDecode(t, tt.b)
		if Equal(a, b) != tt.equal || Equal(b, a) != tt.equal {
			t.Errorf("%s: Equal(%s, %s) is not %t", tt.reason, a, b, tt.equal)
		}
		if order, ok := Compare(a, b); order != tt.order || ok != tt.ordered {
			t.Errorf("%s: Compare(%s, %s) = %d, %t", tt.reason, a, b, order, ok)
		}
	}
}

func TestKeys_keep_order_when_joined_R1_3(t *testing.T) {
	texts := rapid.OneOf(rapid.StringMatching("[\x00\x01a\u00ff]{0,6}"), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		a1, b1 := texts.Draw(t, "a1"), texts.Draw(t, "b1")
		a2, b2 := numbers().Draw(t, "a2"), numbers().Draw(t, "b2")
		ka, _ := AppendKey(nil, String(a1))
		kb, _ := AppendKey(nil, String(b1))
		want := strings.Compare(a1, b1)
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("%q, %q: keys compare %d", a1, b1, got)
		}
		prefix, _ := AppendKeyPrefix(nil, String(b1))
		if bytes.HasPrefix(ka, prefix) != strings.HasPrefix(a1, b1) {
			t.Fatalf("%q begins with %q: the key does not say so", a1, b1)
		}
		if want == 0 {
			want = a2.Compare(b2)
		}
		ka, _ = AppendKey(ka, Num(a2))
		kb, _ = AppendKey(kb, Num(b2))
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("(%q %s), (%q %s): keys compare %d, want %d", a1, a2, b1, b2, got, want)
		}
	})
}

func TestSets_against_maps_R1_3(t *testing.T) {
	sets := rapid.SliceOfNDistinct(rapid.StringMatching("[a-e]{1,2}"), 1, 25, rapid.ID)
	rapid.Check(t, func(t *rapid.T) {
		a, b := sets.Draw(t, "a"), sets.Draw(t, "b")
		union := map[string]bool{}
		minus := map[string]bool{}
		for _, s := range a {
			union[s], minus[s] = true, true
		}
		for _, s := range b {
			union[s] = true
			delete(minus, s)
		}
		before := fmt.Sprint(a)
		got := Union(StringSet(a), StringSet(b))
		check := func(got Value, want map[string]bool) {
			have := map[string]bool{}
			for _, s := range got.StrSet() {
				have[s] = true
			}
			if len(have) != got.Len() || !maps.Equal(have, want) {
				t.Fatalf("%v and %v give %v, want %v", a, b, got, want)
			}
		}
		check(got, union)
		rest, ok := Difference(StringSet(a), StringSet(b))
		if ok != (len(minus) > 0) {
			t.Fatalf("%v without %v: %t", a, b, ok)
		}
		check(rest, minus)
		if fmt.Sprint(a) != before {
			t.Fatal("an operand was changed")
		}
	})
}

// values draws values of every kind, a few levels deep.
func values(depth int) *rapid.Generator[Value] {
	gens := []*rapid.Generator[Value]{
		rapid.Map(rapid.String(), String),
		rapid.Map(numbers(), Num),
		rapid.Map(rapid.SliceOf(rapid.Byte()), Binary),
		rapid.Map(rapid.Bool(), Bool),
		rapid.Just(Null()),
		rapid.Map(rapid.SliceOfNDistinct(rapid.String(), 1, 20, rapid.ID), StringSet),
		rapid.Map(rapid.SliceOfNDistinct(numbers(), 1, 5, rapid.ID), NumberSet),
		rapid.Map(rapid.SliceOfNDistinct(rapid.SliceOf(rapid.Byte()), 1, 5, func(b []byte) string { return string(b) }), BinarySet),
	}
	if depth > 0 {
		gens = append(gens, rapid.Map(rapid.SliceOfN(values(depth-1), 0, 4), List),
			rapid.Map(rapid.MapOfN(rapid.StringN(1, -1, -1), values(depth-1), 0, 4), Map))
	}
	return rapid.OneOf(gens...)
}

func TestJSON_round_trip_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := values(3).Draw(t, "v")
		if v.Err() != nil {
			t.Fatalf("generator: %v", v.Err())
		}
		text := v.AppendJSON(nil)
		back, err := decode(string(text))
		if err != nil || !Equal(v, back) {
			t.Fatalf("%s reads back as %s, %v", text, back, err)
		}
		if back.Size() != v.Size() || back.Depth() != v.Depth() {
			t.Fatalf("%s: size %d depth %d, read back %d %d", text, v.Size(), v.Depth(), back.Size(), back.Depth())
		}
		if again := back.AppendJSON(nil); !bytes.Equal(text, again) {
			t.Fatalf("not deterministic:\n%s\n%s", text, again)
		}
		if !Equal(v.Clone(), v) {
			t.Fatalf("clone of %s differs", text)
		}
	})
}

func FuzzAttrJSON(f *testing.F) {
	for _, s := range []string{
		`{"S":"a"}`, `{"N":"-1.5e3"}`, `{"B":"AAEC"}`, `{"M":{"a":{"L":[{"BOOL":true},{"NULL":true}]}}}`, `{"SS":["a","b"]}`,
		`{"NS":["1","1.0"]}`, `{"BS":["AA=="]}`, `{"S":null}`, `{"S":"a","N":"1"}`, `{"M":{"a":null}}`, `{"L":[{}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := decode(string(text))
		if err != nil {
			return
		}
		if v.Err() != nil {
			if v.Kind() != None {
				t.Fatal("a refused value has a kind")
			}
			return
		}
		back, err := decode(v.String())
		if err != nil || !Equal(v, back) || v.Depth() > MaxNesting {
			t.Fatalf("%s: %s, %s, %v", text, v, back, err)
		}
	})
}

// Source: answers of the service recorded in the public suite dynamodb-conformance.
func TestSets_are_told_in_an_order_of_their_own_R1_3(t *testing.T) {
	for _, row := range []struct{ given, want string }{
		{`{"SS":["b","","a","B"]}`, `{"SS":["","B","a","b"]}`},
		{`{"NS":["10","-1","9","1e-3"]}`, `{"NS":["-1","0.001","9","10"]}`},
		{`{"BS":["/w==","","AQ=="]}`, `{"BS":["","AQ==","/w=="]}`},
	} {
		var v Value
		d := wire.NewDecoder([]byte(row.given))
		if err := v.DecodeJSON(&d); err != nil || v.Err() != nil {
			t.Fatalf("%s: %v, %v", row.given, err, v.Err())
		}
		if got := v.String(); got != row.want {
			t.Errorf("%s: %s, want %s", row.given, got, row.want)
		}
	}
	if got := Union(StringSet([]string{"c"}), StringSet([]string{"a"})).String(); got != `{"SS":["a","c"]}` {
		t.Errorf("a union: %s", got)
	}
}
