package expr

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEOF    tokenKind = iota
	tokWord             // a letter, then letters, digits and underscores
	tokName             // #placeholder
	tokValue            // :placeholder
	tokDigits           // 0-9
	tokPunct            // one of ( ) [ ] . , + - = < > <= >= <>
	tokBad              // a character that no expression has
)

type token struct {
	kind       tokenKind
	start, end int
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) || c == '_' }

// lexer cuts an expression into tokens one by one. The grammars need one token of look-ahead; messages show the token
// before and the token after the wrong one.
type lexer struct {
	src  string
	last token // the one before cur; empty at the beginning
	cur  token
}

// advance steps to the next token.
func (l *lexer) advance() {
	l.last = l.cur
	l.cur = scan(l.src, l.cur.end)
}

// scan returns the token at or after position i.
func scan(src string, i int) token {
	for i < len(src) && strings.IndexByte(" \t\r\n", src[i]) >= 0 {
		i++
	}
	if i == len(src) {
		return token{kind: tokEOF, start: i, end: i}
	}
	end, kind := i+1, tokBad
	switch c := src[i]; {
	case isLetter(c):
		end, kind = run(src, end, isWord), tokWord
	case isDigit(c):
		end, kind = run(src, end, isDigit), tokDigits
	case c == '#' || c == ':':
		if end = run(src, end, isWord); end > i+1 {
			kind = tokName
			if c == ':' {
				kind = tokValue
			}
		}
	case strings.IndexByte("()[].,+-=<>", c) >= 0:
		kind = tokPunct
		if end < len(src) && (src[end] == '=' && c != '=' && (c == '<' || c == '>') || c == '<' && src[end] == '>') {
			end++
		}
	default:
		_, size := utf8.DecodeRuneInString(src[i:])
		end = i + size
	}
	return token{kind: kind, start: i, end: end}
}

func run(src string, i int, in func(byte) bool) int {
	for i < len(src) && in(src[i]) {
		i++
	}
	return i
}

func (l *lexer) text() string { return l.src[l.cur.start:l.cur.end] }

// is reports whether the current token is the given punctuation.
func (l *lexer) is(punct string) bool { return l.cur.kind == tokPunct && l.text() == punct }

// keyword reports whether the current token is the given word, in any case.
func (l *lexer) keyword(word string) bool {
	return l.cur.kind == tokWord && l.cur.end-l.cur.start == len(word) && strings.EqualFold(l.text(), word)
}

// accept steps over the given punctuation if it is next.
func (l *lexer) accept(punct string) bool {
	if !l.is(punct) {
		return false
	}
	l.advance()
	return true
}

// unexpected is the reason of a syntax error at the current token: the token, and the text from the one before to the
// one after it.
func (l *lexer) unexpected() string {
	from, to, text := l.cur.start, l.cur.end, l.text()
	if l.last.end > l.last.start {
		from = l.last.start
	}
	if l.cur.kind == tokEOF {
		text = "<EOF>"
		to = max(from, l.last.end)
	} else if next := scan(l.src, to); next.kind != tokEOF {
		to = next.end
	}
	return `Syntax error; token: "` + text + `", near: "` + l.src[from:to] + `"`
}
