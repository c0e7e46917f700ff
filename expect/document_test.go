package expect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/expect"
)

// An answer of the system under test is judged by the same matchers as an event.
func ExampleMisses() {
	row := map[string]any{"name": "Eva", "amount": 1200, "tags": []string{"new"}}
	missed, err := expect.Misses(row, expect.At("name", "Ada"), expect.At("amount", expect.Approx(1200, 1)), expect.At("owner", expect.Present()))
	for _, m := range missed {
		fmt.Println(m.Path, "want", m.Want, "got", m.Got)
	}
	fmt.Println(err)
	// Output:
	// name want "Ada" got "Eva"
	// owner want anything got absent
	// <nil>
}

func TestMisses_R2_3(t *testing.T) {
	doc := map[string]any{"a": 1.0, "b": []any{"x", "y"}}
	type payload struct{ A int }
	for _, c := range []struct {
		reason     string
		document   any
		conditions []any
		want       []string
	}{
		{"the same as JSON", doc, []any{map[string]any{"a": 1, "b": []string{"x", "y"}}}, nil},
		{"a value is compared field by field", doc, []any{map[string]any{"a": 2, "b": []string{"x", "z"}}}, []string{"a 2 1", `b.1 "z" "y"`}},
		{"parts, by a matcher", doc, []any{expect.Has(map[string]any{"b": []string{"y"}})}, nil},
		{"a typed payload", doc, []any{expect.Payload(func(p payload) error { return fmt.Errorf("A is %d", p.A) })}, []string{"payload expect_test.payload the check to pass A is 1"}},
		{"all conditions are told", doc, []any{expect.At("a", 2), expect.At("c", "x")}, []string{"a 2 1", `c "x" absent`}},
		{"what is not there", expect.Nothing{}, []any{expect.Absent()}, nil},
		{"what is not there has no member either", expect.Nothing{}, []any{expect.At("a", expect.Absent())}, nil},
		{"what is not there is no value", expect.Nothing{}, []any{1}, []string{"(the whole) 1 absent"}},
		{"null is there", nil, []any{expect.Absent()}, []string{"(the whole) absent null"}},
		{"and null", nil, []any{nil}, nil},
	} {
		t.Run(c.reason, func(t *testing.T) {
			missed, err := expect.Misses(c.document, c.conditions...)
			var got []string
			for _, m := range missed {
				got = append(got, m.Path+" "+m.Want+" "+m.Got)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
	for want, conditions := range map[string][]any{
		"no condition":                 nil,
		"error parsing regexp":         {expect.At("a", expect.Regexp("("))},
		"an empty Matcher":             {expect.Matcher{}},
		"the wanted value cannot be w": {func() {}},
	} {
		if _, err := expect.Misses(doc, conditions...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := expect.Misses(func() {}, 1); err == nil || !strings.Contains(err.Error(), "a func() cannot be written as JSON") {
		t.Error(err)
	}
}
