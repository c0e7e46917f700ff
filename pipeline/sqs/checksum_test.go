package sqs

import (
	"crypto/md5"
	"testing"

	"pgregory.net/rapid"
)

// TestTextMD5_is_that_of_the_whole_text_R1_2 crosses the blocks in which a body is summed.
func TestTextMD5_is_that_of_the_whole_text_R1_2(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, -1, 10_000).Draw(t, "text")
		if got, want := textMD5(text), md5.Sum([]byte(text)); got != want {
			t.Fatalf("%d bytes: %x, want %x", len(text), got, want)
		}
	})
	for _, n := range []int{0, 1, 2047, 2048, 2049, 4096, 1 << 20} {
		text := string(make([]byte, n))
		if got, want := textMD5(text), md5.Sum([]byte(text)); got != want {
			t.Errorf("%d bytes: %x, want %x", n, got, want)
		}
	}
}
