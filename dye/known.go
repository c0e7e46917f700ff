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
	mu  sync.Mutex
	set map[string]bool
}

func (n *names) add(list ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.set == nil {
		n.set = map[string]bool{}
	}
	for _, name := range list {
		if name != "" {
			n.set[name] = true
		}
	}
}

// learn takes down what events of a flow are called, for the flows after it.
func (n *names) learn(f *observe.Flow) {
	types := map[string]bool{}
	for _, fact := range f.Facts {
		types[fact.Type()] = true
	}
	n.add(slices.Collect(maps.Keys(types))...)
}

func (n *names) sorted() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Sorted(maps.Keys(n.set))
}
