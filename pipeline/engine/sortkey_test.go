package engine

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestLooksRandom_tells_ids_from_names(t *testing.T) {
	for _, tt := range []struct {
		reason, token string
		want          bool
	}{
		{"UUID", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", true},
		{"ULID", "01ARZ3NDEKTSV4RRFFQ69G5FAV", true},
		{"KSUID", "0ujtsYcgvSTl8PAuAdqWYSMnLOv", true},
		{"base64url without three digits", "xYqW_eRtZ-uIoPaSdFgHjK", true},
		{"hex", "deadbeefcafe0123456789ab", true},
		{"a date is a fixed value, and short", "2026-03-01T12", false},
		{"a type in camel case", "ContactDeactivatedEventHandler", false},
		{"a name in kebab case", "acme-contacts-dead-letter-queue", false},
		{"a constant", "AWS_SECRET_ACCESS_KEY_ID_V2", false},
		{"a long number", "123456789012345678901234", false},
		{"nothing", "", false},
	} {
		if got := looksRandom(tt.token); got != tt.want {
			t.Errorf("%s: %q: got %v", tt.reason, tt.token, got)
		}
		if got := looksRandom([]byte(tt.token)); got != tt.want {
			t.Errorf("%s: as bytes: got %v", tt.reason, got)
		}
	}
}

const (
	idA = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
	idB = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
	idC = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
)

func keyOf(body string, ids names) string {
	var k sortKey
	k.make([]byte(body), ids)
	return k.text
}

func TestSortKey_ignores_what_is_random_R1_8(t *testing.T) {
	for _, tt := range []struct {
		reason, one, other string
		same               bool
	}{
		{"order of members", `{"a":1,"b":{"c":2,"d":3}}`, `{"b":{"d":3,"c":2},"a":1}`, true},
		{"white space", `{"a": 1}`, `{"a":1}`, true},
		{"unknown identifiers", `{"id":"` + idA + `"}`, `{"id":"` + idB + `"}`, true},
		{"an identifier within text", `{"body":"{\"id\":\"` + idA + `\"}"}`, `{"body":"{\"id\":\"` + idC + `\"}"}`, true},
		{"values", `{"a":1}`, `{"a":2}`, false},
		{"large numbers that a float would make equal", `{"a":9007199254740993}`, `{"a":9007199254740992}`, false},
		{"the order of a list", `[1,2]`, `[2,1]`, false},
		{"names", `{"q":"acme"}`, `{"q":"globex"}`, false},
		{"a body that is not JSON", `Action=A`, `Action=B`, false},
		{"what follows the document", `{} x`, `{} y`, false},
		{"bytes that are not UTF-8", "\"\xff\"", "\"\xfe\"", false},
		{"no body, an empty document", ``, `{}`, false},
	} {
		if got := keyOf(tt.one, nil) == keyOf(tt.other, nil); got != tt.same {
			t.Errorf("%s: same is %v, want %v", tt.reason, got, tt.same)
		}
	}
}

func TestSortKey_tells_known_ids_apart_R1_8(t *testing.T) {
	ids := names{}
	one, other := `{"delete":"`+idA+`"}`, `{"delete":"`+idB+`"}`
	var k sortKey
	k.make([]byte(one), ids)
	ids.learn([]byte(`{"put":"` + idC + `"}`))
	k.make([]byte(one), ids)
	if k.text != keyOf(other, ids) {
		t.Error("neither is known")
	}
	ids.learn([]byte(`{"put":"` + idA + `"}`))
	k.make([]byte(one), ids)
	if want := `{"delete":"<id-2>"}`; k.text != want || keyOf(other, ids) != `{"delete":"<id>"}` {
		t.Errorf("got %s, want %s: a key is made again once an identifier of it is known", k.text, want)
	}
}

// Two identifiers in a body whose members come in random order must get the same numbers in either order.
func TestNames_learn_in_canonical_order_R1_8(t *testing.T) {
	one, other := names{}, names{}
	one.learn([]byte(`{"x":"` + idA + `","a":"` + idB + `"}`))
	other.learn([]byte(`{"a":"` + idB + `","x":"` + idA + `"}`))
	if one[idB] != 1 || one[idA] != 2 || other[idB] != 1 || other[idA] != 2 {
		t.Errorf("got %v and %v", one, other)
	}
	one.learn([]byte(`{"again":"` + idA + `","a":"` + idA + `","new":"` + idC + idC + `"}`))
	if len(one) != 3 || one[idC+idC] != 3 {
		t.Errorf("got %v", one)
	}
}

// Bodies that differ in identifiers and order of members alone have equal keys, whatever was learnt of either.
func TestSortKey_property_R1_8(t *testing.T) {
	hex := func(r *rapid.T, label string) string {
		return rapid.StringMatching(`[0-9]{3}[a-f][0-9a-f]{4}-[0-9a-f]{4}-4[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}`).Draw(r, label)
	}
	rapid.Check(t, func(r *rapid.T) {
		members := rapid.MapOfN(rapid.StringMatching(`[a-z]{1,5}`), rapid.IntRange(0, 3), 0, 5).Draw(r, "members")
		render := func(ids map[int]string, order []string) string {
			var b strings.Builder
			for i, name := range order {
				if i > 0 {
					b.WriteByte(',')
				}
				v := fmt.Sprint(members[name])
				if members[name] > 0 {
					v = fmt.Sprintf("%q", "id:"+ids[members[name]])
				}
				fmt.Fprintf(&b, "%q:%s", name, v)
			}
			return "{" + b.String() + "}"
		}
		var keys []string
		for k := range members {
			keys = append(keys, k)
		}
		ids := func(who string) map[int]string {
			return map[int]string{1: "1" + hex(r, who+"1"), 2: "2" + hex(r, who+"2"), 3: "3" + hex(r, who+"3")}
		}
		mine, yours := ids("mine"), ids("yours")
		one := render(mine, rapid.Permutation(keys).Draw(r, "one"))
		other := render(yours, rapid.Permutation(keys).Draw(r, "other"))
		if keyOf(one, nil) != keyOf(other, nil) {
			r.Fatalf("unknown: %s and %s", one, other)
		}
		a, b := names{}, names{}
		a.learn([]byte(one))
		b.learn([]byte(other))
		if keyOf(one, a) != keyOf(other, b) {
			r.Fatalf("learnt: %s and %s", keyOf(one, a), keyOf(other, b))
		}
	})
}

func FuzzSortKey(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"id":"` + idA + `","b":[` + `"` + idB + `"]}`, "Action=SendMessage&x=" + idC, "\xff{", `{"a":1}{`, strings.Repeat("[", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var b strings.Builder
		eachToken(body, func(token string, _ bool) { b.WriteString(token) })
		if b.String() != body {
			t.Fatalf("the tokens of %q make %q", body, b.String())
		}
		c := canonical([]byte(body))
		if utf8.ValidString(body) && json.Valid([]byte(body)) && canonical([]byte(c)) != c {
			t.Fatalf("%q is not canonical: %q", c, canonical([]byte(c)))
		}
		ids := names{}
		before := keyOf(body, ids)
		ids.learn([]byte(body))
		if n := strings.Count(keyOf(body, ids), "<id>") - strings.Count(c, "<id>"); n > 0 && before == keyOf(body, ids) {
			t.Fatalf("%d identifiers of %q were not learnt", n, body)
		}
	})
}
