package attr

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Packed is an item in one piece of memory without pointers, as tables keep it: a map of values would cost the garbage collector
// a dozen objects an item, for as long as the item is stored. The zero Packed is no item at all, which is not the item without
// attributes. Items are equal if they have the same text, and only then: sets have an order of their own.
//
// Attributes stand sorted by name, so that a Packed is written as JSON without a look at the others. An attribute is the length of
// its name, the name, and its value: the kind, with the highest bit for true, and then
//
//	S B       length, bytes
//	N         size, length, text
//	M         number of members, which are attributes
//	L         number of elements, which are values
//	SS NS BS  size, number of members, and each with its length
type Packed string

const flagBit = 0x80

// Pack returns the item, none of whose values may be refused; nil is no item.
func Pack(item Item) Packed {
	if item == nil {
		return ""
	}
	var w packer
	w.Grow(lengthOfFields(item))
	w.fields(item)
	return Packed(w.String())
}

// lengthOfFields is how many bytes packer.fields writes.
func lengthOfFields(fields map[string]Value) int {
	n := lengthOfNumber(len(fields))
	for name, v := range fields {
		n += lengthOfText(name) + v.packedLength()
	}
	return n
}

func lengthOfNumber(n int) int { return max(1, (bits.Len(uint(n))+6)/7) }

func lengthOfText(s string) int { return lengthOfNumber(len(s)) + len(s) }

func (v Value) packedLength() int {
	n := 1
	switch v.kind {
	case KindS, KindB:
		n += lengthOfText(v.str)
	case KindN:
		n += 1 + lengthOfText(v.str)
	case KindM:
		n += lengthOfFields(v.node.fields)
	case KindL:
		n += lengthOfNumber(len(v.node.list))
		for _, element := range v.node.list {
			n += element.packedLength()
		}
	case KindSS, KindNS, KindBS:
		n += lengthOfNumber(int(v.size)) + lengthOfNumber(len(v.node.members))
		for _, member := range v.node.members {
			n += lengthOfText(member)
		}
	}
	return n
}

// packer writes items.
type packer struct{ strings.Builder }

func (w *packer) number(n int) {
	for ; n >= 0x80; n >>= 7 {
		w.WriteByte(byte(n) | 0x80)
	}
	w.WriteByte(byte(n))
}

func (w *packer) text(s string) {
	w.number(len(s))
	w.WriteString(s)
}

func (w *packer) fields(fields map[string]Value) {
	var room [16]string
	names := room[:0]
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	w.number(len(names))
	for _, name := range names {
		w.text(name)
		w.value(fields[name])
	}
}

func (w *packer) value(v Value) {
	kind := byte(v.kind)
	if v.flag {
		kind |= flagBit
	}
	w.WriteByte(kind)
	switch v.kind {
	case KindS, KindB:
		w.text(v.str)
	case KindN:
		w.WriteByte(byte(v.size))
		w.text(v.str)
	case KindM:
		w.fields(v.node.fields)
	case KindL:
		w.number(len(v.node.list))
		for _, element := range v.node.list {
			w.value(element)
		}
	case KindSS, KindNS, KindBS:
		w.number(int(v.size))
		w.number(len(v.node.members))
		for _, member := range v.node.members {
			w.text(member)
		}
	}
}

// IsZero reports whether it is no item at all.
func (p Packed) IsZero() bool { return p == "" }

// Item returns the attributes, nil if it is no item. Their texts share the memory of p.
func (p Packed) Item() Item {
	if p == "" {
		return nil
	}
	u := unpacker{string(p)}
	return u.fields()
}

// Get returns an attribute, the zero Value if the item lacks it.
func (p Packed) Get(name string) Value {
	if p == "" {
		return Value{}
	}
	u := unpacker{string(p)}
	for range u.number() {
		found := u.text()
		if found == name {
			return u.value()
		}
		if found > name {
			break
		}
		u.skip()
	}
	return Value{}
}

// Pick returns the item with those of its attributes that keep accepts; no item stays none.
func (p Packed) Pick(keep func(name string) bool) Packed {
	if p == "" {
		return ""
	}
	var pieces [4]string
	part, n, size := pieces[:0], 0, 0
	u := unpacker{string(p)}
	for range u.number() {
		from := u.rest
		name := u.text()
		u.skip()
		if keep(name) {
			piece := from[:len(from)-len(u.rest)]
			part = append(part, piece)
			n++
			size += len(piece)
		}
	}
	var w packer
	w.Grow(lengthOfNumber(n) + size)
	w.number(n)
	for _, piece := range part {
		w.WriteString(piece)
	}
	return Packed(w.String())
}

