package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// Step is one part of a document path: a name, or an index of a list.
type Step struct {
	Name  string
	Index int // −1 for a name
}

func (s Step) isIndex() bool { return s.Index >= 0 }

func (s Step) compare(o Step) int {
	if s.Index != o.Index {
		return s.Index - o.Index
	}
	return strings.Compare(s.Name, o.Name)
}

// Path leads to an attribute or into one. The first step is a name.
type Path []Step

// Head is the name of the top-level attribute.
func (p Path) Head() string { return p[0].Name }

// String returns the path as it stands in messages: [a, b, [0]].
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = s.Name
		if s.isIndex() {
			parts[i] = "[" + strconv.Itoa(s.Index) + "]"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (p Path) equal(q Path) bool { return slices.Equal(p, q) }

// Lookup returns what stands at the path in the item; a zero Value if nothing does.
func (p Path) Lookup(item attr.Item) attr.Value {
	v := item[p[0].Name]
	for _, s := range p[1:] {
		if !s.isIndex() {
			v = v.Map()[s.Name]
			continue
		}
		list := v.List()
		if s.Index >= len(list) {
			return attr.Value{}
		}
		v = list[s.Index]
	}
	return v
}

// tree joins the paths of a projection or update, so that each container is touched once.
type tree struct {
	step     Step
	children []*tree // either all names or all indexes, sorted
	leaf     int     // number of the path that ends here; −1 if none does
}

func newTree() *tree { return &tree{leaf: -1} }

// pathClash is two paths that cannot stand in one expression.
type pathClash struct {
	first, second Path
}

func (c *pathClash) reason(verb string) string {
	return "Two document paths " + verb + " with each other; must remove or rewrite one of these paths; path one: " +
		c.first.String() + ", path two: " + c.second.String()
}

// joinPaths builds the tree. overlap is the first pair of which one path is part of the other; conflict the first pair
// that takes one attribute for a map and for a list. With either of them there is no tree.
func joinPaths(paths []Path) (root *tree, overlap, conflict *pathClash) {
	root = newTree()
	for i, p := range paths {
		other, same := root.add(p, i)
		switch {
		case other < 0:
			continue
		case same && overlap == nil:
			overlap = &pathClash{paths[other], p}
		case !same && conflict == nil:
			conflict = &pathClash{paths[other], p}
		}
	}
	return root, overlap, conflict
}

// add inserts path number n. If that is impossible it returns the number of an earlier path in the way, and whether
// the two overlap (else they conflict).
func (t *tree) add(p Path, n int) (other int, overlap bool) {
	for _, s := range p {
		if t.leaf >= 0 {
			return t.leaf, true
		}
		if len(t.children) > 0 && t.children[0].step.isIndex() != s.isIndex() {
			return t.earliest(), false
		}
		at, found := slices.BinarySearchFunc(t.children, s, func(c *tree, s Step) int { return c.step.compare(s) })
		if !found {
			t.children = slices.Insert(t.children, at, &tree{step: s, leaf: -1})
		}
		t = t.children[at]
	}
	if t.leaf >= 0 || len(t.children) > 0 {
		return t.earliest(), true
	}
	t.leaf = n
	return -1, false
}

// earliest returns the smallest number of a path that ends here or below.
func (t *tree) earliest() int {
	first := t.leaf
	for _, c := range t.children {
		if n := c.earliest(); first < 0 || n >= 0 && n < first {
			first = n
		}
	}
	return first
}

// pick returns the parts of a container that the tree's paths reach; ok is false if there are none.
func (t *tree) pick(v attr.Value) (part attr.Value, ok bool) {
	if t.leaf >= 0 {
		return v, !v.IsZero()
	}
	if t.children[0].step.isIndex() {
		var list []attr.Value
		all := v.List()
		for _, c := range t.children {
			if c.step.Index < len(all) {
				if part, ok := c.pick(all[c.step.Index]); ok {
					list = append(list, part)
				}
			}
		}
		return attr.List(list), len(list) > 0
	}
	fields := t.pickFields(v.Map())
	return attr.Map(fields), len(fields) > 0
}

func (t *tree) pickFields(all map[string]attr.Value) map[string]attr.Value {
	fields := make(map[string]attr.Value, len(t.children))
	for _, c := range t.children {
		if v, ok := all[c.step.Name]; ok {
			if part, ok := c.pick(v); ok {
				fields[c.step.Name] = part
			}
		}
	}
	return fields
}
