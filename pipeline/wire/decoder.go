package wire

import (
	"bytes"
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// DefaultDepth is how many objects and arrays may be nested before a Decoder refuses the text.
const DefaultDepth = 1000

// Kind is the JSON type of the next value.
type Kind uint8

// The kinds of JSON values; Invalid is the end of the text or a byte that starts no value.
const (
	Invalid Kind = iota
	Object
	Array
	String
	Number
	Bool
	Null
)

// String returns the kind's name in lower case.
func (k Kind) String() string {
	return [...]string{"invalid", "object", "array", "string", "number", "bool", "null"}[k]
}

// A Decoder reads one JSON text (RFC 8259) from front to back, value by value.
//
// It is stricter than encoding/json, because the services are: names match in exact case (the caller's switch), a name
// that stands twice in an object is refused, strings must be valid UTF-8 without lone surrogates, nesting is bounded,
// and integers keep all 64 bits. Errors are *SyntaxError for text that is not JSON and *TypeError for JSON of another
// type than the caller asked for. It allocates nothing but the strings it returns. After an error the Decoder must not
// be used further. Not safe for concurrent use.
type Decoder struct {
	data  []byte
	pos   int
	depth int
	limit int
}

// NewDecoder returns a Decoder that reads data, which must not change until reading is done. Nesting is bounded by
// DefaultDepth.
func NewDecoder(data []byte) Decoder { return Decoder{data: data, limit: DefaultDepth} }

// LimitDepth changes how many objects and arrays may be nested.
func (d *Decoder) LimitDepth(n int) { d.limit = n }

// Offset returns how many bytes have been read.
func (d *Decoder) Offset() int { return d.pos }

func (d *Decoder) space() {
	for d.pos < len(d.data) {
		switch d.data[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

// Peek returns the kind of the next value without reading it, judged by its first byte.
func (d *Decoder) Peek() Kind {
	d.space()
	if d.pos >= len(d.data) {
		return Invalid
	}
	switch c := d.data[d.pos]; {
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == '"':
		return String
	case c == '-' || '0' <= c && c <= '9':
		return Number
	case c == 't' || c == 'f':
		return Bool
	case c == 'n':
		return Null
	}
	return Invalid
}

// Object reads an object and calls member for each of its names, in the order of the text; member must read exactly
// the value. A name seen before is a *SyntaxError. An error of member ends the reading; if it is one of the Decoder's
// own, the name is put in front of its path.
func (d *Decoder) Object(member func(key string) error) error {
	if err := d.open('{', Object); err != nil {
		return err
	}
	var keys seen
	for i := 0; ; i++ {
		raw, escaped, more, err := d.key(i)
		if err != nil || !more {
			return err
		}
		key := unquoted(raw, escaped)
		if !keys.add(key) {
			return d.syntax("the name " + strconv.Quote(key) + " stands twice in one object")
		}
		if err := member(key); err != nil {
			return within(err, key)
		}
	}
}

// Struct reads an object whose names are known: it calls member with the name's value in fields, and skips names that
// fields does not have (AWS's JSON services ignore unknown members). fields must hold the numbers 0 to len(fields)-1
// and have at most 64 entries. It is Object without the allocation of the names.
func (d *Decoder) Struct(fields map[string]int, member func(field int) error) error {
	if err := d.open('{', Object); err != nil {
		return err
	}
	var known uint64
	var unknown map[string]struct{}
	for i := 0; ; i++ {
		raw, escaped, more, err := d.key(i)
		if err != nil || !more {
			return err
		}
		if escaped {
			raw = unescape(raw)
		}
		field, ok := fields[string(raw)]
		twice := false
		if ok {
			twice = known&(1<<field) != 0
			known |= 1 << field
		} else {
			_, twice = unknown[string(raw)]
			if unknown == nil {
				unknown = map[string]struct{}{}
			}
			unknown[string(raw)] = struct{}{}
		}
		if twice {
			return d.syntax("the name " + strconv.Quote(string(raw)) + " stands twice in one object")
		}
		if ok {
			err = member(field)
		} else {
			err = d.Skip()
		}
		if err != nil {
			return within(err, string(raw))
		}
	}
}

// Array reads an array and calls element for each of its elements, which must read exactly one value.
func (d *Decoder) Array(element func(i int) error) error {
	if err := d.open('[', Array); err != nil {
		return err
	}
	for i := 0; ; i++ {
		more, err := d.next(i, ']')
		if err != nil || !more {
			return err
		}
		if err := element(i); err != nil {
			return within(err, strconv.Itoa(i))
		}
	}
}

func (d *Decoder) open(bracket byte, want Kind) error {
	if got := d.Peek(); got != want {
		return d.mismatch(want, "")
	}
	if d.depth >= d.limit {
		return d.syntax("more than " + strconv.Itoa(d.limit) + " objects and arrays inside each other")
	}
	d.depth++
	d.pos++
	return nil
}

// next steps over the comma before element i, or over the closing bracket, which it reports as false.
func (d *Decoder) next(i int, closing byte) (more bool, err error) {
	d.space()
	switch {
	case d.pos >= len(d.data):
		return false, d.syntax("the text ends inside an object or array")
	case d.data[d.pos] == closing:
		d.pos++
		d.depth--
		return false, nil
	case i == 0:
		return true, nil
	case d.data[d.pos] != ',':
		return false, d.syntax("a comma or the closing bracket is missing")
	}
	d.pos++
	d.space()
	if d.pos < len(d.data) && d.data[d.pos] == closing {
		return false, d.syntax("no value follows the comma")
	}
	return true, nil
}

func (d *Decoder) key(i int) (raw []byte, escaped, more bool, err error) {
	if more, err = d.next(i, '}'); err != nil || !more {
		return nil, false, false, err
	}
	if d.Peek() != String {
		return nil, false, false, d.syntax("a name in double quotes is missing")
	}
	if raw, escaped, err = d.quoted(); err != nil {
		return nil, false, false, err
	}
	d.space()
	if d.pos >= len(d.data) || d.data[d.pos] != ':' {
		return nil, false, false, d.syntax("a colon is missing")
	}
	d.pos++
	return raw, escaped, true, nil
}

// String reads a string.
func (d *Decoder) String() (string, error) {
	return d.text("String")
}

func (d *Decoder) text(target string) (string, error) {
	if d.Peek() != String {
		return "", d.mismatch(String, target)
	}
	raw, escaped, err := d.quoted()
	if err != nil {
		return "", err
	}
	return unquoted(raw, escaped), nil
}

// quoted reads a string and returns what stands between its quotes, checked, and whether it contains escapes.
func (d *Decoder) quoted() (raw []byte, escaped bool, err error) {
	d.pos++
	start, ascii := d.pos, true
	for d.pos < len(d.data) {
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
			ascii = ascii && c < utf8.RuneSelf
			d.pos++
		}
	}
	return nil, false, d.syntax("the text ends inside a string")
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
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
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
	return out
}

// Number reads a number and returns its text.
func (d *Decoder) Number() (string, error) {
	raw, err := d.number("Number")
	return string(raw), err
}

func (d *Decoder) number(target string) ([]byte, error) {
	if d.Peek() != Number {
		return nil, d.mismatch(Number, target)
	}
	start := d.pos
	if d.data[d.pos] == '-' {
		d.pos++
	}
	if d.pos < len(d.data) && d.data[d.pos] == '0' {
		d.pos++
	} else if !d.digits() {
		return nil, d.syntax("a number has no digits")
	}
	if d.pos < len(d.data) && d.data[d.pos] == '.' {
		d.pos++
		if !d.digits() {
			return nil, d.syntax("no digit follows the point of a number")
		}
	}
	if d.pos < len(d.data) && d.data[d.pos]|0x20 == 'e' {
		d.pos++
		if d.pos < len(d.data) && (d.data[d.pos] == '+' || d.data[d.pos] == '-') {
			d.pos++
		}
		if !d.digits() {
			return nil, d.syntax("a number's exponent has no digits")
		}
	}
	return d.data[start:d.pos], nil
}

func (d *Decoder) digits() bool {
	start := d.pos
	for d.pos < len(d.data) && '0' <= d.data[d.pos] && d.data[d.pos] <= '9' {
		d.pos++
	}
	return d.pos > start
}

// Int64 reads a number as an integer of 64 bits. A fraction is cut off, as the services do; a number out of range is a
// *TypeError.
func (d *Decoder) Int64() (int64, error) { return d.integer("Long", 64) }

// Int32 is Int64 for an integer of 32 bits.
func (d *Decoder) Int32() (int32, error) {
	n, err := d.integer("Integer", 32)
	return int32(n), err
}

func (d *Decoder) integer(target string, bits int) (int64, error) {
	raw, err := d.number(target)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(raw), 10, bits)
	if err == nil {
		return n, nil
	}
	limit := math.Ldexp(1, bits-1)
	f, ferr := strconv.ParseFloat(string(raw), 64)
	if f = math.Trunc(f); ferr == nil && bytes.ContainsAny(raw, ".eE") && f >= -limit && f < limit {
		return int64(f), nil
	}
	name := map[int]string{32: "int", 64: "long"}[bits]
	return 0, d.impossible(target, Number, string(raw), "it does not fit into "+strconv.Itoa(bits)+" bits",
		"Numeric value ("+string(raw)+") out of range of "+name)
}

func (d *Decoder) impossible(target string, kind Kind, text, reason, answer string) error {
	return &TypeError{Offset: d.pos, Want: kind, Got: kind, Text: text, Reason: reason, Target: target, Answer: answer}
}

// Float64 reads a number as the nearest float64; one too large for it is a *TypeError.
func (d *Decoder) Float64() (float64, error) { return d.float("Double") }

func (d *Decoder) float(target string) (float64, error) {
	raw, err := d.number(target)
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, d.impossible(target, Number, string(raw), "it is too large", "Numeric value ("+string(raw)+") out of range of double")
	}
	return f, nil
}

// Bool reads true or false.
func (d *Decoder) Bool() (bool, error) {
	if d.Peek() != Bool {
		return false, d.mismatch(Bool, "Boolean")
	}
	if d.word("true") {
		return true, nil
	}
	if d.word("false") {
		return false, nil
	}
	return false, d.syntax("an unknown word stands where a value should")
}

// Null reads null and reports true if it is the next value; else it reads nothing.
func (d *Decoder) Null() bool { return d.Peek() == Null && d.word("null") }

func (d *Decoder) word(w string) bool {
	if len(d.data)-d.pos < len(w) || string(d.data[d.pos:d.pos+len(w)]) != w {
		return false
	}
	d.pos += len(w)
	return true
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

// Time reads a number of seconds since 1970, with a fraction down to the millisecond.
func (d *Decoder) Time() (time.Time, error) {
	f, err := d.float("Date")
	if err != nil {
		return time.Time{}, err
	}
	const limit = 1 << 38 // seconds, about the year 10,680; beyond lies nothing that can be written in ISO 8601
	if math.Abs(f) > limit {
		return time.Time{}, d.impossible("Date", Number, strconv.FormatFloat(f, 'g', -1, 64), "it is no time", "")
	}
	return time.UnixMilli(int64(math.Round(f * 1000))).UTC(), nil
}

// Skip reads the next value, whatever it is, and checks it.
func (d *Decoder) Skip() error {
	var err error
	switch d.Peek() {
	case Object:
		return d.Object(func(string) error { return d.Skip() })
	case Array:
		return d.Array(func(int) error { return d.Skip() })
	case String:
		_, _, err = d.quoted()
	case Number:
		_, err = d.number("Number")
	case Bool:
		_, err = d.Bool()
	default:
		if !d.Null() {
			err = d.mismatch(Null, "")
		}
	}
	return err
}

// Raw reads the next value, checks it, and returns its text, which is part of the data given to NewDecoder.
func (d *Decoder) Raw() ([]byte, error) {
	d.space()
	start := d.pos
	err := d.Skip()
	return d.data[start:d.pos:d.pos], err
}

// End reports a *SyntaxError unless nothing but white space is left.
func (d *Decoder) End() error {
	d.space()
	if d.pos < len(d.data) {
		return d.syntax("more text follows the value")
	}
	return nil
}

// seen holds the names of one object: the first few in an array, searched one by one, many in a map.
type seen struct {
	n    int
	few  [8]string
	many map[string]struct{}
}

// add reports false if key was there already.
func (s *seen) add(key string) bool {
	if slices.Contains(s.few[:s.n], key) {
		return false
	}
	if s.n < len(s.few) {
		s.few[s.n] = key
		s.n++
		return true
	}
	if _, twice := s.many[key]; twice {
		return false
	}
	if s.many == nil {
		s.many = make(map[string]struct{}, 4*len(s.few))
	}
	s.many[key] = struct{}{}
	return true
}

func (d *Decoder) syntax(reason string) error { return &SyntaxError{Offset: d.pos, Reason: reason} }

// mismatch explains why the next value is not of the wanted kind: not JSON at all, or JSON of another type.
func (d *Decoder) mismatch(want Kind, target string) error {
	at, got := d.pos, d.Peek()
	if got == Invalid {
		if d.pos >= len(d.data) {
			return d.syntax("the text ends where a value should stand")
		}
		return d.syntax("this byte starts no value")
	}
	if got == Null && want == Null {
		return d.syntax("an unknown word stands where a value should")
	}
	var text string
	if got != Object && got != Array {
		raw, err := d.Raw()
		if err != nil {
			return err
		}
		text = string(raw)
	}
	return &TypeError{Offset: at, Want: want, Got: got, Text: text, Target: target}
}
