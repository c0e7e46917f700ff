package attr

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// descriptors maps the names of an AttributeValue's members to their kinds, for wire.Decoder.Struct.
var descriptors = map[string]int{
	"S": int(KindS), "N": int(KindN), "B": int(KindB), "BOOL": int(KindBOOL), "NULL": int(KindNULL),
	"M": int(KindM), "L": int(KindL), "SS": int(KindSS), "NS": int(KindNS), "BS": int(KindBS),
}

// DecodeJSON reads an AttributeValue in its JSON form, {"S": "…"}. Only text of the wrong shape is an error (those of
// the Decoder); a value that DynamoDB refuses is read whole and asked for with [Value.Err].
func (v *Value) DecodeJSON(d *wire.Decoder) error {
	*v = Value{}
	found, types := Value{}, 0
	err := d.Struct(descriptors, func(field int) error {
		if d.Null() {
			return nil
		}
		types++
		earlier := found
		if err := found.decode(Kind(field), d); err != nil {
			return err
		}
		if types > 1 && earlier.kind == None {
			found = earlier // the first refusal counts
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case types > 1 && found.kind != None:
		*v = refused(msgManyTypes)
	case types == 0:
		*v = refused(msgNoType)
	default:
		*v = found
	}
	return nil
}

func (v *Value) decode(kind Kind, d *wire.Decoder) (err error) {
	switch kind {
	case KindS:
		var s string
		s, err = d.String()
		*v = String(s)
	case KindN:
		var s string
		s, err = d.String()
		*v = numberText(s)
	case KindB:
		var b []byte
		b, err = d.Bytes()
		*v = Binary(b)
	case KindBOOL:
		var b bool
		b, err = d.Bool()
		*v = Bool(b)
	case KindNULL:
		var b bool
		b, err = d.Bool()
		if *v = Null(); !b {
			*v = refused(msgNullFalse)
		}
	case KindM:
		*v, err = decodeMap(d)
	case KindL:
		*v, err = decodeList(d)
	default:
		*v, err = decodeSet(kind, d)
	}
	return err
}

// numberText returns the N of a text. Most texts are canonical already and are kept.
func numberText(s string) Value {
	n, err := ParseNumber(s)
	if err != nil {
		return refused(err.Error())
	}
	var buf [192]byte
	if text := n.AppendText(buf[:0]); string(text) != s {
		s = string(text)
	}
	return Value{kind: KindN, depth: 1, size: uint32(n.Size()), str: s}
}

func decodeMap(d *wire.Decoder) (Value, error) {
	fields := map[string]Value{}
	bad := Value{}
	err := d.Object(func(name string) error {
		v, err := decodeMember(d)
		switch {
		case name == "":
			v = refused(msgEmptyName)
		case len(name) > maxName:
			v = refused(msgLongName)
		}
		if v.kind == None && bad.IsZero() {
			bad = v
		}
		fields[name] = v
		return err
	})
	if !bad.IsZero() {
		return bad, err
	}
	return Map(fields), err
}

func decodeList(d *wire.Decoder) (Value, error) {
	var list []Value
	bad := Value{}
	err := d.Array(func(int) error {
		v, err := decodeMember(d)
		if v.kind == None && bad.IsZero() {
			bad = v
		}
		list = append(list, v)
		return err
	})
	if !bad.IsZero() {
		return bad, err
	}
	return List(slices.Clip(list)), err
}

// decodeMember reads a value inside a container, where null is a value without a type.
func decodeMember(d *wire.Decoder) (v Value, err error) {
	if d.Null() {
		return refused(msgNoType), nil
	}
	err = v.DecodeJSON(d)
	return v, err
}

func decodeSet(kind Kind, d *wire.Decoder) (Value, error) {
	var members []string
	bad := Value{}
	err := d.Array(func(int) error {
		v := Value{}
		if err := v.decode(kind-(KindSS-KindS), d); err != nil {
			return err
		}
		if v.kind == None && bad.IsZero() {
			bad = v
		}
		members = append(members, v.str)
		return nil
	})
	if err != nil || !bad.IsZero() {
		return bad, err
	}
	return newSet(kind, slices.Clip(members)), nil
}

// DecodeItem reads an object whose members are AttributeValues. See [Value.DecodeJSON]; the refusals in it are found
// with [CheckItem].
func DecodeItem(d *wire.Decoder) (Item, error) {
	item := Item{}
	err := d.Object(func(name string) error {
		v, err := decodeMember(d)
		item[name] = v
		return err
	})
	return item, err
}

// AppendJSON appends the value in its JSON form. An absent or refused value is {}.
func (v Value) AppendJSON(dst []byte) []byte {
	if v.kind == None {
		return append(dst, "{}"...)
	}
	dst = append(append(append(dst, `{"`...), kindNames[v.kind]...), `":`...)
	switch v.kind {
	case KindS, KindN:
		dst = wire.AppendString(dst, v.str)
	case KindB:
		dst = wire.AppendBytes(dst, []byte(v.str))
	case KindBOOL:
		dst = wire.AppendBool(dst, v.flag)
	case KindNULL:
		dst = append(dst, "true"...)
	case KindM:
		dst = AppendItem(dst, v.node.fields)
	case KindL:
		dst = append(dst, '[')
		for i, member := range v.node.list {
			dst = member.AppendJSON(comma(dst, i))
		}
		dst = append(dst, ']')
	default:
		dst = append(dst, '[')
		for i, member := range v.node.members {
			dst = comma(dst, i)
			if v.kind == KindBS {
				dst = wire.AppendBytes(dst, []byte(member))
			} else {
				dst = wire.AppendString(dst, member)
			}
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// AppendItem appends the attributes as a JSON object, sorted by name so that equal items have equal texts.
func AppendItem(dst []byte, item Item) []byte {
	var first [16]string
	names := first[:0]
	for name := range item {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		dst = append(wire.AppendString(comma(dst, i), name), ':')
		dst = item[name].AppendJSON(dst)
	}
	return append(dst, '}')
}

func comma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}
