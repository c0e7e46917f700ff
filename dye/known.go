package dye

import (
	"maps"
	"slices"
	"sync"

	"github.com/dyetrace/dyetrace/observe"
)

// Known says that names are right that absences of the test name, and nothing else does: types, sources, tenants, or paths of fields.
// It is needed only where the test itself knows another name that differs by a slip, as PlanCharged from PlanChanged, since the
// absence of a misspelt name would always hold; see [Never].
func (d *T) Known(names ...string) {
	d.names.add(names...)
}

// names are what the test knows to exist beside what the hops of a flow say.
type names struct {
	mu    sync.Mutex
	set   map[string]bool
	flows []*observe.Flow // that were judged; what their events are called is asked for when there is another flow
}

func (n *names) add(list ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.note(list...)
}

func (n *names) note(list ...string) {
	for _, name := range list {
		if name == "" {
			continue
		}
		if n.set == nil {
			n.set = map[string]bool{}
		}
		n.set[name] = true
	}
}

// learn remembers a flow for those after it.
func (n *names) learn(f *observe.Flow) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.flows = append(n.flows, f)
}

func (n *names) sorted() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.flows {
		for _, fact := range f.Facts {
			n.note(fact.Type())
		}
	}
	n.flows = nil
	return slices.Sorted(maps.Keys(n.set))
}
