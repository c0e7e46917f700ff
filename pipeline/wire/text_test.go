package wire

import (
	"testing"

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
