package pattern

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzCompile(f *testing.F) {
	for _, c := range matchCases {
		f.Add(c.pattern)
	}
	f.Add(`{"a":[{"wildcard":"*a*a*a*a*a*a*a*a*a*a*"}]}`)
	f.Add(`{"$or":[{"$or":[{"a":[1]},{"b":[2]}]},{"prefix":["x"]}]}`)
	f.Fuzz(func(t *testing.T, pattern string) {
		p, err := Compile([]byte(pattern))
		if err != nil {
			if _, ok := err.(*Error); !ok || p != nil {
				t.Fatalf("%q: %T, %v", pattern, err, p)
			}
			return
		}
		if !json.Valid([]byte(pattern)) {
			t.Fatalf("%q compiles but is not JSON", pattern)
		}
		e, err := ParseString(`{"a":["x",1,{"b":null}],"b":"aaaaaaaaaaaaaaaaaaaaaaaa","c":{"d":[[{"a":1}]]}}`)
		if err != nil {
			t.Fatal(err)
		}
		if (len(p.Explain(e)) == 0) != p.MatchEvent(e) {
			t.Fatalf("%q: Explain and MatchEvent disagree", pattern)
		}
	})
}

func FuzzMatch(f *testing.F) {
	for _, c := range matchCases {
		f.Add(c.event)
	}
	var all []*Pattern
	for _, c := range matchCases {
		all = append(all, MustCompile(c.pattern))
	}
	f.Fuzz(func(t *testing.T, event string) {
		e, err := ParseString(event)
		object := strings.HasPrefix(strings.TrimLeft(event, " \t\r\n"), "{")
		if valid := object && json.Valid([]byte(event)); err == nil && !valid {
			t.Fatalf("%q is parsed but is no JSON object", event)
		}
		if Valid(event) != (err == nil) {
			t.Fatalf("%q: Valid is %t, Parse says %v", event, Valid(event), err)
		}
		if err != nil {
			return
		}
		for _, p := range all {
			if (len(p.Explain(e)) == 0) != p.MatchEvent(e) {
				t.Fatalf("%s on %q: Explain and MatchEvent disagree", p, event)
			}
		}
	})
}
