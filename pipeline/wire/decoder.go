package wire

import (
	"slices"
	"strconv"
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
	casts bool // numbers and truth values do for strings; see DecodeCasting
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
	if err := d.open(Object); err != nil {
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
		if d.casts && d.Null() {
			continue
		}
		if err := member(key); err != nil {
			return within(err, key)
		}
	}
}

// Struct reads an object whose names are known: it calls member with the name's value in fields, and skips names that
// fields does not have (AWS's JSON services ignore unknown members). the values of fields must
// differ and lie between 0 and 63. It is Object without the allocation of the names.
func (d *Decoder) Struct(fields map[string]int, member func(field int) error) error {
	if err := d.open(Object); err != nil {
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
	if err := d.open(Array); err != nil {
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

// Extend returns the list with one more element, a zero one. With the second it makes room for ten: as many as most of the services'
// batches may have.
func Extend[T any](list []T) []T {
	if len(list) == 1 && cap(list) == 1 {
		room := make([]T, 2, 10)
		room[0] = list[0]
		return room
	}
	var zero T
	return append(list, zero)
}

func (d *Decoder) open(want Kind) error {
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
