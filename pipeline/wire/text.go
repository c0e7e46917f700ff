package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// String reads a string.
func (d *Decoder) String() (string, error) {
	return d.text("String")
}

func (d *Decoder) text(target string) (string, error) {
	if d.Peek() != String {
		if d.casts && target == "String" {
			return d.cast()
		}
		return "", d.mismatch(String, target)
	}
	raw, escaped, err := d.quoted()
	if err != nil {
		return "", err
	}
	return unquoted(raw, escaped), nil
}

// cast reads a number or a truth value as the text that it is.
func (d *Decoder) cast() (string, error) {
	if kind := d.Peek(); kind != Number && kind != Bool {
		return "", d.mismatch(String, "String")
	}
	raw, err := d.Raw()
	return string(raw), err
}

// quoted reads a string and returns what stands between its quotes, checked, and whether it contains escapes.
func (d *Decoder) quoted() (raw []byte, escaped bool, err error) {
	d.pos++
	start, ascii := d.pos, true
	for {
		d.pos += plainRun(d.data[d.pos:])
		if d.pos == len(d.data) {
			return nil, false, d.syntax("the text ends inside a string")
		}
		switch c := d.data[d.pos]; {
		case c == '"':
			raw = d.data[start:d.pos]
			if !ascii && !utf8.Valid(raw) {
				d.pos = start
				return nil, false, d.syntax("a string is not valid UTF-8")
			}
			d.pos++
			return raw, escaped, nil
		case c == '\\':
			escaped = true
			if err := d.escape(); err != nil {
				return nil, false, err
			}
		case c < ' ':
			return nil, false, d.syntax("a control character stands unescaped in a string")
		default:
			ascii = false
			d.pos++
		}
	}
}

// plain holds the bytes of a string that need no look: printable ASCII without quote and backslash.
var plain = func() (set [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		set[c] = c != '"' && c != '\\'
	}
	return set
}()

// plainRun returns how many bytes at the start of b are plain. It looks at 32 at a time, then at eight: bodies are long and mostly
// plain.
func plainRun(b []byte) int {
	n := 0
	for len(b)-n >= 32 {
		four := b[n : n+32]
		if (odd(binary.LittleEndian.Uint64(four))|odd(binary.LittleEndian.Uint64(four[8:]))|
			odd(binary.LittleEndian.Uint64(four[16:]))|odd(binary.LittleEndian.Uint64(four[24:])))&highBits != 0 {
			break
		}
		n += 32
	}
	for len(b)-n >= 8 && odd(binary.LittleEndian.Uint64(b[n:]))&highBits == 0 {
		n += 8
	}
	for n < len(b) && plain[b[n]] {
		n++
	}
	return n
}

// plainWords is plainRun of a string, in steps of eight bytes.
func plainWords(s string) int {
	n := 0
	for len(s)-n >= 32 {
		four := s[n : n+32]
		if (odd(word(four))|odd(word(four[8:]))|odd(word(four[16:]))|odd(word(four[24:])))&highBits != 0 {
			break
		}
		n += 32
	}
	for len(s)-n >= 8 && odd(word(s[n:]))&highBits == 0 {
		n += 8
	}
	return n
}

// word returns the first eight bytes of s as a number; the compiler makes one load of it.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// odd has none of highBits set if all eight bytes of x are plain. A byte below c borrows from its high bit when c is taken from it, and
// a byte equal to c becomes 0 by exclusive or and is then below 1.
func odd(x uint64) uint64 {
	return x | (x - eachByte*' ') | (x ^ eachByte*'"' - eachByte) | (x ^ eachByte*'\\' - eachByte)
}

// escape checks the escape sequence at the reading position and steps over it; both halves of a surrogate pair are one.
func (d *Decoder) escape() error {
	rest := d.data[d.pos:]
	if len(rest) < 2 {
		return d.syntax("the text ends inside a string")
	}
	switch rest[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		d.pos += 2
		return nil
	case 'u':
		r, ok := hex4(rest)
		if !ok {
			return d.syntax(`\u is not followed by four hexadecimal digits`)
		}
		if !utf16.IsSurrogate(r) {
			d.pos += 6
			return nil
		}
		low, ok := hex4(rest[6:])
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			return d.syntax("a surrogate stands alone")
		}
		d.pos += 12
		return nil
	}
	return d.syntax("an unknown escape sequence stands in a string")
}

// hex4 reads \uXXXX at the start of b.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func unquoted(raw []byte, escaped bool) string {
	if escaped {
		return string(unescape(raw))
	}
	return string(raw)
}

// unescape resolves the escapes of a string that quoted has checked.
func unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; ; {
		run := bytes.IndexByte(raw[i:], '\\')
		if run < 0 {
			return append(out, raw[i:]...)
		}
		out = append(out, raw[i:i+run]...)
		i += run
		switch c := raw[i+1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := hex4(raw[i:])
			i += 6
			if utf16.IsSurrogate(r) {
				low, _ := hex4(raw[i:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			out = utf8.AppendRune(out, r)
			continue
		default:
			out = append(out, c)
		}
		i += 2
	}
}

// Bytes reads a string in base64 (RFC 4648 §4, padded); other text is a *TypeError.
func (d *Decoder) Bytes() ([]byte, error) {
	s, err := d.text("Blob")
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err == nil && !strings.ContainsAny(s, "\r\n") { // which package base64 skips
		return b, nil
	}
	answer := "Invalid last non-pad Base64 character dectected" // AWS's spelling
	if len(s)%4 != 0 {
		answer = "Base64 encoded length is expected a multiple of 4 bytes but found: " + strconv.Itoa(len(s))
	}
	return nil, d.impossible("Blob", String, s, "it is not base64", answer)
}
