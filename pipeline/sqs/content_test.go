package sqs

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// allowedText is validText said in the words of the rule, one character after the other.
func allowedText(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		switch {
		case r == '\t' || r == '\n' || r == '\r', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000 && r <= 0x10FFFF:
		default:
			return false
		}
	}
	return true
}

// TestValidText_is_the_rule_of_AWS_R1_2 puts one doubtful character at each place of texts of all lengths around the steps in which
// they are looked at.
func TestValidText_is_the_rule_of_AWS_R1_2(t *testing.T) {
	doubtful := []string{
		"", "\t", "\n", "\r", "\x00", "\x08", "\x0b", "\x0c", "\x0e", "\x1f", " ", "~", "\x7f", "\x80", "\xff", "\xc3", "é", "\ufffd",
		"\ufffe", "\uffff", "\ue000", "\U00010000", "\U0010ffff", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	}
	for length := range 80 {
		for at := range length + 1 {
			for _, d := range doubtful {
				text := strings.Repeat("x", at) + d + strings.Repeat("y", length-at)
				if got, want := validText(text), allowedText(text); got != want {
					t.Fatalf("validText(%q) = %v, want %v", text, got, want)
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) })).Draw(t, "text")
		if got, want := validText(text), allowedText(text); got != want {
			t.Fatalf("validText(%q) = %v, want %v", text, got, want)
		}
	})
}
