package pattern

import (
	"strings"
	"unicode"
)

// foldText is a text to compare without regard to case. As in event-ruler the pattern's characters decide: each
// matches its own lower-case and its own upper-case form and nothing else, so a pattern "k" does not match the
// Kelvin sign although that sign's lower-case form is "k".
type foldText struct {
	text  string
	ascii bool
	forms []caseForms // unless ascii
}

type caseForms struct{ lower, upper string }

func newFoldText(text string) foldText {
	f := foldText{text: text, ascii: true}
	for i := 0; i < len(text); i++ {
		f.ascii = f.ascii && text[i] < 0x80
	}
	if f.ascii {
		return f
	}
	for _, r := range text {
		f.forms = append(f.forms, formsOf(r))
	}
	return f
}

// formsOf knows the two characters in common use whose full case mapping (Java's) is longer than the simple one (Go's).
func formsOf(r rune) caseForms {
	switch r {
	case 'ß':
		return caseForms{"ß", "SS"}
	case 'İ':
		return caseForms{"i\u0307", "İ"}
	}
	return caseForms{string(unicode.ToLower(r)), string(unicode.ToUpper(r))}
}

// prefixOf returns the rest of s behind the text, and whether s starts with it.
func (f *foldText) prefixOf(s string) (rest string, ok bool) {
	if f.ascii {
		if len(s) < len(f.text) || !equalFoldASCII(s[:len(f.text)], f.text) {
			return "", false
		}
		return s[len(f.text):], true
	}
	for _, c := range f.forms {
		if rest, ok = strings.CutPrefix(s, c.lower); !ok {
			if rest, ok = strings.CutPrefix(s, c.upper); !ok {
				return "", false
			}
		}
		s = rest
	}
	return s, true
}

func (f *foldText) suffixOf(s string) bool {
	if f.ascii {
		return len(s) >= len(f.text) && equalFoldASCII(s[len(s)-len(f.text):], f.text)
	}
	for i := len(f.forms) - 1; i >= 0; i-- {
		rest, ok := strings.CutSuffix(s, f.forms[i].lower)
		if !ok {
			if rest, ok = strings.CutSuffix(s, f.forms[i].upper); !ok {
				return false
			}
		}
		s = rest
	}
	return true
}

func (f *foldText) equals(s string) bool {
	rest, ok := f.prefixOf(s)
	return ok && rest == ""
}

// equalFoldASCII compares two texts of equal length; only ASCII letters fold.
func equalFoldASCII(a, b string) bool {
	for i := 0; i < len(a); i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z' {
			return false
		}
	}
	return true
}
