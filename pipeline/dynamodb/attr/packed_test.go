package attr

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// items draws items of up to 20 attributes, some with names and texts longer than one byte of length can tell.
func items(depth int) *rapid.Generator[Item] {
	return rapid.MapOfN(rapid.StringN(0, 200, -1), rapid.OneOf(values(depth), rapid.Map(rapid.StringN(100, 300, -1), String)), 0, 20)
}

func TestPack_keeps_the_item_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := items(2).Draw(t, "item")
		p := Pack(item)
		if n := lengthOfFields(item); n != len(p) {
			t.Fatalf("%d bytes were foretold, %d are there", n, len(p))
		}
		if !EqualItems(p.Item(), item) || ItemSize(p.Item()) != ItemSize(item) {
			t.Fatalf("got %v, want %v", p.Item(), item)
		}
		if got, want := string(p.AppendJSON(nil)), string(AppendItem(nil, item)); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		for name, v := range item {
			got := p.Get(name)
			if !Equal(got, v) || got.Size() != v.Size() || got.Depth() != v.Depth() {
				t.Fatalf("%q: got %v, want %v", name, got, v)
			}
		}
		if absent := rapid.String().Draw(t, "name"); !Equal(p.Get(absent), item[absent]) {
			t.Fatalf("%q: got %v", absent, p.Get(absent))
		}
		chosen := rapid.SliceOf(rapid.SampledFrom(append(slices.Sorted(maps.Keys(item)), "absent"))).Draw(t, "chosen")
		part := Item{}
		for _, name := range chosen {
			if v, ok := item[name]; ok {
				part[name] = v
			}
		}
		if got := p.Pick(func(name string) bool { return slices.Contains(chosen, name) }); got != Pack(part) {
			t.Fatalf("of %q: got %v, want %v", chosen, got.Item(), part)
		}
	})
}

func TestPacked_items_are_equal_by_their_text_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := Item{"s": rapid.SampledFrom([]Value{String("a"), String("b"), Bool(true), Bool(false)}).Draw(t, "s")}
		other := Item{"s": rapid.SampledFrom([]Value{String("a"), String("b"), Bool(true), Bool(false)}).Draw(t, "other s")}
		members := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 1, 3, rapid.ID[string])
		item["set"], other["set"] = StringSet(members.Draw(t, "set")), StringSet(members.Draw(t, "other set"))
		if got, want := Pack(item) == Pack(other), EqualItems(item, other); got != want {
			t.Fatalf("%v and %v: got %t", item, other, got)
		}
	})
}

func TestPacked_tells_no_item_from_an_empty_one_R1_3(t *testing.T) {
	none, empty := Pack(nil), Pack(Item{})
	if !none.IsZero() || empty.IsZero() {
		t.Errorf("no item is zero: %t, an empty one: %t", none.IsZero(), empty.IsZero())
	}
	if none.Item() != nil || empty.Item() == nil {
		t.Errorf("got %v and %v", none.Item(), empty.Item())
	}
	if got := none.Pick(func(string) bool { return true }); !got.IsZero() {
		t.Errorf("a part of no item is %v", got.Item())
	}
	if got := none.Get("a"); !got.IsZero() {
		t.Errorf("no item has %v", got)
	}
}
