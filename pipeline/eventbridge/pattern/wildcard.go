package pattern

import (
	"strconv"
	"strings"
)

// wildcard is a text cut at its asterisks. One part means no asterisk.
type wildcard struct{ parts []string }

// parseWildcard resolves the escapes \* and \\. Positions in the reason count the opening quote, as AWS's do.
func parseWildcard(text string) (w wildcard, reason string) {
	var part strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '*' && i+1 < len(text) && text[i+1] == '*':
			return w, "Consecutive wildcard characters at pos " + strconv.Itoa(i+1)
		case c == '*':
			w.parts = append(w.parts, part.String())
			part.Reset()
		case c == '\\':
			if i+1 == len(text) || text[i+1] != '*' && text[i+1] != '\\' {
				return w, "Invalid escape character at pos " + strconv.Itoa(i+1)
			}
			i++
			part.WriteByte(text[i])
		default:
			part.WriteByte(c)
		}
	}
	w.parts = append(w.parts, part.String())
	return w, ""
}

// match anchors the first and the last part and finds the others from left to right; the leftmost place is always
// as good as any later one, so nothing is tried twice and the time is linear in s.
func (w *wildcard) match(s string) bool {
	last := len(w.parts) - 1
	if last == 0 {
		return s == w.parts[0]
	}
	s, ok := strings.CutPrefix(s, w.parts[0])
	if !ok {
		return false
	}
	for _, part := range w.parts[1:last] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, w.parts[last])
}
