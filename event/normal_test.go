package event_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
)

func normal(t interface{ Fatal(...any) }, n event.Normal, bodies ...string) string {
	var list []any
	for _, body := range bodies {
		d, err := event.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d.Root)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, v := range n.Apply(list...) {
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	return strings.ReplaceAll(strings.TrimSpace(b.String()), "\n", " ")
}

func TestNormal_keeps_identity_R2_4(t *testing.T) {
	const one, two = "8c3f6a52-9d1e-4b7a-a0f3-2e5d8c7b6a91", "0d4b2c1a-7e6f-4a3b-9c8d-1f2e3d4c5b6a"
	types := event.Normal{Patterns: event.VolatileTypes()}
	for _, c := range []struct {
		reason string
		normal event.Normal
		bodies []string
		want   string
	}{
		{"nothing asked for", event.Normal{}, []string{`{"id":"` + one + `"}`}, `{"id":"` + one + `"}`},
		{"by type", types, []string{`{"a":"` + one + `","b":"` + two + `","c":"` + one + `","at":"2026-01-01T00:00:00.5Z"}`}, `{"a":"<id-1>","at":"<time-1>","b":"<id-2>","c":"<id-1>"}`},
		{"across documents", types, []string{`["` + one + `"]`, `["` + two + `","` + one + `"]`}, `["<id-1>"] ["<id-2>","<id-1>"]`},
		{"within a text", types, []string{`["contact/` + one + `/` + two + `!"]`}, `["contact/<id-1>/<id-2>!"]`},
		{"a ULID", types, []string{`["01ARZ3NDEKTSV4RRFFQ69G5FAV"]`}, `["<id-1>"]`},
		{"by path, and the same elsewhere", event.Normal{Paths: []string{"lead.key"}}, []string{`{"a":"of L-000017","lead":{"key":"L-000017"},"z":"L-000017"}`}, `{"a":"of <key-1>","lead":{"key":"<key-1>"},"z":"<key-1>"}`},
		{"a short text is named at its path only", event.Normal{Paths: []string{"n"}}, []string{`{"n":"1","m":"1"}`}, `{"m":"1","n":"<n-1>"}`},
		{"a number by path", event.Normal{Paths: []string{"at"}}, []string{`{"at":1767225600.25,"n":1767225600.25}`}, `{"at":"<at-1>","n":1767225600.25}`},
		{"null stays null", event.Normal{Paths: []string{"at"}}, []string{`{"at":null}`}, `{"at":null}`},
		{"a path before a type", event.Normal{Paths: []string{"*.contact_id"}, Patterns: event.VolatileTypes()}, []string{`{"a":"` + one + `","b":{"contact_id":"` + one + `"}}`}, `{"a":"<contact_id-1>","b":{"contact_id":"<contact_id-1>"}}`},
		{"by pattern", event.Normal{Patterns: []event.VolatilePattern{{Name: "port", Pattern: regexp.MustCompile(`:\d+`)}}}, []string{`["host:80","host:81","other:80"]`}, `["host<port-1>","host<port-2>","other<port-1>"]`},
		{"names of members", types, []string{`{"` + two + `":1,"` + one + `":0}`}, `{"<id-1>":0,"<id-2>":1}`},
		{"a set", event.Normal{Sets: []string{"tags"}}, []string{`{"tags":["b","a"],"list":["b","a"]}`}, `{"list":["b","a"],"tags":["a","b"]}`},
		{"a set of volatile things", event.Normal{Sets: []string{"lines"}, Patterns: event.VolatileTypes()}, []string{`{"lines":[{"id":"` + one + `","n":2},{"id":"` + two + `","n":1}]}`}, `{"lines":[{"id":"<id-1>","n":1},{"id":"<id-2>","n":2}]}`},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			if got := normal(t, c.normal, c.bodies...); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Two documents that differ in their ids only, and not in which of them are the same, have one normal form.
func TestNormal_is_the_same_for_other_ids_R2_4(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		uuid := rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
		which := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 12).Draw(r, "which")
		document := func(label string) string {
			ids := rapid.SliceOfNDistinct(uuid, 4, 4, rapid.ID).Draw(r, label)
			var parts []string
			for i, w := range which {
				parts = append(parts, fmt.Sprintf(`{"n":%d,"id":%q,"text":"of %s"}`, i, ids[w], ids[which[0]]))
			}
			return "[" + strings.Join(parts, ",") + "]"
		}
		n := event.Normal{Patterns: event.VolatileTypes()}
		if a, b := normal(r, n, document("one")), normal(r, n, document("two")); a != b {
			r.Fatalf("%s\n%s", a, b)
		}
	})
}

func FuzzNormal(f *testing.F) {
	f.Add(`{"id":"L-000017","tags":["b",{"id":"L-000017"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		d, err := event.Decode(body)
		if err != nil {
			return
		}
		n := event.Normal{Paths: []string{"id", "*.id"}, Sets: []string{"tags"}, Patterns: event.VolatileTypes()}
		once := n.Apply(d.Root)
		if _, err := json.Marshal(once[0]); err != nil {
			t.Fatal(err)
		}
	})
}

func ExampleNormal_Apply() {
	document, err := event.Decode(`{"contact":"8c3f6a52-9d1e-4b7a-a0f3-2e5d8c7b6a91","text":"8c3f6a52-9d1e-4b7a-a0f3-2e5d8c7b6a91 was created","tags":["vip","new"]}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	n := event.Normal{Patterns: event.VolatileTypes(), Sets: []string{"tags"}}
	for _, d := range n.Apply(document.Root) {
		fmt.Println(d)
	}
	// Output: map[contact:<id-1> tags:[new vip] text:<id-1> was created]
}
