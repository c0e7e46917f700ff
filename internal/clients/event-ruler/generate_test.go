package eventruler

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
)

// generator makes patterns and events over few names and values, so that they often meet.
type generator struct{ *rand.Rand }

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// list joins one to most of what make returns.
func (g generator) list(most int, make func() string) string {
	items := []string{make()}
	for range g.IntN(most) {
		items = append(items, make())
	}
	return "[" + strings.Join(items, ",") + "]"
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string always has JSON
	return string(b)
}

func (g generator) text() string {
	return quote(g.pick("", "x", "y", "a", "ab", "aba", "AB", "Ab", "a*b", `a\b`, "10.0.0.1", "010.0.0.001", "::1", "0:0:0:0:0:0:0:1", "10.0.0.256",
		"ÄB", "äb", "straße", "STRASSE", "true", "1", `"q"`, "é", "K", "2001:db8::ff", "10.0.0.255", "İ", "i̇", "ΰ"))
}

func (g generator) number() string {
	return g.pick("0", "-0", "1", "1.0", "1e0", "300", "3e2", "0.1", "0.10", "12345678901234567890", "123456789012", "-5", "5e9", "1e400",
		"0.30000000000000001", "9007199254740993", "9007199254740992", "1E-7", "0.0000001")
}

func (g generator) scalar() string {
	return g.pick(g.text(), g.text(), quote(g.pick("x", "y", "a")), g.number(), "true", "false", "null")
}

func (g generator) name() string { return quote(g.pick("a", "b", "c", "a.b", "b.c")) }

func (g generator) value(depth int) string {
	switch kind := g.IntN(10); {
	case depth == 0 || kind < 3:
		return g.scalar()
	case kind < 6 && g.IntN(4) == 0:
		return "[]"
	case kind < 6:
		return g.list(3, func() string { return g.value(depth - 1) })
	}
	return g.event(depth)
}

// event returns an object without duplicate names, which JSON leaves undefined. "a.b" beside "a" is none.
func (g generator) event(depth int) string {
	var members []string
	named := map[string]bool{}
	for range 1 + g.IntN(3) {
		if name := g.name(); !named[name] {
			named[name] = true
			members = append(members, name+":"+g.value(depth-1))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// valid returns an operator that event-ruler takes, but for ranges of addresses wider than /8, which event-ruler lets numbers and
// addresses of the other family pass.
func (g generator) valid() string {
	texts := func() string { return g.list(2, g.text) }
	short := func() string { return quote(g.pick("x", "y", "a", "ab", "AB", "ß", "10.")) }
	small := func() string { return g.pick("0", "1", "1.0", "300", "3e2", "0.1", "5e9", "-5") }
	wild := func() string { return quote(g.pick("*", "a*", "*b", "a*b", `a\*b`, "*a*b*", "", "x*", "*ß*")) }
	either := func(one func() string) string { return g.pick(one(), g.list(2, one)) }
	return g.pick(
		`{"prefix":`+g.text()+`}`, `{"suffix":`+g.text()+`}`, `{"prefix":{"equals-ignore-case":`+g.text()+`}}`,
		`{"suffix":{"equals-ignore-case":`+g.text()+`}}`, `{"equals-ignore-case":`+g.text()+`}`, `{"wildcard":`+wild()+`}`,
		`{"exists":true}`, `{"exists":false}`, `{"cidr":`+quote(g.pick("10.0.0.0/24", "10.0.0.1/31", "::1/127", "2001:db8::/32"))+`}`,
		`{"numeric":[`+g.pick(`"=",1`, `"<",1`, `">=",300`, `">",0,"<=",300`, `">=",-5,"<",0.1`)+`]}`,
		`{"anything-but":`+g.pick(g.text(), small(), texts(), g.list(2, small))+`}`,
		`{"anything-but":{"`+g.pick("prefix", "suffix", "equals-ignore-case")+`":`+either(short)+`}}`,
		`{"anything-but":{"wildcard":`+either(wild)+`}}`,
	)
}

// broken returns an operator that may be refused.
func (g generator) broken() string {
	mixed := func() string { return g.pick(g.text(), g.number()) }
	return g.pick(
		`{"wildcard":`+quote(g.pick("a**b", `a\x`, `\`))+`}`, `{"cidr":`+quote(g.pick("10.0.0.0", "x/3", "10.0.0.0/40", "10.0.0.0/", "10.0.0.0/-2", "::/129"))+`}`,
		`{"numeric":[`+g.pick(`"=",`+g.number(), `"!",1`, "", `">",1,"<"`, `"=",1,2`, `"<=","1"`, `">",1,2`)+`]}`, `{"anything-but":`+g.list(2, mixed)+`}`,
		`{"anything-but":{"`+g.pick("prefix", "suffix")+`":`+g.list(2, mixed)+`}}`,
		`{}`, `{"nope":1}`, `{"prefix":1}`, `{"exists":1}`, `{"prefix":"a","suffix":"b"}`, `[["x"]]`, `{"anything-but":null}`, `{"anything-but":{"x":1}}`,
		`{"anything-but":{"prefix":"a","suffix":"b"}}`, `{"numeric":["=",1],"x":2}`, `{"anything-but":"x","y":1}`, `{"prefix":{"equals-ignore-case":"a","x":1}}`,
		`{"prefix":{"equals-ignore-case":1}}`, `{"suffix":{}}`, `{"numeric":{}}`, `{"wildcard":null}`, `{"exists":true,"a":1}`,
	)
}

// crowded returns one field with wildcards that are about as complex as EventBridge takes, seldom together with others.
func (g generator) crowded() string {
	glob := func() string {
		text := g.pick("", "", "a", "ab", "b")
		for range g.IntN(4) {
			text += "*" + g.pick("a", "b", "ab", "aa", "aba", "abab", "bb")
		}
		return quote(text + g.pick("", "*"))
	}
	return `{"a":` + g.list(5, func() string {
		switch g.IntN(8) {
		case 0:
			return `{"anything-but":{"wildcard":` + g.list(3, glob) + `}}`
		case 1:
			return g.pick(quote("ab"), `{"prefix":"a"}`, `{"suffix":"b"}`, "1")
		}
		return `{"wildcard":` + glob() + `}`
	}) + `}`
}

func (g generator) leaf() string {
	return g.list(3, func() string {
		if g.IntN(40) == 0 {
			return g.broken()
		}
		return g.pick(g.scalar(), g.scalar(), g.valid(), g.valid(), g.valid())
	})
}

func (g generator) pattern(depth int) string {
	members := g.list(3, func() string {
		switch {
		case depth > 0 && g.IntN(5) == 0:
			return `"$or":` + g.list(4, func() string {
				if g.IntN(16) == 0 {
					return g.pick(`{"prefix":["x"]}`, `{"numeric":["=",1]}`, `{"exists":true}`)
				}
				return g.pattern(depth - 1)
			})
		case depth == 0 || g.IntN(2) == 0:
			return g.name() + ":" + g.leaf()
		case g.IntN(40) == 0:
			return g.name() + ":" + g.pick("1", `"x"`, "{}", "null", "[]")
		}
		return g.name() + ":" + g.pattern(depth-1)
	})
	return "{" + members[1:len(members)-1] + "}"
}
