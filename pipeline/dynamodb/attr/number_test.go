package attr

import (
	"bytes"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func mustNumber(t testing.TB, text string) Number {
	t.Helper()
	n, err := ParseNumber(text)
	if err != nil {
		t.Fatalf("ParseNumber(%q): %v", text, err)
	}
	return n
}

func TestParseNumber_returns_canonical_text_R1_3(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for _, tt := range []struct{ reason, in, want string }{
		{"zero", "0", "0"},
		{"DynamoDB has no negative zero", "-0", "0"},
		{"zero with any exponent is zero", "0.00e999999999999", "0"},
		{"leading zeros do not count", "0000012345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
		{"trailing zeros of a fraction do not count", "-00001.23456789012345678901234567890123456780000", "-1.2345678901234567890123456789012345678"},
		{"largest", "0009.99999999999999999999999999999999999990000e125", nines + strings.Repeat("0", 88)},
		{"smallest", "0001.000e-130", "0." + strings.Repeat("0", 129) + "1"},
		{"smallest, written out", "0." + strings.Repeat("0", 129) + "1", "0." + strings.Repeat("0", 129) + "1"},
		{"scientific notation is resolved", "1.5E2", "150"},
		{"point moves into the digits", "12345e-2", "123.45"},
		{"zeros inside", "1000200030000", "1000200030000"},
		{"zeros across the 19 digit parts", "10000000000000000000000000000000000001", "10000000000000000000000000000000000001"},
		{"19 low digits that start with zeros", "1234567890123456789.0000000000000000001", "1234567890123456789.0000000000000000001"},
		{"plus sign", "+7", "7"},
		{"no digit before the point", ".5", "0.5"},
		{"no digit after the point", "5.", "5"},
		{"38 digits behind many zeros", "0.000" + nines, "0.000" + nines},
		{"an integer with zeros that are no significant digits", nines + "000", nines + "000"},
	} {
		n := mustNumber(t, tt.in)
		if got := n.String(); got != tt.want {
			t.Errorf("%s: ParseNumber(%q) = %s, want %s", tt.reason, tt.in, got, tt.want)
		}
	}
}

func TestParseNumber_refuses_what_DynamoDB_refuses(t *testing.T) {
	const nan = "The parameter cannot be converted to a numeric value"
	for _, tt := range []struct{ reason, in, want string }{
		{"empty text is not quoted", "", nan},
		{"letters", "b", nan + ": b"},
		{"two points", "1.2.3", nan + ": 1.2.3"},
		{"white space", " 1", nan + ":  1"},
		{"sign alone", "-", nan + ": -"},
		{"point alone", ".", nan + ": ."},
		{"exponent without digits", "1e", nan + ": 1e"},
		{"exponent with a sign only", "1e+", nan + ": 1e+"},
		{"infinity", "Infinity", nan + ": Infinity"},
		{"hexadecimal", "0x10", nan + ": 0x10"},
		{"39 digits", "123456789012345678901234567890123456789", ErrPrecision.Message},
		{"39 digits with a point", "-1.23456789012345678901234567890123456789", ErrPrecision.Message},
		{"too large", "1e126", ErrOverflow.Message},
		{"too large, negative", "-1e126", ErrOverflow.Message},
		{"too large by its digits", "10e125", ErrOverflow.Message},
		{"absurd exponent", "1e99999999999999999999", ErrOverflow.Message},
		{"too small", "1e-131", ErrUnderflow.Message},
		{"too small by its digits", "0.1e-130", ErrUnderflow.Message},
		{"absurd negative exponent", "1e-99999999999999999999", ErrUnderflow.Message},
	} {
		_, err := ParseNumber(tt.in)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: ParseNumber(%q): %v, want %s", tt.reason, tt.in, err, tt.want)
		}
	}
}

func TestNumber_Add_is_exact_or_refused(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for _, tt := range []struct {
		reason, a, b, want string
		err                error
	}{
		{"carries", "0.9", "0.1", "1", nil},
		{"cancels", "5", "-5", "0", nil},
		{"cancels digits", "100.25", "-100", "0.25", nil},
		{"zero is neutral", "0", "-3", "-3", nil},
		{"39 digits would be needed", "1e37", "0.1", "", ErrPrecision},
		{"far apart", "1e125", "1e-130", "", ErrPrecision},
		{"39 digits on the way, 38 in the result", "1e38", "-1", nines, nil},
		{"a carry into the 39th place is a power of ten", nines, "1", "1" + strings.Repeat("0", 38), nil},
		{"half", "12345678901234567890123456789012345678", "0.5", "", ErrPrecision},
		{"overflow", "9e125", "1e125", "", ErrOverflow},
		{"overflow, negative", "-9e125", "-1e125", "", ErrOverflow},
		{"underflow", "1.1e-130", "-1e-130", "", ErrUnderflow},
	} {
		got, err := mustNumber(t, tt.a).Add(mustNumber(t, tt.b))
		if !errors.Is(err, tt.err) || err == nil && got.String() != tt.want {
			t.Errorf("%s: %s + %s = %v, %v; want %s, %v", tt.reason, tt.a, tt.b, got, err, tt.want, tt.err)
		}
	}
}

func TestNumber_Size_counts_pairs_of_digits(t *testing.T) {
	for _, tt := range []struct {
		reason, in string
		want       int
	}{
		{"zero", "0", 1}, {"one digit", "7", 2}, {"two digits are one pair", "12", 2}, {"three are two", "123", 3},
		{"a point splits pairs", "1.2", 3}, {"minus sign", "-12", 3}, {"trailing zeros are free", "1200", 2},
		{"zeros below the pair boundary are not", "120", 3}, {"small fraction", "0.01", 2}, {"38 digits", strings.Repeat("9", 38), 20},
	} {
		if got := mustNumber(t, tt.in).Size(); got != tt.want {
			t.Errorf("%s: size of %s = %d, want %d", tt.reason, tt.in, got, tt.want)
		}
	}
}

// numbers draws numbers whose digits, signs and exponents often lie close together, so that sums carry and cancel.
func numbers() *rapid.Generator[Number] {
	return rapid.Custom(func(t *rapid.T) Number {
		digits := rapid.StringMatching(`-?([0-9]{1,20}|[09]{1,38}|[0-9]{38})`).Draw(t, "digits")
		exp := rapid.OneOf(rapid.IntRange(-40, 40), rapid.IntRange(-167, 125)).Draw(t, "exp")
		n, err := ParseNumber(digits + "e" + strconv.Itoa(exp))
		if err != nil {
			t.Skip("out of range")
		}
		return n
	})
}

// rat is the reference.
func rat(n Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		panic("not a number: " + n.String())
	}
	return r
}

