package pattern

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of patterns and events; it is the default of the JSON parser AWS uses.
const maxDepth = 1000

type tokenKind uint8

const (
	tokenEnd tokenKind = iota // end of the text
	tokenObject
	tokenObjectEnd
	tokenArray
	tokenArrayEnd
	tokenString
	tokenNumber
	tokenLiteral // true, false, null
	tokenColon
	tokenComma
)

// token is one lexical element: text[start:end], quotes included.
type token struct {
	kind       tokenKind
	start, end int
	escaped    bool // a string with at least one escape
}

// scanError is a syntax error before it is worded for a pattern or an event.
type scanError struct {
	reason string
	offset int
}

// scan reads the token that starts at or after offset at.
func scan(text string, at int) (token, *scanError) {
	for at < len(text) && isSpace(text[at]) {
		at++
	}
	if at == len(text) {
		return token{kind: tokenEnd, start: at, end: at}, nil
	}
	one := func(k tokenKind) (token, *scanError) { return token{kind: k, start: at, end: at + 1}, nil }
	switch c := text[at]; {
	case c == '{':
		return one(tokenObject)
	case c == '}':
		return one(tokenObjectEnd)
	case c == '[':
		return one(tokenArray)
	case c == ']':
		return one(tokenArrayEnd)
	case c == ':':
		return one(tokenColon)
	case c == ',':
		return one(tokenComma)
	case c == '"':
		return scanString(text, at)
	case c == '-' || isDigit(c):
		return scanNumber(text, at)
	default:
		return scanLiteral(text, at)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func scanString(text string, start int) (token, *scanError) {
	escaped := false
	for i := start + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return token{kind: tokenString, start: start, end: i + 1, escaped: escaped}, nil
		case c == '\\':
			escaped = true
			n := escapeLength(text[i:])
			if n == 0 {
				return token{}, &scanError{"Unrecognized character escape", i}
			}
			i += n - 1
		case c < ' ':
			return token{}, &scanError{"Illegal unquoted character ((CTRL-CHAR, code " + strconv.Itoa(int(c)) +
				")): has to be escaped using backslash to be included in string value", i + 1}
		}
	}
	return token{}, &scanError{"Unexpected end-of-input: was expecting closing quote for a string value", len(text)}
}

// escapeLength returns the length of the escape at the start of s, 0 if it is not one.
func escapeLength(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 {
			if _, err := strconv.ParseUint(s[2:6], 16, 16); err == nil {
				return 6
			}
		}
	}
	return 0
}

func scanNumber(text string, start int) (token, *scanError) {
	i := start
	if text[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		return i > from
	}
	zero := i < len(text) && text[i] == '0'
	from := i
	if !digits() {
		return token{}, &scanError{"Unexpected character in a number: expected digit (0-9) to follow minus sign", i}
	}
	if zero && i-from > 1 {
		return token{}, &scanError{"Invalid numeric value: Leading zeroes not allowed", i}
	}
	if i < len(text) && text[i] == '.' {
		i++
		if !digits() {
			return token{}, &scanError{"Unexpected character in a number: Decimal point not followed by a digit", i}
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if !digits() {
			return token{}, &scanError{"Unexpected character in a number: Exponent indicator not followed by a digit", i}
		}
	}
	return token{kind: tokenNumber, start: start, end: i}, nil
}

func scanLiteral(text string, start int) (token, *scanError) {
	end := start
	for end < len(text) && (isDigit(text[end]) || text[end]|0x20 >= 'a' && text[end]|0x20 <= 'z' || text[end] == '_') {
		end++
	}
	switch text[start:end] {
	case "true", "false", "null":
		return token{kind: tokenLiteral, start: start, end: end}, nil
	case "":
		r, size := utf8.DecodeRuneInString(text[start:])
		return token{}, &scanError{"Unexpected character (" + quoteRune(r) +
			"): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", start + size}
	}
	return token{}, &scanError{"Unrecognized token '" + text[start:end] +
		"': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", end}
}

func quoteRune(r rune) string { return "'" + string(r) + "' (code " + strconv.Itoa(int(r)) + ")" }

// stringText returns the value of a string token. Without escapes it shares the memory of text.
func stringText(text string, t token) string {
	inner := text[t.start+1 : t.end-1]
	if !t.escaped {
		return inner
	}
	var b strings.Builder
	b.Grow(len(inner))
	for i := 0; i < len(inner); {
		if inner[i] != '\\' {
			b.WriteByte(inner[i])
			i++
			continue
		}
		if inner[i+1] != 'u' {
			b.WriteByte(unescape(inner[i+1]))
			i += 2
			continue
		}
		r := hexRune(inner[i+2 : i+6])
		i += 6
		if utf16.IsSurrogate(r) && i+6 <= len(inner) && inner[i] == '\\' && inner[i+1] == 'u' {
			if both := utf16.DecodeRune(r, hexRune(inner[i+2:i+6])); both != utf8.RuneError {
				r = both
				i += 6
			}
		}
		b.WriteRune(r) // a lone surrogate becomes U+FFFD
	}
	return b.String()
}

func hexRune(s string) rune {
	n, _ := strconv.ParseUint(s, 16, 16) // scanString has checked the digits
	return rune(n)
}

func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
