package pattern

import (
	"slices"
	"strings"
)

// maxComplexity is how many positions in the wildcards of one field a value may have reached at the same time, in the worst case.
//
// Source: the README of AWS's event-ruler tells the measure ("how many wildcard rule prefixes can match"). The limit is that of
// public reports: patterns that measure 8 and 9 were taken by EventBridge, others that measure 11, 12 and 16 were refused.
const maxComplexity = 10

const tooComplex = "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character"

// overComplex reports whether AWS refuses the alternatives of a pattern for their wildcards.
//
// Wildcards count together if they are for one path and nothing before it, in the order of the paths, tells their alternatives apart.
func overComplex(alternatives [][]*leaf) bool {
	root := &stage{}
	for _, leaves := range alternatives {
		at := root
		for _, l := range leaves {
			at = at.add(l)
		}
	}
	return root.overComplex()
}

// stage is where a matcher stands after some fields.
type stage struct {
	next  map[*leaf]*stage
	globs map[string][]*glob // by path of the next field
}

// add goes on to the stage after l. A wildcard that is there already, such as that of another alternative, counts again.
func (s *stage) add(l *leaf) *stage {
	if s.next == nil {
		s.next, s.globs = map[*leaf]*stage{}, map[string][]*glob{}
	}
	for i := range l.operators {
		for _, g := range globsOf(&l.operators[i]) {
			s.globs[l.path] = appendGlob(s.globs[l.path], g)
		}
	}
	next := s.next[l]
	if next == nil {
		next = &stage{}
		s.next[l] = next
	}
	return next
}

func (s *stage) overComplex() bool {
	for _, globs := range s.globs {
		if reached(globs) > maxComplexity {
			return true
		}
	}
	for _, next := range s.next {
		if next.overComplex() {
			return true
		}
	}
	return false
}

// glob is a wildcard as a matcher sees it: with the quotes around the value. What several globs of one owner have in common, up to
// the first asterisk, counts once, and so does the end of all of them.
type glob struct {
	owner  string   // the wildcard, or all of one anything-but
	head   string   // before the first asterisk
	parts  []string // after each asterisk
	shared int      // positions that an earlier glob of the same owner counts
}

func globsOf(o *operator) []*glob {
	switch {
	case o.op == opWildcard:
		return []*glob{newGlob("wildcard", &o.wild)}
	case o.op != opNotAny || len(o.not) == 0 || o.not[0].op != opWildcard:
		return nil
	}
	var globs []*glob
	var owners []string
	for i := range o.not {
		g := newGlob("", &o.not[i].wild)
		owners, globs = append(owners, g.owner), append(globs, g)
	}
	slices.Sort(owners)
	owner := strings.Join(slices.Compact(owners), "\x00")
	first := map[string]bool{}
	return slices.DeleteFunc(globs, func(g *glob) bool {
		again := first[g.owner]
		first[g.owner] = true
		g.owner = owner
		return again
	})
}

func newGlob(kind string, w *wildcard) *glob {
	g := &glob{head: `"` + w.parts[0]}
	if len(w.parts) == 1 {
		g.head += `"`
	} else {
		g.parts = slices.Clone(w.parts[1:])
		g.parts[len(g.parts)-1] += `"`
	}
	g.owner = kind + g.head + "\x01" + strings.Join(g.parts, "\x01")
	return g
}

func appendGlob(list []*glob, g *glob) []*glob {
	for _, old := range list {
		if old.owner != g.owner {
			continue
		}
		same := 0
		for same < len(g.head) && same < len(old.head) && g.head[same] == old.head[same] {
			same++
		}
		if same == len(g.head) && same == len(old.head) && len(g.parts) > 0 && len(old.parts) > 0 {
			same++ // the asterisk
		}
		g.shared = max(g.shared, same)
	}
	return append(list, g)
}

// reached returns how many positions of globs a value can have reached at the same time.
func reached(globs []*glob) int {
	most := 0
	for _, g := range globs {
		if most = max(most, onTheWay(globs, g.head)); most > maxComplexity {
			break
		}
		if len(g.parts) > 0 {
			most = max(most, inTheEnd(globs, g.head))
		}
	}
	return most
}

// onTheWay is the most that a value reaches while it comes along head.
func onTheWay(globs []*glob, head string) int {
	walks := make([]*walk, len(globs))
	for i, g := range globs {
		walks[i] = newWalk(g)
	}
	most := 0
	for i := range len(head) {
		n := 0
		var ended []string
		for j, w := range walks {
			positions, end := w.step(head[i])
			n += positions
			if end && !slices.Contains(ended, globs[j].owner) {
				ended = append(ended, globs[j].owner)
			}
		}
		most = max(most, n+len(ended))
	}
	return most
}

