package attr

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// checkKeys checks what tables rely on: the order of the keys is the order of the values, whatever follows them in a longer key, and no
// key begins another. want is the order of a and b, told by something else than this package's own comparison.
func checkKeys(t rapid.TB, a, b Value, want int) {
	t.Helper()
	ka, okA := AppendKey(nil, a)
	kb, okB := AppendKey(nil, b)
	if !okA || !okB {
		t.Fatalf("%v or %v has no key", a, b)
	}
	if got := bytes.Compare(ka, kb); got != want {
		t.Fatalf("%v and %v are ordered %d, their keys % x and % x %d", a, b, want, ka, kb, got)
	}
	if got, ok := Compare(a, b); !ok || got != want {
		t.Fatalf("%v and %v are ordered %d, Compare says %d, %t", a, b, want, got, ok)
	}
	if want != 0 && (bytes.HasPrefix(ka, kb) || bytes.HasPrefix(kb, ka)) {
		t.Fatalf("of % x and % x one begins the other", ka, kb)
	}
	// What stands behind counts only among equals.
	if got := bytes.Compare(append(ka, 0xff), append(kb, 0)); want != 0 && got != want || want == 0 && got != 1 {
		t.Fatalf("%v and %v are ordered %d when more follows", a, b, got)
	}
}

// checkTexts checks a pair of texts, as S and as B.
func checkTexts(t rapid.TB, a, b string) {
	t.Helper()
	checkKeys(t, String(a), String(b), strings.Compare(a, b))
	checkKeys(t, Binary([]byte(a)), Binary([]byte(b)), strings.Compare(a, b))
	key, _ := AppendKey(nil, String(a))
	begin, _ := AppendKeyPrefix(nil, String(b))
	// A text ends in 00 01 and goes on with 00 FF behind a zero: neither may be taken for the other.
	if got, want := bytes.HasPrefix(key, begin), strings.HasPrefix(a, b); got != want {
		t.Fatalf("%q begins with %q: %t, by their keys % x and % x %t", a, b, want, key, begin, got)
	}
}

// checkNumbers checks a pair of texts of numbers against math/big. Texts that are not numbers are let pass.
func checkNumbers(t rapid.TB, a, b string) {
	t.Helper()
	na, errA := ParseNumber(a)
	nb, errB := ParseNumber(b)
	if errA != nil || errB != nil {
		return
	}
	ra, okA := new(big.Rat).SetString(na.String())
	rb, okB := new(big.Rat).SetString(nb.String())
	if !okA || !okB {
		t.Fatalf("%s or %s is no number to math/big", na, nb)
	}
	checkKeys(t, Num(na), Num(nb), ra.Cmp(rb))
}

// FuzzAppendKey looks for two values whose keys are not in their order.
func FuzzAppendKey(f *testing.F) {
	for _, pair := range [][2]string{
		{"", "\x00"}, {"a", "a\x00"}, {"a\x00", "a\x00\x01"}, {"a\x00\xff", "a\x01"}, {"\xff", "\xff\xff"}, {"é", "z"},
		{"0", "-0"}, {"1", "10"}, {"-1", "-10"}, {"9.99e125", "1e-130"}, {"-1e-130", "0"}, {"100", "1e2"}, {"0.1", "0.01"},
		{"12345678901234567890123456789012345678", "12345678901234567890123456789012345679"}, {"99", "100"}, {"-99", "-100"}, {"9.9", "99e-1"},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		checkTexts(t, a, b)
		checkNumbers(t, a, b)
	})
}

func TestAppendKey_orders_as_the_values_R1_3(t *testing.T) {
	near := rapid.StringMatching("[\x00\x01a\u00ff]{0,6}") // what the escapes are made of
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.OneOf(near, rapid.String())
		checkTexts(t, texts.Draw(t, "a"), texts.Draw(t, "b"))
		a := numbers().Draw(t, "number")
		b := rapid.OneOf(numbers(), rapid.Just(a), rapid.Just(a.Neg())).Draw(t, "other")
		checkNumbers(t, a.String(), b.String())
	})
}

func TestAppendKey_has_none_for_other_kinds_R1_3(t *testing.T) {
	for _, v := range []Value{{}, Bool(true), Null(), List(nil), Map(nil), StringSet([]string{"a"})} {
		if key, ok := AppendKey([]byte("x"), v); ok || string(key) != "x" {
			t.Errorf("%v: %q, %t", v, key, ok)
		}
		if key, ok := AppendKeyPrefix([]byte("x"), v); ok || string(key) != "x" {
			t.Errorf("%v: the prefix %q, %t", v, key, ok)
		}
	}
}
