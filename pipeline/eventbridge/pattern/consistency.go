package pattern

import (
	"encoding/binary"
	"slices"
)

// choice is the set of array elements that the values chosen so far lie in, innermost array first (descending ids).
type choice []element

type element struct{ array, index int32 }

// consistent walks the leaves in the order of their paths and keeps every choice of array elements in which all of
// them match. It returns the number of leaves for which a choice is left; all of them means the event matches.
//
// exists:false is judged against the elements chosen by the leaves before it, as event-ruler does: that makes its
// answer depend on the order of the paths.
//
// A choice forgets an array as soon as no later leaf has a value in it, and equal choices are merged. So unrelated
// arrays do not multiply, and there are never more choices than elements.
func consistent(leaves []*leaf, e *Event) int {
	last := lastUse(leaves, e)
	choices := []choice{nil}
	for i, l := range leaves {
		candidates := candidatesOf(l, e)
		var kept []choice
		seen := make(map[string]struct{})
		keep := func(c choice) {
			c = slices.DeleteFunc(c, func(el element) bool { return last[el.array] <= i })
			if key := c.key(); !has(seen, key) {
				seen[key] = struct{}{}
				kept = append(kept, c)
			}
		}
		for _, c := range choices {
			some := false
			candidates.each(e, c, func(v *value, merged choice) {
				some = true
				if l.match(v) {
					keep(merged)
				}
			})
			if l.absent && !some {
				keep(slices.Clone(c))
			}
		}
		if len(kept) == 0 {
			return i
		}
		choices = kept
	}
	return len(leaves)
}

func has(set map[string]struct{}, key string) bool {
	_, ok := set[key]
	return ok
}

func (c choice) key() string {
	if len(c) == 0 {
		return ""
	}
	b := make([]byte, 0, 8*len(c))
	for _, el := range c {
		b = binary.LittleEndian.AppendUint32(b, uint32(el.array))
		b = binary.LittleEndian.AppendUint32(b, uint32(el.index))
	}
	return string(b)
}

// lastUse tells for each array the last leaf that has a value in it.
func lastUse(leaves []*leaf, e *Event) map[int32]int {
	last := make(map[int32]int)
	for i, l := range leaves {
		for at := e.first(l.steps); at != none; at = e.values[at].next {
			for m := e.values[at].member; m != none; m = e.members[m].parent {
				last[e.members[m].array] = i
			}
		}
	}
	return last
}

// candidates are the values of one leaf. If they all lie in one array, they are also found by its elements, so that a
// long array costs one look-up per element and not one per pair of elements.
type candidates struct {
	all   []int32
	array int32 // none if the values share no array
	by    map[int32][]int32
}

func candidatesOf(l *leaf, e *Event) candidates {
	c := candidates{array: none}
	shared := make(map[int32]int)
	for at := e.first(l.steps); at != none; at = e.values[at].next {
		c.all = append(c.all, at)
		for m := e.values[at].member; m != none; m = e.members[m].parent {
			shared[e.members[m].array]++
		}
	}
	for array, n := range shared {
		if n == len(c.all) && array > c.array {
			c.array = array // the innermost array in which all of them lie
		}
	}
	if c.array == none {
		return c
	}
	c.by = make(map[int32][]int32)
	for _, at := range c.all {
		for m := e.values[at].member; m != none; m = e.members[m].parent {
			if e.members[m].array == c.array {
				c.by[e.members[m].index] = append(c.by[e.members[m].index], at)
			}
		}
	}
	return c
}

// each calls f for every value that can stand beside the choice, with the choice that results.
func (c *candidates) each(e *Event, before choice, f func(*value, choice)) {
	values := c.all
	if c.array != none {
		for _, el := range before {
			if el.array == c.array {
				values = c.by[el.index]
			}
		}
	}
	for _, at := range values {
		v := &e.values[at]
		if merged, ok := before.with(e, v.member); ok {
			f(v, merged)
		}
	}
}

// with merges the array elements around a value into the choice; ok is false if the choice has another element of one
// of these arrays.
func (c choice) with(e *Event, m int32) (merged choice, ok bool) {
	merged = make(choice, 0, len(c)+2)
	for m != none || len(c) > 0 {
		switch {
		case m == none || len(c) > 0 && c[0].array > e.members[m].array:
			merged = append(merged, c[0])
			c = c[1:]
		case len(c) == 0 || c[0].array < e.members[m].array:
			merged = append(merged, element{e.members[m].array, e.members[m].index})
			m = e.members[m].parent
		default:
			if c[0].index != e.members[m].index {
				return nil, false
			}
			merged = append(merged, c[0])
			c, m = c[1:], e.members[m].parent
		}
	}
	return merged, true
}
