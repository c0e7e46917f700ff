package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// sortKey makes two requests comparable independently of what is random in them: the order of JSON members (SDKs write maps in
// Go's random order) and random identifiers (UUIDs, request tokens), which become <id-1>, <id-2> … in order of first sight.
type sortKey struct {
	made  bool
	raw   string   // canonical JSON with identifiers as they are; decides only where text is equal
	text  string   // with identifiers replaced
	fresh []string // identifiers that were not known when text was made
	known int      // how many identifiers were known then
}

// make makes the key, again if an identifier of it became known since.
func (k *sortKey) make(body []byte, ids names) {
	if !k.made {
		k.raw, k.made = canonical(body), true
	} else if k.known == len(ids) || !slices.ContainsFunc(k.fresh, func(id string) bool { return ids[id] != 0 }) {
		k.known = len(ids)
		return
	}
	k.text, k.fresh = ids.replace(k.raw)
	k.known = len(ids)
}

// canonical returns body with JSON members sorted; a body that is not one JSON document in UTF-8 is returned as it is.
func canonical(body []byte) string {
	if !utf8.Valid(body) {
		return string(body) // decoding would make different ones equal
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(body)
	}
	if _, err := d.Token(); err != io.EOF {
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

// learn numbers the identifiers in the body of a call that is let go. Every call's are learnt, also of those that were alone at
// the gate: a later call is told from another by which of its identifiers was seen first.
func (n names) learn(body []byte) {
	var one string
	several := false
	eachToken(body, func(token []byte, id bool) {
		if !id || n[string(token)] != 0 {
			return
		}
		if one == "" {
			one = string(token)
		}
		several = several || string(token) != one
	})
	switch {
	case one == "":
	case !several:
		n[one] = len(n) + 1
	default: // the order of first sight must not be that of a random order of members
		eachToken(canonical(body), func(token string, id bool) {
			if id && n[token] == 0 {
				n[token] = len(n) + 1
			}
		})
	}
}

// replace writes known identifiers as <id-7> and unknown ones, which it returns, too, as <id>.
func (n names) replace(text string) (replaced string, fresh []string) {
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
			fresh = append(fresh, token)
		}
	})
	return b.String(), fresh
}

// eachToken splits text into runs of letters, digits, - and _, and what is between them, and tells which look like random
// identifiers. Taking a fixed name for one does no harm: it gets a number, too.
func eachToken[T string | []byte](text T, f func(token T, id bool)) {
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

// looksRandom holds for UUIDs, ULIDs, KSUIDs, long hex and base64url strings: at least 20 characters with three digits among
// letters, or with a change between upper case, lower case and digits at two of five characters. (One of six random base64url
// strings of 22 characters has fewer than three digits; camel case changes at one of four characters.)
func looksRandom[T string | []byte](token T) bool {
	if len(token) < 20 {
		return false
	}
	digits, letters, changes := 0, 0, 0
	var before byte
	for i := range len(token) {
		class := byte('a')
		switch c := token[i]; {
		case c >= '0' && c <= '9':
			digits++
			class = '0'
		case c == '-' || c == '_':
			continue
		case c <= 'Z':
			class = 'A'
			letters++
		default:
			letters++
		}
		if before != 0 && class != before {
			changes++
		}
		before = class
	}
	return letters >= 1 && (digits >= 3 || 5*changes >= 2*len(token))
}
