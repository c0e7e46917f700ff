package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse_reads_what_was_written(t *testing.T) {
	name := rapid.StringMatching(`[a-z][a-z0-9_]{0,8}`)
	value := rapid.StringMatching(`[A-Za-z0-9+/=:.-][A-Za-z0-9+/=#;:.-]{0,11}`)
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]section{}
		var b strings.Builder
		sections := rapid.MapOfN(name, rapid.MapOfN(name, value, 0, 4), 0, 4).Draw(t, "sections")
		for _, heading := range slices.Sorted(maps.Keys(sections)) {
			settings := sections[heading]
			heading = rapid.SampledFrom([]string{"", "profile "}).Draw(t, "kind") + heading
			want[heading] = section{}
			fmt.Fprintf(&b, "%s[%s]%s\n", rapid.SampledFrom([]string{"", "# x\n", "\r\n"}).Draw(t, "before"), heading, rapid.SampledFrom([]string{"", " ", " # x"}).Draw(t, "after"))
			for _, key := range slices.Sorted(maps.Keys(settings)) {
				want[heading][key] = settings[key]
				fmt.Fprintf(&b, "%s%s%s%s\n", key, rapid.SampledFrom([]string{"=", " = ", "\t= "}).Draw(t, "equals"), settings[key], rapid.SampledFrom([]string{"", " ; x", "\r"}).Draw(t, "comment"))
			}
		}
		got, err := parse("file", b.String())
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%q: %v\n%s", b.String(), err, d)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("[default]\naws_access_key_id = A # x\nsqs =\n  endpoint_url = http://x\n")
	f.Add("\ufeff[profile \"a b\"] ; c\r\nx=\r\n\ty=z\n[a]\n[a]\nk==v")
	f.Add("[\n]=\n")
	f.Fuzz(func(t *testing.T, text string) {
		sections, err := parse("file", text)
		if err != nil {
			e, ok := err.(*SyntaxError)
			if !ok || e.Line < 1 || e.Line > strings.Count(text, "\n")+1 {
				t.Errorf("%#v", err)
			}
			return
		}
		for heading, s := range sections {
			if strings.ContainsAny(heading, "]\n") {
				t.Errorf("heading %q", heading)
			}
			for name, value := range s {
				if name == "" || strings.TrimSpace(value) != value || strings.Contains(value, "\n") {
					t.Errorf("%q = %q", name, value)
				}
			}
		}
	})
}
