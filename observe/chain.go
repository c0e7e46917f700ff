package observe

import (
	"slices"

	"github.com/dyetrace/dyetrace/event"
)

// Causes reports whether effect descends from cause: whether the chain of causes of any hop that first brought effect somewhere
// leads through a hop of cause.
func (f *Flow) Causes(cause, effect *Fact) bool {
	if cause == effect || len(effect.Hops) == 0 {
		return false
	}
	for _, h := range f.AncestryOf(effect.Hops[0]) {
		if h.Fact == cause.ID {
			return true
		}
	}
	return false
}

// AncestryOf returns the hops that led to h, oldest first.
func (f *Flow) AncestryOf(h *event.Hop) []*event.Hop {
	var list []*event.Hop
	for seq := h.Cause; seq != 0 && seq < h.Seq; {
		cause, ok := f.HopBySeq(seq)
		if !ok {
			break
		}
		list = append(list, cause)
		if cause.Cause >= seq {
			break
		}
		seq = cause.Cause
	}
	slices.Reverse(list)
	return list
}