// walk is the positions of one glob that a value has reached. Position i is behind the first i tokens: bytes, or -1 for an asterisk.
type walk struct {
	tokens    []int
	now, next []bool
	shared    int
}

func newWalk(g *glob) *walk {
	w := &walk{shared: g.shared}
	add := func(part string) {
		for i := range len(part) {
			w.tokens = append(w.tokens, int(part[i]))
		}
	}
	add(g.head)
	for _, part := range g.parts {
		w.tokens = append(w.tokens, -1)
		add(part)
	}
	w.now, w.next = make([]bool, len(w.tokens)+1), make([]bool, len(w.tokens)+1)
	w.now[0] = true
	return w
}

// step goes on by one byte and returns how many positions but the end count then, and whether the end is reached. A position before an
// asterisk has the asterisk count, too.
func (w *walk) step(b byte) (n int, end bool) {
	clear(w.next)
	for i, here := range w.now {
		if !here {
			continue
		}
		if i > 0 && w.tokens[i-1] < 0 {
			w.next[i] = true
		}
		if i == len(w.tokens) {
			continue
		}
		switch {
		case w.tokens[i] == int(b):
			w.next[i+1] = true
		case w.tokens[i] < 0:
			w.next[i+1] = true
			if i+1 < len(w.tokens) && w.tokens[i+1] == int(b) {
				w.next[i+2] = true
			}
		}
	}
	w.now, w.next = w.next, w.now
	for i, here := range w.now[:len(w.tokens)] {
		if !here {
			continue
		}
		if i > w.shared {
			n++
		}
		if w.tokens[i] < 0 && !w.now[i+1] && i+1 > w.shared {
			n++
		}
	}
	return n, w.now[len(w.tokens)]
}

// inTheEnd is the most that a value reaches which began with head and then had all that the globs ask for: it is behind each asterisk,
// and its end is the beginning of as many parts as possible.
func inTheEnd(globs []*glob, head string) int {
	t := &trie{nodes: make([]trieNode, 1)}
	n := 0
	for _, g := range globs {
		if len(g.parts) == 0 || !strings.HasPrefix(head, g.head) {
			continue
		}
		n += len(g.parts)
		if g.shared > len(g.head) {
			n--
		}
		last := len(g.parts) - 1
		for _, part := range g.parts[:last] {
			t.add(part)
		}
		t.end(g.parts[last], g.owner)
	}
	return n + t.most()
}

// trie holds texts; each node counts those that begin as it does.
type trie struct{ nodes []trieNode }

type trieNode struct {
	next   map[byte]int
	count  int
	owners []string // of the texts that end here, which count once each
	fall   int      // the longest other node that is an end of this one
}

// add returns the node of the text.
func (t *trie) add(text string) int {
	at := 0
	for i := range len(text) {
		next, known := t.nodes[at].next[text[i]]
		if !known {
			next = len(t.nodes)
			t.nodes = append(t.nodes, trieNode{})
			if t.nodes[at].next == nil {
				t.nodes[at].next = map[byte]int{}
			}
			t.nodes[at].next[text[i]] = next
		}
		at = next
		t.nodes[at].count++
	}
	return at
}

func (t *trie) end(text, owner string) {
	at := t.add(text)
	t.nodes[at].count--
	t.nodes[at].own(owner)
}

func (n *trieNode) own(owners ...string) {
	for _, owner := range owners {
		if !slices.Contains(n.owners, owner) {
			n.owners = append(n.owners, owner)
		}
	}
}

// most returns how many beginnings of the texts can be the end of one text (Aho and Corasick, 1975). The counts then are sums.
func (t *trie) most() int {
	most := 0
	queue := []int{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		most = max(most, t.nodes[at].count+len(t.nodes[at].owners))
		for b, next := range t.nodes[at].next {
			fall := 0
			if at != 0 {
				fall = t.fall(t.nodes[at].fall, b)
			}
			t.nodes[next].fall = fall
			t.nodes[next].count += t.nodes[fall].count
			t.nodes[next].own(t.nodes[fall].owners...)
			queue = append(queue, next)
		}
	}
	return most
}

// fall finds where b leads from the node, or from the next shorter one that it leads on from.
func (t *trie) fall(at int, b byte) int {
	for {
		if next, ok := t.nodes[at].next[b]; ok {
			return next
		}
		if at == 0 {
			return 0
		}
		at = t.nodes[at].fall
	}
}
