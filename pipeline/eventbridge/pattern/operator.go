package pattern

import (
	"net/netip"
	"strings"
)

type operation uint8

const (
	opEquals  operation = iota // string or literal, by text
	opNumber                   // exact number
	opAddress                  // one address or a range of them
	opPrefix
	opSuffix
	opFold
	opPrefixFold
	opSuffixFold
	opWildcard
	opRange
	opExists
	opNotTexts
	opNotNumbers
	opNotAny // anything-but with one of the operators above, on a list
)

// operator is one entry of a path's list.
type operator struct {
	op    operation
	kind  valueKind // opEquals, opNumber: of the value it equals
	text  string    // opEquals, opNumber, opPrefix, opSuffix
	fold  foldText
	wild  wildcard
	cidr  netip.Prefix
	low   bound // opRange; opNumber keeps its number in low
	high  bound
	texts map[string]struct{} // opNotTexts
	not   []operator          // opNotAny: what no value may match; opNotNumbers
}

// bound is one end of a numeric range; unset means that end is open to infinity.
type bound struct {
	set, open bool
	number    float64
}

// match tells whether one value satisfies the operator.
func (o *operator) match(v *value) bool {
	switch o.op {
	case opEquals:
		return v.kind == o.kind && v.text == o.text
	case opNumber:
		return o.equalsNumber(v)
	case opRange:
		return v.kind == kindNumber && o.contains(v.number)
	case opExists:
		return true
	case opNotTexts:
		if v.kind != kindString {
			return true
		}
		_, listed := o.texts[v.text]
		return !listed
	case opNotNumbers, opNotAny:
		for i := range o.not {
			if o.not[i].match(v) {
				return false
			}
		}
		return true
	}
	return v.kind == kindString && o.matchString(v.text)
}

func (o *operator) matchString(s string) bool {
	switch o.op {
	case opAddress:
		addr, _, ok := parseAddress(s)
		return ok && o.cidr.Contains(addr)
	case opPrefix:
		return strings.HasPrefix(s, o.text)
	case opSuffix:
		return strings.HasSuffix(s, o.text)
	case opFold:
		return o.fold.equals(s)
	case opPrefixFold:
		_, ok := o.fold.prefixOf(s)
		return ok
	case opSuffixFold:
		return o.fold.suffixOf(s)
	case opWildcard:
		return o.wild.match(s)
	}
	return false
}

func (o *operator) equalsNumber(v *value) bool {
	if v.kind == kindNumber && o.kind == kindNumber {
		return v.number == o.low.number
	}
	return v.kind == o.kind && v.text == o.text
}

func (o *operator) contains(n float64) bool {
	if o.low.set && (n < o.low.number || o.low.open && n == o.low.number) {
		return false
	}
	return !o.high.set || n < o.high.number || !o.high.open && n == o.high.number
}

// exactString is a plain string of the pattern; one that is an address equals every spelling of that address.
func exactString(text string) operator {
	if addr, _, ok := parseAddress(text); ok {
		return operator{op: opAddress, cidr: netip.PrefixFrom(addr, addr.BitLen())}
	}
	return operator{op: opEquals, kind: kindString, text: text}
}

func exactNumber(text string) operator {
	o := operator{op: opNumber, kind: kindBigNumber, text: text}
	if n, ok := comparableNumber(text); ok {
		o.kind, o.low.number = kindNumber, n
	}
	return o
}
