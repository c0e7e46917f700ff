package filter

import (
	"encoding/json"
	"strconv"
	"strings"
)

// walker looks for what EventBridge allows and SNS does not, and measures the policy.
type walker struct {
	text         string
	d            *json.Decoder
	keys         int
	combinations int
	nested       bool
}

func itoa(n int) string { return strconv.Itoa(n) }

// check walks over a text that is JSON. What is wrong by EventBridge's rules, too, is left to its compiler.
func (w *walker) check() *Error {
	w.d = json.NewDecoder(strings.NewReader(w.text))
	w.d.UseNumber()
	if t, _ := w.d.Token(); t != json.Delim('{') {
		return nil
	}
	var err *Error
	w.combinations, err = w.object(1, 1)
	return err
}

// object walks over the members of an object whose brace was read and returns the combinations of values with those before it: the
// product of the lengths of the lists, each times its depth, and the sum over the alternatives of $or.
func (w *walker) object(depth, combinations int) (int, *Error) {
	for w.d.More() {
		name, _ := w.d.Token()
		value, _ := w.d.Token()
		var err *Error
		switch {
		case value == json.Delim('{'):
			w.nested = true
			combinations, err = w.object(depth+1, combinations)
		case value == json.Delim('[') && name == "$or":
			combinations, err = w.alternatives(depth, combinations)
		case value == json.Delim('['):
			w.keys++
			var n int
			n, err = w.list()
			combinations = bounded(combinations * n * depth)
		}
		if err != nil {
			return 0, err
		}
	}
	w.d.Token()
	return combinations, nil
}

// bounded keeps products from overflowing: whatever is beyond the limit is too much.
func bounded(n int) int { return min(n, 1<<20) }

func (w *walker) alternatives(depth, combinations int) (int, *Error) {
	sum := 0
	for w.d.More() {
		if t, _ := w.d.Token(); t != json.Delim('{') {
			w.rest(t)
			continue
		}
		n, err := w.object(depth, combinations)
		if err != nil {
			return 0, err
		}
		sum = bounded(sum + n)
	}
	w.d.Token()
	return sum, nil
}

// list walks over the values of one key and returns how many there are.
func (w *walker) list() (int, *Error) {
	n := 0
	for w.d.More() {
		n++
		t, _ := w.d.Token()
		if t != json.Delim('{') {
			w.rest(t)
			continue
		}
		if err := w.expression(); err != nil {
			return 0, err
		}
	}
	w.d.Token()
	return n, nil
}

// expression walks over {"operator": operand} whose brace was read.
func (w *walker) expression() *Error {
	for w.d.More() {
		name, _ := w.d.Token()
		at := w.behind()
		operand, _ := w.d.Token()
		switch name {
		case "wildcard", "exactly":
			return w.refuse("Unrecognized match type "+name.(string), at)
		case "prefix", "suffix":
			if operand == json.Delim('{') {
				return w.refuse(name.(string)+" match pattern must be a string", at)
			}
		case "anything-but":
			if operand == json.Delim('{') {
				if err := w.anythingBut(); err != nil {
					return err
				}
				continue
			}
		}
		w.rest(operand)
	}
	w.d.Token()
	return nil
}

// anythingBut walks over {"prefix": text}, the one operator that SNS knows below anything-but.
func (w *walker) anythingBut() *Error {
	for w.d.More() {
		name, _ := w.d.Token()
		at := w.behind()
		operand, _ := w.d.Token()
		switch name {
		case "suffix", "equals-ignore-case", "wildcard":
			return w.refuse("Unsupported anything-but pattern: "+name.(string), at)
		case "prefix":
			if _, ok := operand.(string); !ok {
				return w.refuse("prefix match pattern must be a string", at)
			}
		}
		w.rest(operand)
	}
	w.d.Token()
	return nil
}

// rest reads to the end of a value whose first token was read.
func (w *walker) rest(t json.Token) {
	if t != json.Delim('{') && t != json.Delim('[') {
		return
	}
	for depth := 1; depth > 0; {
		t, err := w.d.Token()
		switch {
		case err != nil:
			return
		case t == json.Delim('{') || t == json.Delim('['):
			depth++
		case t == json.Delim('}') || t == json.Delim(']'):
			depth--
		}
	}
}

// behind returns the place that AWS's parser stands at when it has read a name: one token ahead, behind the opening quote or
// bracket of the value, or behind the whole of a number or literal.
func (w *walker) behind() int {
	at := int(w.d.InputOffset()) + 1
	if at >= len(w.text) || strings.IndexByte(`"{[`, w.text[at]) >= 0 {
		return min(at+1, len(w.text))
	}
	if end := strings.IndexAny(w.text[at:], ",}]"); end >= 0 {
		return at + end
	}
	return len(w.text)
}

// maxQuoted is how much of the policy AWS quotes back in a message (Jackson's default).
const maxQuoted = 500

func (w *walker) refuse(reason string, at int) *Error {
	quoted, rest := w.text, ""
	if runes := []rune(quoted); len(runes) > maxQuoted {
		quoted, rest = string(runes[:maxQuoted]), "[truncated "+itoa(len(runes)-maxQuoted)+" chars]"
	}
	return &Error{"FilterPolicy: " + reason + "\n at [Source: (String)\"" + quoted + "\"" + rest + "; " + position(w.text, at)}
}
