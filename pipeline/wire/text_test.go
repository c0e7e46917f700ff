package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestPlainRun_stops_where_a_look_at_each_byte_does_R1_1 puts every byte at every place of a word, among plain ones, and then bytes at random.
func TestPlainRun_stops_where_a_look_at_each_byte_does_R1_1(t *testing.T) {
	byEach := func(b []byte) int {
		for n, c := range b {
			if !plain[c] {
				return n
			}
		}
		return len(b)
	}
	for c := range 256 {
		for at := range 75 {
			for _, around := range []byte{' ', '!', '#', '[', ']', '~', 0x7f} {
				b := make([]byte, 75)
				for i := range b {
					b[i] = around
				}
				b[at] = byte(c)
				if got, want := plainRun(b), byEach(b); got != want {
					t.Fatalf("%q: %d, want %d", b, got, want)
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "bytes")
		if got, want := plainRun(b), byEach(b); got != want {
			t.Fatalf("%q: %d, want %d", b, got, want)
		}
	})
}

// TestAppendString_is_what_a_look_at_each_byte_writes_R1_1 compares with encoding/json, which reads every string back as it was.
func TestAppendString_is_what_a_look_at_each_byte_writes_R1_1(t *testing.T) {
	check := func(s string) string {
		var back string
		if err := json.Unmarshal(AppendString(nil, s), &back); err != nil || back != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			return fmt.Sprintf("%q is written as %s: %v", s, AppendString(nil, s), err)
		}
		return ""
	}
	for c := range 256 {
		for at := range 75 {
			b := []byte(strings.Repeat("x", 75))
			b[at] = byte(c)
			if problem := check(string(b)); problem != "" {
				t.Fatal(problem)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if problem := check(rapid.String().Draw(t, "text")); problem != "" {
			t.Fatal(problem)
		}
	})
	if got := string(AppendString(nil, strings.Repeat("x", 40)+"<&>\u2028\x7f\"\\\n\x01")); got != `"`+strings.Repeat("x", 40)+"<&>\u2028\x7f"+`\"\\\n\u0001"` {
		t.Errorf("got %s", got)
	}
}
