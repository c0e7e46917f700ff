package expect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/expect"
)

func TestDiff_of_arrays_is_minimal_R2_3(t *testing.T) {
	type line struct{ ID, SKU string }
	lines := func(text string) (list []line) {
		for i, sku := range strings.Fields(text) {
			list = append(list, line{fmt.Sprint(text, i), sku})
		}
		return list
	}
	for _, c := range []struct {
		reason    string
		want, got any
		volatile  []string
		differ    string
	}{
		{"one more in front", []int{1, 2, 3}, []int{0, 1, 2, 3}, nil, "0 absent 0"},
		{"one less in the middle", []int{1, 2, 3}, []int{1, 3}, nil, "1 2 absent"},
		{"one that moved", []int{1, 2, 3}, []int{3, 1, 2}, nil, "0 absent 3; 2 3 absent"},
		{"one that changed", []int{1, 2, 3}, []int{1, 9, 3}, nil, "1 2 9"},
		{"one that changed, and one more behind", []int{1, 2, 3}, []int{1, 9, 3, 4}, nil, "1 2 9; 3 absent 4"},
		{"nothing in common", []int{1, 2}, []int{3}, nil, "0 1 3; 1 2 absent"},
		{"a field of an element", lines("a b"), lines("a c"), []string{"*.ID"}, `1.SKU "b" "c"`},
		{"volatile parts do not hide what is the same", lines("a b c"), lines("x a b c"), []string{"*.ID"}, `0 absent {"ID":"x a b c0","SKU":"x"}`},
		{"arrays of arrays", [][]int{{1}, {2, 3}}, [][]int{{2, 3}}, nil, "0 [1] absent"},
		{"empty", []int{}, []int{1}, nil, "0 absent 1"},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			list, err := expect.Diff(c.want, c.got, c.volatile...)
			var got []string
			for _, d := range list {
				got = append(got, d.Path+" "+d.Want+" "+d.Got)
			}
			if text := strings.Join(got, "; "); err != nil || text != c.differ {
				t.Errorf("got  %s, %v\nwant %s", text, err, c.differ)
			}
		})
	}
}

// As many differences as elements were put in or left out, wherever that was, and none if none was.
func TestDiff_counts_what_was_changed_R2_3(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := rapid.SliceOfNDistinct(rapid.IntRange(0, 1000), 0, 30, rapid.ID[int]).Draw(r, "want")
		got := slices.Clone(want)
		more := rapid.IntRange(0, 3).Draw(r, "more")
		for i := range more {
			at := rapid.IntRange(0, len(got)).Draw(r, "at")
			got = slices.Insert(got, at, 2000+i)
		}
		if list, err := expect.Diff(want, got); err != nil || len(list) != more {
			r.Fatalf("put in: %v, %v", list, err)
		}
		if list, err := expect.Diff(got, want); err != nil || len(list) != more {
			r.Fatalf("left out: %v, %v", list, err)
		}
		again, _ := expect.Diff(want, got)
		if list, _ := expect.Diff(want, got); !slices.Equal(list, again) {
			r.Fatal("not the same each time")
		}
	})
}

func TestDiff_of_long_arrays_R2_3(t *testing.T) {
	want, got := make([]int, 3000), make([]int, 3000)
	for i := range want {
		want[i], got[i] = i, -i
	}
	if list, err := expect.Diff(want, got); err != nil || len(list) != 2999 {
		t.Errorf("%d differences, %v", len(list), err)
	}
}

