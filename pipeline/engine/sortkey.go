package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// sortKey makes two requests comparable independently of what is random in them: the order of JSON members (SDKs write maps in
// Go's random order) and random identifiers (UUIDs, request tokens), which become <id-1>, <id-2> … in order of first sight.
type sortKey struct {
	raw   string // canonical JSON with identifiers as they are; decides only where text is equal
	text  string // with identifiers replaced
	known int    // identifiers known when text was made
}

func newSortKey(body []byte, raw string, ids names) sortKey {
	if raw == "" {
		raw = canonical(body)
	}
	return sortKey{raw: raw, text: "=" + ids.replace(raw), known: len(ids)}
}

// canonical returns body with JSON members sorted; a body that is not JSON is returned as it is.
func canonical(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(body)
	}
	sorted, err := json.Marshal(v)
	if err != nil {
		return string(body)
	}
	return string(sorted)
}

// names numbers random identifiers in order of first sight.
type names map[string]int

func (n names) learn(text string) {
	eachToken(text, func(token string, id bool) {
		if id {
			if _, known := n[token]; !known {
				n[token] = len(n) + 1
			}
		}
	})
}

// replace writes known identifiers as <id-7> and unknown ones as <id>.
func (n names) replace(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	eachToken(text, func(token string, id bool) {
		switch number, known := n[token]; {
		case !id:
			b.WriteString(token)
		case known:
			fmt.Fprintf(&b, "<id-%d>", number)
		default:
			b.WriteString("<id>")
		}
	})
	return b.String()
}

// eachToken splits text into runs of letters, digits, - and _, and what is between them, and tells which look like random
// identifiers. Taking a fixed name for one does no harm: it gets a number, too.
func eachToken(text string, f func(token string, id bool)) {
	start := 0
	word := false
	for i := 0; i <= len(text); i++ {
		if i < len(text) && i > start && isWord(text[i]) == word {
			continue
		}
		if i > start {
			f(text[start:i], word && looksRandom(text[start:i]))
			start = i
		}
		if i < len(text) {
			word = isWord(text[i])
		}
	}
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_'
}

// looksRandom holds for UUIDs, ULIDs, KSUIDs, long hex and base64url strings: at least 20 characters with digits among letters.
func looksRandom(token string) bool {
	if len(token) < 20 {
		return false
	}
	digits, letters := 0, 0
	for i := range len(token) {
		switch c := token[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c != '-' && c != '_':
			letters++
		}
	}
	return digits >= 3 && letters >= 1
}
