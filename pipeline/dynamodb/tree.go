package dynamodb

import (
	"slices"
	"sort"
)

// tree is a B-tree of records by key. The zero tree is empty. Get, put and delete are O(log n) in comparisons and touch
// O(log n) nodes; walking costs one step a record.
type tree struct {
	root *branch
	size int
}

// branch is a node of a tree: a leaf if it has no children, else it has one child more than entries.
type branch struct {
	entries  []entry
	children []*branch
}

type entry struct {
	key string
	rec *record
}

const (
	maxEntries = 63 // of a node
	minEntries = maxEntries / 2
)

// find returns where key is or would be among the node's entries.
func (b *branch) find(key string) (int, bool) {
	i := sort.Search(len(b.entries), func(i int) bool { return b.entries[i].key >= key })
	return i, i < len(b.entries) && b.entries[i].key == key
}

func (b *branch) leaf() bool { return len(b.children) == 0 }

// get returns the record at key, or nil.
func (t *tree) get(key string) *record {
	for b := t.root; b != nil; {
		i, found := b.find(key)
		if found {
			return b.entries[i].rec
		}
		if b.leaf() {
			return nil
		}
		b = b.children[i]
	}
	return nil
}

// put stores rec at key, in place of what is there.
func (t *tree) put(key string, rec *record) {
	if t.root == nil {
		t.root = &branch{}
	}
	if len(t.root.entries) == maxEntries {
		t.root = &branch{children: []*branch{t.root}}
		t.root.split(0)
	}
	if t.root.put(entry{key, rec}) {
		t.size++
	}
}

// put reports whether the key is new. The node is not full.
func (b *branch) put(e entry) bool {
	i, found := b.find(e.key)
	switch {
	case found:
		b.entries[i] = e
		return false
	case b.leaf():
		b.entries = slices.Insert(b.entries, i, e)
		return true
	}
	if len(b.children[i].entries) == maxEntries {
		b.split(i)
		switch {
		case e.key == b.entries[i].key:
			b.entries[i] = e
			return false
		case e.key > b.entries[i].key:
			i++
		}
	}
	return b.children[i].put(e)
}

// split makes two of the full child i and lifts its middle entry.
func (b *branch) split(i int) {
	left := b.children[i]
	middle := left.entries[minEntries]
	right := &branch{entries: append(make([]entry, 0, maxEntries), left.entries[minEntries+1:]...)}
	if !left.leaf() {
		right.children = append(make([]*branch, 0, maxEntries+1), left.children[minEntries+1:]...)
		clear(left.children[minEntries+1:])
		left.children = left.children[:minEntries+1]
	}
	clear(left.entries[minEntries:])
	left.entries = left.entries[:minEntries]
	b.entries = slices.Insert(b.entries, i, middle)
	b.children = slices.Insert(b.children, i+1, right)
}

// delete removes key if it is there.
func (t *tree) delete(key string) {
	if t.root == nil {
		return
	}
	if t.root.delete(key) {
		t.size--
	}
	switch {
	case len(t.root.entries) > 0:
	case t.root.leaf():
		t.root = nil
	default:
		t.root = t.root.children[0]
	}
}

// delete reports whether key was there. The node has more than the fewest entries, or is the root.
func (b *branch) delete(key string) bool {
	i, found := b.find(key)
	if b.leaf() {
		if found {
			b.entries = slices.Delete(b.entries, i, i+1)
		}
		return found
	}
	if found {
		if left := b.children[i]; len(left.entries) > minEntries {
			b.entries[i] = left.last()
			return left.delete(b.entries[i].key)
		}
		if right := b.children[i+1]; len(right.entries) > minEntries {
			b.entries[i] = right.first()
			return right.delete(b.entries[i].key)
		}
		b.merge(i)
		return b.children[i].delete(key)
	}
	return b.children[b.fill(i)].delete(key)
}

func (b *branch) first() entry {
	for !b.leaf() {
		b = b.children[0]
	}
	return b.entries[0]
}

func (b *branch) last() entry {
	for !b.leaf() {
		b = b.children[len(b.children)-1]
	}
	return b.entries[len(b.entries)-1]
}

// fill sees to it that child i can lose an entry, and returns where that child is afterwards.
func (b *branch) fill(i int) int {
	child := b.children[i]
	if len(child.entries) > minEntries {
		return i
	}
	if i > 0 && len(b.children[i-1].entries) > minEntries {
		left := b.children[i-1]
		n := len(left.entries) - 1
		child.entries = slices.Insert(child.entries, 0, b.entries[i-1])
		b.entries[i-1] = left.entries[n]
		left.entries = slices.Delete(left.entries, n, n+1)
		if !left.leaf() {
			child.children = slices.Insert(child.children, 0, left.children[n+1])
			left.children = slices.Delete(left.children, n+1, n+2)
		}
		return i
	}
	if i < len(b.entries) && len(b.children[i+1].entries) > minEntries {
		right := b.children[i+1]
		child.entries = append(child.entries, b.entries[i])
		b.entries[i] = right.entries[0]
		right.entries = slices.Delete(right.entries, 0, 1)
		if !right.leaf() {
			child.children = append(child.children, right.children[0])
			right.children = slices.Delete(right.children, 0, 1)
		}
		return i
	}
	if i == len(b.entries) {
		i--
	}
	b.merge(i)
	return i
}

// merge joins child i, entry i and child i+1; both children have the fewest entries.
func (b *branch) merge(i int) {
	left, right := b.children[i], b.children[i+1]
	left.entries = append(append(left.entries, b.entries[i]), right.entries...)
	left.children = append(left.children, right.children...)
	b.entries = slices.Delete(b.entries, i, i+1)
	b.children = slices.Delete(b.children, i+1, i+2)
}

// ascend calls visit for the keys in [from, to) in order until it returns false; to "" is no bound.
func (t *tree) ascend(from, to string, visit func(key string, rec *record) bool) {
	if t.root != nil {
		t.root.ascend(from, to, visit)
	}
}

func (b *branch) ascend(from, to string, visit func(string, *record) bool) bool {
	i, _ := b.find(from)
	for ; i <= len(b.entries); i++ {
		if !b.leaf() && !b.children[i].ascend(from, to, visit) {
			return false
		}
		if i == len(b.entries) {
			return true
		}
		if e := b.entries[i]; to != "" && e.key >= to || !visit(e.key, e.rec) {
			return false
		}
	}
	return true
}

// descend calls visit for the keys in [from, to) in reverse order until it returns false; to "" is no bound.
func (t *tree) descend(from, to string, visit func(key string, rec *record) bool) {
	if t.root != nil {
		t.root.descend(from, to, visit)
	}
}

func (b *branch) descend(from, to string, visit func(string, *record) bool) bool {
	i := len(b.entries)
	if to != "" {
		i, _ = b.find(to)
	}
	for ; i >= 0; i-- {
		if !b.leaf() && !b.children[i].descend(from, to, visit) {
			return false
		}
		if i == 0 {
			return true
		}
		if e := b.entries[i-1]; e.key < from || !visit(e.key, e.rec) {
			return false
		}
	}
	return true
}