func TestNumber_agrees_with_big_Rat_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := numbers().Draw(t, "a"), numbers().Draw(t, "b")
		if back, err := ParseNumber(a.String()); err != nil || back != a {
			t.Fatalf("%s reads back as %v, %v", a, back, err)
		}
		want := rat(a).Cmp(rat(b))
		if got := a.Compare(b); got != want {
			t.Fatalf("Compare(%s, %s) = %d, want %d", a, b, got, want)
		}
		ka, kb := a.AppendKey(nil), b.AppendKey(nil)
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("keys of %s and %s compare %d, want %d: %x %x", a, b, got, want, ka, kb)
		}
		if want != 0 && (bytes.HasPrefix(ka, kb) || bytes.HasPrefix(kb, ka)) {
			t.Fatalf("the key of one of %s and %s is a prefix of the other", a, b)
		}
		if len(ka) > 23 {
			t.Fatalf("key of %s has %d bytes", a, len(ka))
		}
		checkSum(t, a, b, a.Add, new(big.Rat).Add(rat(a), rat(b)))
		checkSum(t, a, b, a.Sub, new(big.Rat).Sub(rat(a), rat(b)))
	})
}

func checkSum(t *rapid.T, a, b Number, op func(Number) (Number, error), want *big.Rat) {
	got, err := op(b)
	if err == nil {
		if rat(got).Cmp(want) != 0 {
			t.Fatalf("%s and %s give %s, want %s", a, b, got, want.RatString())
		}
		return
	}
	// The error must be true: the exact result, parsed as text, is refused as well. 260 places hold every sum.
	if n, parseErr := ParseNumber(want.FloatString(260)); parseErr == nil {
		t.Fatalf("%s and %s: %v, but %s fits", a, b, err, n)
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-1.5E2", ".5", "5.", "1e-130", "9.99e125", "+0007.70", "1e", "--1", "1E+999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseNumber(s)
		if err != nil {
			if _, ok := err.(*ValidationError); !ok {
				t.Fatalf("%T", err)
			}
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if len(s) > 300 || !ok {
			return
		}
		if rat(n).Cmp(want) != 0 {
			t.Fatalf("ParseNumber(%q) = %s, want %s", s, n, want)
		}
	})
}
