package engine

import (
	"cmp"
	"slices"

	"github.com/dyetrace/dyetrace/event"
)

// Topology returns what exists in the given accounts, in all of them if none is given, sorted and without repetitions.
func (e *Engine) Topology(accounts ...string) event.Topology {
	var t event.Topology
	for _, s := range e.scopesOf(accounts) {
		for _, svc := range s.services {
			svc.Describe(&t)
		}
	}
	slices.Sort(t.Places)
	t.Places = slices.Compact(t.Places)
	slices.Sort(t.DLQs)
	t.DLQs = slices.Compact(t.DLQs)
	slices.SortFunc(t.Edges, func(a, b event.Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Why, b.Why))
	})
	t.Edges = slices.Compact(t.Edges)
	slices.Sort(t.Types)
	t.Types = slices.Compact(t.Types)
	slices.Sort(t.Sources)
	t.Sources = slices.Compact(t.Sources)
	return t
}

// Reset forgets everything in the given accounts, in all of them if none is given. What was recorded stays.
func (e *Engine) Reset(accounts ...string) {
	for _, s := range e.scopesOf(accounts) {
		s.Reset()
	}
}

func (e *Engine) scopesOf(accounts []string) []*Scope {
	all := e.Scopes()
	if len(accounts) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(s *Scope) bool { return !slices.Contains(accounts, s.Account) })
}
