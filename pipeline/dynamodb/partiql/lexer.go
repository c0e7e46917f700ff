package partiql

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokWord
	tokQuoted // "name"
	tokString // 'text'
	tokNumber
	tokPunct
)

// token is a piece of a statement; text is without quotes.
type token struct {
	kind tokenKind
	text string
	at   Position
}

// lexer cuts a statement into tokens. All of it is cut before any of it is parsed, as the service does.
type lexer struct {
	src          string
	pos          int
	line, column int
	tokens       []token
}

// lex returns the tokens, with one of the kind tokEnd at last.
func lex(src string) ([]token, error) {
	l := &lexer{src: src, line: 1, column: 1}
	for {
		if !l.space() {
			return nil, l.refuse()
		}
		if l.pos == len(l.src) {
			l.tokens = append(l.tokens, token{at: Position{l.line, l.column, 0}})
			return l.tokens, nil
		}
		if !l.token() {
			return nil, l.refuse()
		}
	}
}

// refuse is the answer to what cannot be cut: the service says no more.
func (l *lexer) refuse() error { return &Error{envelope, Position{l.line, l.column, 1}} }

// skip moves to a position behind, counting lines and characters.
func (l *lexer) skip(to int) {
	for l.pos < to {
		r, n := utf8.DecodeRuneInString(l.src[l.pos:])
		l.pos += n
		if r == '\n' {
			l.line, l.column = l.line+1, 1
		} else {
			l.column++
		}
	}
}

// space skips white space and comments; it reports false for a comment without an end.
func (l *lexer) space() bool {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			l.skip(l.pos + 1)
		case strings.HasPrefix(rest, "--"):
			end := strings.IndexAny(rest, "\r\n")
			if end < 0 {
				end = len(rest)
			}
			l.skip(l.pos + end)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return false
			}
			l.skip(l.pos + end + 4)
		default:
			return true
		}
	}
	return true
}

func (l *lexer) token() bool {
	rest := l.src[l.pos:]
	switch c := rest[0]; {
	case c == '\'' || c == '"':
		return l.quoted(rest, c)
	case c >= '0' && c <= '9', c == '.' && l.leadingPoint(rest):
		n := numberLength(rest)
		l.add(tokNumber, rest[:n], n)
		return scaleFits(rest[:n])
	case isWordStart(c):
		n := 1
		for n < len(rest) && (isWordStart(rest[n]) || rest[n] >= '0' && rest[n] <= '9') {
			n++
		}
		l.add(tokWord, rest[:n], n)
		return true
	}
	if len(rest) > 1 {
		switch rest[:2] {
		case "<=", ">=", "<>", "!=", "<<", ">>":
			l.add(tokPunct, rest[:2], 2)
			return true
		}
	}
	if strings.IndexByte("()[]{},.:=<>*+-?;", rest[0]) < 0 {
		return false
	}
	l.add(tokPunct, rest[:1], 1)
	return true
}

// leadingPoint reports whether a point begins a number, not a step of a path.
func (l *lexer) leadingPoint(rest string) bool {
	if len(rest) < 2 || rest[1] < '0' || rest[1] > '9' {
		return false
	}
	if len(l.tokens) == 0 {
		return true
	}
	last := l.tokens[len(l.tokens)-1]
	return last.kind == tokPunct && last.text != "]" || last.kind == tokWord && keywords[strings.ToLower(last.text)]
}

func isWordStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
}

func (l *lexer) add(kind tokenKind, text string, length int) {
	l.tokens = append(l.tokens, token{kind, text, Position{l.line, l.column, utf8.RuneCountInString(l.src[l.pos : l.pos+length])}})
	l.skip(l.pos + length)
}

// quoted cuts a name or a text; the quote stands in it twice.
func (l *lexer) quoted(rest string, quote byte) bool {
	kind := tokString
	if quote == '"' {
		kind = tokQuoted
	}
	var text strings.Builder
	for i := 1; i < len(rest); i++ {
		if rest[i] != quote {
			text.WriteByte(rest[i])
			continue
		}
		if i+1 == len(rest) || rest[i+1] != quote {
			l.add(kind, text.String(), i+1)
			return true
		}
		text.WriteByte(quote)
		i++
	}
	return false
}

// numberLength measures digits, a fraction and an exponent.
func numberLength(s string) int {
	digits := func(i int) int {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i
	}
	n := digits(0)
	if n < len(s) && s[n] == '.' {
		n = digits(n + 1)
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		at := n + 1
		if at < len(s) && (s[at] == '+' || s[at] == '-') {
			at++
		}
		if end := digits(at); end > at {
			n = end
		}
	}
	return n
}

// scaleFits reports whether the exponent, and the scale it leaves, are integers of 32 bits: else the service cannot read the
// number at all.
func scaleFits(number string) bool {
	mantissa, exponent, found := strings.Cut(strings.ToLower(number), "e")
	if !found {
		return true
	}
	e, err := strconv.ParseInt(exponent, 10, 32)
	_, fraction, _ := strings.Cut(mantissa, ".")
	scale := int64(len(fraction)) - e
	return err == nil && scale <= math.MaxInt32 && scale >= math.MinInt32
}
