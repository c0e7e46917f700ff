package attr

import (
	"maps"
	"slices"
)

// maxName is the largest attribute name, in bytes.
const maxName = 65535

// MaxNesting is how many levels a value may have, the value itself being the first.
const MaxNesting = 32

// Kind is one of DynamoDB's ten data types.
type Kind uint8

// The data types. The zero Kind is that of an absent value and of one that DynamoDB refuses; see [Value.Err].
const (
	None Kind = iota
	KindS
	KindN
	KindB
	KindBOOL
	KindNULL
	KindM
	KindL
	KindSS
	KindNS
	KindBS
)

var kindNames = [...]string{"", "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}

// String returns the type descriptor as it stands in JSON: S, N, B, BOOL, NULL, M, L, SS, NS or BS.
func (k Kind) String() string { return kindNames[k] }

// IsSet reports whether the kind is SS, NS or BS.
func (k Kind) IsSet() bool { return k >= KindSS }

// KindOf returns the kind with the given type descriptor, and None for other text.
func KindOf(descriptor string) Kind { return Kind(max(0, slices.Index(kindNames[:], descriptor))) }

// A Value is one attribute value. The zero Value is an absent one. Values are immutable and safe for concurrent use.
type Value struct {
	kind  Kind
	flag  bool   // of a BOOL
	depth uint8  // levels, 1 for a scalar
	size  uint32 // documented size in bytes
	str   string // S; canonical text of N; bytes of B; the message of a refused value
	node  *node  // M, L and sets
}

// node keeps what only containers have out of Value, which is the unit of storage.
type node struct {
	fields  map[string]Value
	list    []Value
	members []string // of a set: like Value.str
}

// Item is an item, or a part of one: attributes by name.
type Item = map[string]Value

// refused is a value that decoding met and DynamoDB does not accept.
func refused(message string) Value { return Value{str: message, depth: 1} }

// String returns an S value.
func String(s string) Value { return Value{kind: KindS, depth: 1, size: uint32(len(s)), str: s} }

// Num returns an N value.
func Num(n Number) Value {
	return Value{kind: KindN, depth: 1, size: uint32(n.Size()), str: n.String()}
}

// Binary returns a B value with a copy of b.
func Binary(b []byte) Value { return binaryText(string(b)) }

func binaryText(s string) Value {
	v := String(s)
	v.kind = KindB
	return v
}

// Bool returns a BOOL value.
func Bool(b bool) Value { return Value{kind: KindBOOL, depth: 1, size: 1, flag: b} }

// Null returns the NULL value.
func Null() Value { return Value{kind: KindNULL, depth: 1, size: 1} }

// Map returns an M value that owns m; m may be nil. If a member is refused, or the nesting is deeper than
// [MaxNesting], the result is refused too.
func Map(m map[string]Value) Value {
	if m == nil {
		m = map[string]Value{}
	}
	v := Value{kind: KindM, depth: 1, size: 3, node: &node{fields: m}}
	for name, member := range m {
		if !v.grow(member, len(name)) {
			return refusedMember(maps.Values(m))
		}
	}
	return v
}

// List returns an L value that owns l; l may be nil. Refusal is as for [Map].
func List(l []Value) Value {
	v := Value{kind: KindL, depth: 1, size: 3, node: &node{list: l}}
	for _, member := range l {
		if !v.grow(member, 0) {
			return refusedMember(slices.Values(l))
		}
	}
	return v
}

// grow counts a member and reports false if it makes the container invalid.
func (v *Value) grow(member Value, name int) bool {
	v.depth = max(v.depth, member.depth+1)
	v.size += uint32(1 + name + int(member.size))
	return member.kind != None && v.depth <= MaxNesting
}

// refusedMember picks the smallest of the messages, because the order of a map is not one.
func refusedMember(members func(func(Value) bool)) Value {
	found := ""
	for member := range members {
		if member.kind != None {
			continue
		}
		if message := member.Err().Error(); found == "" || message < found {
			found = message
		}
	}
	if found == "" {
		found = msgNesting
	}
	return refused(found)
}

// Kind returns the data type, None for an absent or refused value.
func (v Value) Kind() Kind { return v.kind }

// IsZero reports whether the value is absent.
func (v Value) IsZero() bool { return v.kind == None && v.str == "" }

// Err returns why DynamoDB refuses the value: nil, or a *[ValidationError]. An absent value is refused as empty.
func (v Value) Err() error {
	switch {
	case v.kind != None:
		return nil
	case v.str == "":
		return &ValidationError{msgNoType}
	}
	return &ValidationError{v.str}
}

// CheckName returns the refusal of an attribute name that is empty; the model bounds it from above.
func CheckName(name string) error {
	if name == "" {
		return &ValidationError{msgEmptyName}
	}
	return nil
}

// CheckItem returns the refusal of the first attribute, by name, that DynamoDB would not accept.
func CheckItem(item Item) error {
	var bad error
	first := ""
	for name, v := range item {
		if v.kind == None && (bad == nil || name < first) {
			bad, first = v.Err(), name
		}
	}
	if _, found := item[""]; found && bad == nil {
		bad = CheckName("")
	}
	return bad
}

// String returns the JSON form; see [Value.AppendJSON].
func (v Value) String() string { return string(v.AppendJSON(nil)) }

// Str returns the text of an S, the canonical text of an N, the bytes of a B; else "".
func (v Value) Str() string {
	if v.kind == None {
		return ""
	}
	return v.str
}

// Num returns the number of an N; else 0. It parses the text that is stored.
func (v Value) Num() Number {
	if v.kind != KindN {
		return Number{}
	}
	n, _ := ParseNumber(v.str) // was parsed when the value was made
	return n
}

// Bin returns a copy of the bytes of a B; else nil. [Value.Str] returns them without a copy.
func (v Value) Bin() []byte {
	if v.kind != KindB {
		return nil
	}
	return []byte(v.str)
}

// Bool returns the value of a BOOL; else false.
func (v Value) Bool() bool { return v.flag }

// Map returns the members of an M, which must not be changed; else nil.
func (v Value) Map() map[string]Value {
	if v.kind != KindM {
		return nil
	}
	return v.node.fields
}

// List returns the elements of an L, which must not be changed; else nil.
func (v Value) List() []Value {
	if v.kind != KindL {
		return nil
	}
	return v.node.list
}

// Depth is the number of nested levels: 1 for a scalar, a set and an empty container.
func (v Value) Depth() int { return int(v.depth) }

// Size is the number of bytes that the value counts towards its item: UTF-8 length of an S, bytes of a B, [Number.Size]
// of an N, 1 for BOOL and NULL, the sum of the members for a set, and for an M or L 3 bytes, 1 more for each member,
// the lengths of the names and the sizes of the members.
//
// Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
func (v Value) Size() int { return int(v.size) }

// ItemSize is the size of an item: the lengths of its attribute names and the sizes of their values.
func ItemSize(item Item) int {
	n := 0
	for name, v := range item {
		n += len(name) + v.Size()
	}
	return n
}

// MaxItemSize is the largest item in bytes: 400 KB.
const MaxItemSize = 400 * 1024

// Clone returns a deep copy. Values being immutable, only code that must own its maps and slices needs one.
func (v Value) Clone() Value {
	switch v.kind {
	case KindM:
		fields := make(map[string]Value, len(v.node.fields))
		for name, member := range v.node.fields {
			fields[name] = member.Clone()
		}
		v.node = &node{fields: fields}
	case KindL:
		list := slices.Clone(v.node.list)
		for i := range list {
			list[i] = list[i].Clone()
		}
		v.node = &node{list: list}
	case KindSS, KindNS, KindBS:
		v.node = &node{members: slices.Clone(v.node.members)}
	}
	return v
}

// Equal reports whether two values are the same: equal numbers, sets without regard to order, containers member by
// member. Absent values are equal.
func Equal(a, b Value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case KindBOOL:
		return a.flag == b.flag
	case KindM:
		return EqualItems(a.node.fields, b.node.fields)
	case KindL:
		return slices.EqualFunc(a.node.list, b.node.list, Equal)
	case KindSS, KindNS, KindBS:
		return a.size == b.size && len(a.node.members) == len(b.node.members) && a.includes(b)
	}
	return a.str == b.str
}

// EqualItems reports whether two items have the same attributes.
func EqualItems(a, b Item) bool { return maps.EqualFunc(a, b, Equal) }

// Compare orders two values of one kind S, N or B: strings by their UTF-8 bytes, binaries by unsigned bytes, numbers
// by value. ok is false for other kinds and for two different ones.
func Compare(a, b Value) (order int, ok bool) {
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case KindS, KindB:
		switch {
		case a.str < b.str:
			return -1, true
		case a.str > b.str:
			return 1, true
		}
		return 0, true
	case KindN:
		return a.Num().Compare(b.Num()), true
	}
	return 0, false
}