// AppendJSON appends what [AppendItem] would.
func (p Packed) AppendJSON(dst []byte) []byte {
	if p == "" {
		return append(dst, "{}"...)
	}
	u := unpacker{string(p)}
	return u.appendFields(dst)
}

// unpacker reads what pack wrote, and nothing else.
type unpacker struct{ rest string }

func (u *unpacker) number() int {
	if c := u.rest[0]; c < 0x80 {
		u.rest = u.rest[1:]
		return int(c)
	}
	n, shift := 0, 0
	for i := 0; ; i++ {
		c := u.rest[i]
		n |= int(c&0x7f) << shift
		if c < 0x80 {
			u.rest = u.rest[i+1:]
			return n
		}
		shift += 7
	}
}

func (u *unpacker) byte() byte {
	c := u.rest[0]
	u.rest = u.rest[1:]
	return c
}

func (u *unpacker) text() string {
	n := u.number()
	s := u.rest[:n]
	u.rest = u.rest[n:]
	return s
}

func (u *unpacker) fields() map[string]Value {
	n := u.number()
	fields := make(map[string]Value, n)
	for range n {
		name := u.text()
		fields[name] = u.value()
	}
	return fields
}

func (u *unpacker) value() Value {
	c := u.byte()
	v := Value{kind: Kind(c &^ flagBit), flag: c&flagBit != 0, depth: 1, size: 1}
	switch v.kind {
	case KindS, KindB:
		v.str = u.text()
		v.size = uint32(len(v.str))
	case KindN:
		v.size = uint32(u.byte())
		v.str = u.text()
	case KindM:
		return Map(u.fields())
	case KindL:
		list := make([]Value, u.number())
		for i := range list {
			list[i] = u.value()
		}
		return List(list)
	case KindSS, KindNS, KindBS:
		v.size = uint32(u.number())
		v.node = &node{members: make([]string, u.number())}
		for i := range v.node.members {
			v.node.members[i] = u.text()
		}
	}
	return v
}

// skip passes over a value.
func (u *unpacker) skip() {
	switch Kind(u.byte() &^ flagBit) {
	case KindS, KindB:
		u.text()
	case KindN:
		u.byte()
		u.text()
	case KindM:
		for range u.number() {
			u.text()
			u.skip()
		}
	case KindL:
		for range u.number() {
			u.skip()
		}
	case KindSS, KindNS, KindBS:
		u.number()
		for range u.number() {
			u.text()
		}
	}
}

func (u *unpacker) appendFields(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range u.number() {
		dst = append(wire.AppendString(comma(dst, i), u.text()), ':')
		dst = u.appendValue(dst)
	}
	return append(dst, '}')
}

func (u *unpacker) appendValue(dst []byte) []byte {
	c := u.byte()
	kind := Kind(c &^ flagBit)
	dst = append(append(append(dst, `{"`...), kindNames[kind]...), `":`...)
	switch kind {
	case KindS:
		dst = wire.AppendString(dst, u.text())
	case KindN:
		u.byte()
		dst = append(append(append(dst, '"'), u.text()...), '"')
	case KindB:
		dst = wire.AppendBytes(dst, []byte(u.text()))
	case KindBOOL:
		dst = wire.AppendBool(dst, c&flagBit != 0)
	case KindNULL:
		dst = append(dst, "true"...)
	case KindM:
		dst = u.appendFields(dst)
	default:
		dst = u.appendMembers(dst, kind)
	}
	return append(dst, '}')
}

// appendMembers appends the elements of a list, or the members of a set.
func (u *unpacker) appendMembers(dst []byte, kind Kind) []byte {
	dst = append(dst, '[')
	if kind != KindL {
		u.number()
	}
	for i := range u.number() {
		dst = comma(dst, i)
		switch kind {
		case KindL:
			dst = u.appendValue(dst)
		case KindBS:
			dst = wire.AppendBytes(dst, []byte(u.text()))
		default:
			dst = wire.AppendString(dst, u.text())
		}
	}
	return append(dst, ']')
}
