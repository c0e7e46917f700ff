package pattern

import "slices"

// An Index finds those of many patterns that an event may match, without looking at the others. Each alternative of a pattern is
// filed under one of its leaves that lists plain strings or literals only: an event without one of those values at that path
// cannot match it. Of several such leaves it is the one whose values the fewest alternatives share. Patterns that have none are
// candidates for every event.
//
// An *Index is immutable and safe for concurrent use.
type Index struct {
	always []int32
	paths  []indexedPath
}

type indexedPath struct {
	steps  []string
	values map[indexedValue][]int32 // numbers of patterns, ascending
}

type indexedValue struct {
	kind valueKind
	text string
}

// NewIndex files the patterns; they are known by their place in the list. Nil is never a candidate.
func NewIndex(patterns []*Pattern) *Index {
	type key struct {
		path string
		indexedValue
	}
	shared := map[key]int{}
	for _, p := range patterns {
		for l := range p.exactLeaves() {
			for _, o := range l.operators {
				shared[key{l.path, indexedValue{o.kind, o.text}}]++
			}
		}
	}
	x, at := &Index{}, map[string]int{}
	for n, p := range patterns {
		if p == nil {
			continue
		}
		for _, leaves := range p.alternatives {
			var best *leaf
			least := 0
			for _, l := range leaves {
				if !l.exact() {
					continue
				}
				sum := 0
				for _, o := range l.operators {
					sum += shared[key{l.path, indexedValue{o.kind, o.text}}]
				}
				if best == nil || sum < least {
					best, least = l, sum
				}
			}
			if best == nil {
				x.always = appendLast(x.always, int32(n))
				continue
			}
			i, known := at[best.path]
			if !known {
				i = len(x.paths)
				at[best.path] = i
				x.paths = append(x.paths, indexedPath{steps: best.steps, values: map[indexedValue][]int32{}})
			}
			for _, o := range best.operators {
				v := indexedValue{o.kind, o.text}
				x.paths[i].values[v] = appendLast(x.paths[i].values[v], int32(n))
			}
		}
	}
	return x
}

// exactLeaves yields the leaves of all alternatives that an index can use.
func (p *Pattern) exactLeaves() func(yield func(*leaf) bool) {
	return func(yield func(*leaf) bool) {
		if p == nil {
			return
		}
		for _, leaves := range p.alternatives {
			for _, l := range leaves {
				if l.exact() && !yield(l) {
					return
				}
			}
		}
	}
}

// exact reports whether only values that are listed by their text match.
func (l *leaf) exact() bool {
	if l.absent {
		return false
	}
	for _, o := range l.operators {
		if o.op != opEquals {
			return false
		}
	}
	return true
}

func appendLast(list []int32, n int32) []int32 {
	if len(list) > 0 && list[len(list)-1] == n {
		return list
	}
	return append(list, n)
}

// Candidates appends the patterns that e may match to dst, in ascending order and each once. All others do not match.
func (x *Index) Candidates(e *Event, dst []int32) []int32 {
	start := len(dst)
	dst = append(dst, x.always...)
	for i := range x.paths {
		p := &x.paths[i]
		for at := e.first(p.steps); at != none; at = e.values[at].next {
			v := &e.values[at]
			dst = append(dst, p.values[indexedValue{v.kind, v.text}]...)
		}
	}
	found := dst[start:]
	slices.Sort(found)
	return dst[:start+len(slices.Compact(found))]
}
