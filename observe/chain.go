package observe

import "github.com/dyetrace/dyetrace/event"

// Causes reports whether effect descends from cause: whether the chain of causes of any hop that first brought effect somewhere
// leads through a hop of cause.
func (f *Flow) Causes(cause, effect *Fact) bool {
	if cause == effect {
		return false
	}
	for _, h := range f.Ancestry(effect) {
		if h.Fact == cause.ID {
			return true
		}
	}
	return false
}

// Ancestry returns the hops that led to the first hop of the fact, nearest first.
func (f *Flow) Ancestry(fact *Fact) []*event.Hop {
	if len(fact.Hops) == 0 {
		return nil
	}
	var list []*event.Hop
	seq := fact.Hops[0].Cause
	for seq != 0 {
		h, ok := f.hops[seq]
		if !ok || h.Seq >= fact.Hops[0].Seq {
			break
		}
		list = append(list, h)
		if h.Cause >= seq {
			break
		}
		seq = h.Cause
	}
	return list
}