func TestPairs_tell_the_nearest_element_R2_3(t *testing.T) {
	for _, c := range []struct {
		reason string
		with   expect.Matcher
		want   string
	}{
		{"a part of an element is met", expect.Has(map[string]any{"lines": []any{map[string]any{"sku": "B-2", "n": 4}}}), "detail.lines.1.n 4 3"},
		{"no part of any is met", expect.Has(map[string]any{"lines": []any{map[string]any{"sku": "C", "n": 9}}}), `detail.lines.* {"n": 9, "sku": "C"} absent`},
		{"an element is the nearest of one only", expect.Has(map[string]any{"lines": []any{map[string]any{"sku": "B-2", "n": 4}, map[string]any{"sku": "B-2", "n": 5}}}),
			`detail.lines.1.n 4 3; detail.lines.* {"n": 5, "sku": "B-2"} absent`},
		{"a set, and nothing is told twice", expect.At("lines", expect.Set(expect.Has(map[string]any{"sku": "A-1", "n": 1}), expect.Has(map[string]any{"sku": "B-2", "n": 4}))), "detail.lines.1.n 4 3"},
	} {
		var got []string
		for _, m := range expect.On("queue:*").With("detail", c.with).Match(received(orderBody)) {
			if m.Got == "" {
				m.Got = "absent"
			}
			got = append(got, m.Path+" "+m.Want+" "+m.Got)
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.reason, text, c.want)
		}
	}
}

func TestEnvelope_R2_3(t *testing.T) {
	r := &recorder{corr: "dye-1"}
	r.bus("LeadConverted", "acme", "L-1", 0)
	f := r.flow()
	arrival := f.Facts[0].Arrivals[0]
	changed := *arrival.Event
	changed.Key, changed.Source = "L-1", "crm.lead"
	arrival.Event = &changed
	for _, c := range []struct {
		where  expect.Matcher
		misses string
	}{
		{expect.Key("L-1"), ""},
		{expect.Key(expect.Regexp("^L-")), ""},
		{expect.Key("L-2"), `key "L-2" "L-1"`},
		{expect.Source("crm"), ""}, // what the body states counts
		{expect.Source("crm.lead"), `source "crm.lead" "crm"`},
		{expect.Key(expect.Absent()), `key absent "L-1"`},
	} {
		finding := expect.Judge(f, expect.Type("LeadConverted").Where(c.where)).Findings[0]
		var got []string
		for _, n := range finding.Near {
			for _, d := range n.Differences {
				got = append(got, d.Path+" "+d.Want+" "+d.Got)
			}
		}
		if text := strings.Join(got, "; "); finding.OK != (c.misses == "") || text != c.misses {
			t.Errorf("%s: got %q, want %q", c.where, text, c.misses)
		}
	}
	if m := expect.Type("OrderPlaced").Where(expect.Source("shop")).Match(received(orderBody)); len(m) > 0 {
		t.Errorf("the source that the body states: %v", m)
	}
}

// A name with dots in it can be written in a path, and is written so in reports.
func TestPaths_with_dots_in_names_R2_3(t *testing.T) {
	const body = `{"detail-type":"A","detail":{"labels":{"app.kubernetes.io/name":"crm","tier":"x"}}}`
	at := expect.On("queue:*").With(`detail.labels.app\.kubernetes\.io/name`, "crm")
	if m := at.Match(received(body)); len(m) > 0 {
		t.Error(m)
	}
	for _, s := range []expect.Selector{
		expect.On("queue:*").With(`detail.labels.app\.kubernetes\.io/name`, "shop"),
		expect.On("queue:*").With(`detail.*.app\.kubernetes\.io/name`, "shop"),
		expect.On("queue:*").With(`detail.labels`, expect.Has(map[string]any{"app.kubernetes.io/name": "shop"})),
	} {
		if m := s.Match(received(body)); len(m) != 1 || m[0].Path != `detail.labels.app\.kubernetes\.io/name` {
			t.Errorf("%s: %v", s, m)
		}
	}
	list, err := expect.Diff(map[string]int{"a.b": 1, "c.d": 1}, map[string]int{"a.b": 2, "c.d": 2}, `c\.d`)
	if err != nil || len(list) != 1 || list[0].Path != `a\.b` {
		t.Errorf("%v, %v", list, err)
	}
}
