package attr

import (
	"encoding/base64"
	"slices"
	"strings"
)

// few is the size up to which a linear search through a set beats building an index of it.
const few = 16

// StringSet returns an SS value that owns members. Without members, or with one twice, it is refused.
func StringSet(members []string) Value { return newSet(KindSS, members) }

// NumberSet returns an NS value. Without members, or with one twice, it is refused.
func NumberSet(members []Number) Value {
	texts := make([]string, len(members))
	for i, n := range members {
		texts[i] = n.String()
	}
	return newSet(KindNS, texts)
}

// BinarySet returns a BS value with copies of the members. Without members, or with one twice, it is refused.
func BinarySet(members [][]byte) Value {
	texts := make([]string, len(members))
	for i, b := range members {
		texts[i] = string(b)
	}
	return newSet(KindBS, texts)
}

// newSet makes a set of one kind from members in the form of Value.str.
func newSet(kind Kind, members []string) Value {
	if len(members) == 0 {
		switch kind {
		case KindSS:
			return refused(msgEmptySS)
		case KindNS:
			return refused(msgEmptyNS)
		}
		return refused(msgEmptyBS)
	}
	if hasDuplicates(members) {
		return refused(duplicatesMessage(kind, members))
	}
	return trustedSet(kind, members)
}

// trustedSet makes a set of members that are known to be distinct. It puts them in the service's own order, which it tells them in:
// texts and binaries by their bytes, numbers by their values.
//
// Source: answers of the service recorded in the public suite dynamodb-conformance.
func trustedSet(kind Kind, members []string) Value {
	order := strings.Compare
	if kind == KindNS {
		order = compareNumbers
	}
	if !slices.IsSortedFunc(members, order) {
		members = slices.Clone(members) // the request's own list may still be read
		slices.SortFunc(members, order)
	}
	v := Value{kind: kind, depth: 1, node: &node{members: members}}
	for _, s := range members {
		v.size += uint32(memberSize(kind, s))
	}
	return v
}

// compareNumbers compares canonical texts.
func compareNumbers(a, b string) int {
	x, _ := ParseNumber(a)
	y, _ := ParseNumber(b)
	return x.Compare(y)
}

func memberSize(kind Kind, s string) int {
	if kind != KindNS {
		return len(s)
	}
	n, _ := ParseNumber(s) // canonical text
	return n.Size()
}

func hasDuplicates(members []string) bool {
	if len(members) <= few {
		for i, s := range members {
			if slices.Contains(members[:i], s) {
				return true
			}
		}
		return false
	}
	sorted := slices.Sorted(slices.Values(members))
	return len(slices.Compact(sorted)) < len(members)
}

func duplicatesMessage(kind Kind, members []string) string {
	const prefix = "One or more parameter values were invalid: Input collection ["
	switch kind {
	case KindSS:
		return prefix + strings.Join(members, ", ") + "] contains duplicates."
	case KindBS:
		texts := make([]string, len(members))
		for i, s := range members {
			texts[i] = base64.StdEncoding.EncodeToString([]byte(s))
		}
		return prefix + strings.Join(texts, ", ") + "]of type BS contains duplicates."
	}
	return msgDuplicates
}

// StrSet returns the members of an SS, by their bytes, which must not be changed; else nil.
func (v Value) StrSet() []string {
	if v.kind != KindSS {
		return nil
	}
	return v.node.members
}

// NumSet returns the members of an NS; else nil.
func (v Value) NumSet() []Number {
	if v.kind != KindNS {
		return nil
	}
	numbers := make([]Number, len(v.node.members))
	for i, s := range v.node.members {
		numbers[i], _ = ParseNumber(s) // canonical text
	}
	return numbers
}

// BinSet returns copies of the members of a BS; else nil.
func (v Value) BinSet() [][]byte {
	if v.kind != KindBS {
		return nil
	}
	blobs := make([][]byte, len(v.node.members))
	for i, s := range v.node.members {
		blobs[i] = []byte(s)
	}
	return blobs
}

// Len is the number of members of a set, an M or an L; else 0.
func (v Value) Len() int {
	if v.node == nil {
		return 0
	}
	return len(v.node.members) + len(v.node.list) + len(v.node.fields)
}

// Has reports whether the set contains member, which is of the kind of its members: S for SS, N for NS, B for BS.
func (v Value) Has(member Value) bool {
	return v.kind.IsSet() && member.kind == v.kind-(KindSS-KindS) && slices.Contains(v.node.members, member.str)
}

// index answers membership for many questions.
func (v Value) index() func(string) bool {
	if len(v.node.members) <= few {
		return func(s string) bool { return slices.Contains(v.node.members, s) }
	}
	in := make(map[string]struct{}, len(v.node.members))
	for _, s := range v.node.members {
		in[s] = struct{}{}
	}
	return func(s string) bool { _, ok := in[s]; return ok }
}

// includes reports whether each member of b is one of v.
func (v Value) includes(b Value) bool {
	if slices.Equal(v.node.members, b.node.members) {
		return true
	}
	has := v.index()
	for _, s := range b.node.members {
		if !has(s) {
			return false
		}
	}
	return true
}

// Union returns the set with the members of a and those of b. Both must be sets of one kind.
func Union(a, b Value) Value {
	has := a.index()
	members := slices.Clip(a.node.members) // a is immutable: appending copies
	for _, s := range b.node.members {
		if !has(s) {
			members = append(members, s)
		}
	}
	return trustedSet(a.kind, members)
}

// Difference returns the set a without the members of b, which must be sets of one kind. ok is false if nothing is
// left, since DynamoDB has no empty sets.
func Difference(a, b Value) (v Value, ok bool) {
	has := b.index()
	members := make([]string, 0, len(a.node.members))
	for _, s := range a.node.members {
		if !has(s) {
			members = append(members, s)
		}
	}
	if len(members) == 0 {
		return Value{}, false
	}
	return trustedSet(a.kind, members), true
}
