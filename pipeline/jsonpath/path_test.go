package jsonpath

import (
	"encoding/json"
	"testing"
)

func TestPath_finds(t *testing.T) {
	document := []byte(`{"a":{"b":[{"c":1},{"c":"x","d":null}],"e-f":{"g/h":true}},"a.b":5}`)
	for _, row := range []struct{ path, want, reason string }{
		{"$", string(document), "the whole document"},
		{"$.a.b[1].c", `"x"`, "index"},
		{"$.a.b[0]", `{"c":1}`, "an object"},
		{"$.a.b[*].c", `[1,"x"]`, "all elements"},
		{"$.a.b[2].c", "", "no such element"},
		{"$.a.e-f.g/h", "true", "dash and slash"},
		{"$['a.b']", "5", "a quoted name"},
		{"$.a.b[1].d", "null", "null is there"},
		{"$.x.y", "", "absent"},
		{"$.a.b.c", "", "a name into a list"},
	} {
		p, err := Parse(row.path)
		if err != nil {
			t.Errorf("%s: %v", row.path, err)
			continue
		}
		if got := string(p.Find(document)); got != row.want {
			t.Errorf("%s (%s): %s, want %s", row.path, row.reason, got, row.want)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, text := range []string{"$", "$.a[0]['b'].*", "$[", "$[]", "$.", "$..a", "$['"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := Parse(text); err == nil {
			p.Find([]byte(`{"a":[{"b":{"c":1}}]}`))
		}
	})
}

func FuzzMembers(f *testing.F) {
	f.Add(`{"a":{"b":[{"c":1}]},"d":"x"}`)
	f.Add(`[[],{},"\"",-1e5 , null ]`)
	f.Fuzz(func(t *testing.T, text string) {
		whole := json.Valid([]byte(text))
		members([]byte(text), func(key []byte, _ int, value []byte) {
			if whole && (!json.Valid(value) || key != nil && !json.Valid(key)) {
				t.Fatalf("%s: member %s: %s", text, key, value)
			}
		})
	})
}
