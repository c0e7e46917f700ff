package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Paint adds terminal colours, or nothing at all if it is false.
type Paint bool

func (p Paint) in(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p Paint) bad(s string) string  { return p.in("31", s) }
func (p Paint) good(s string) string { return p.in("32", s) }

// Clean makes text from events safe to show: what is not printable becomes an escape, so that a payload cannot move the cursor
// or turn the direction of the line.
func Clean(s string) string {
	if strings.IndexFunc(s, unsafe) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unsafe(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unsafe(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }

// maxValue is how much of a value is shown in a line.
const maxValue = 120

func value(s string) string {
	s = Clean(s)
	if len([]rune(s)) > maxValue {
		return string([]rune(s)[:maxValue]) + "…"
	}
	return s
}

// offset prints time since the start of a flow: "+61ms", "+2m30s".
func offset(d time.Duration) string {
	switch {
	case d < time.Millisecond && d > 0:
		d = d.Round(time.Microsecond)
	case d < time.Minute:
		d = d.Round(time.Millisecond)
	default:
		d = d.Round(time.Second)
	}
	return "+" + d.String()
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
