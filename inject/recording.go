package inject

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Stimulus returns what set off a recorded flow, for [Put] to do it again: the events that came from outside, at the place and in
// the order they came, and none that a consumer or the pipeline made of them. A record on a stream stands for the write to its
// table. The file of a recording is read by observe.ReadRecording.
//
// What from outside can not be repeated is left: calls that stated no event (they made a queue, or wrote to a table that has no
// stream, so that nobody recorded what), that failed, or whose event went where none can be put, such as straight to a function.
// A message's delay is not recorded.
func Stimulus(r observe.Recording) (entries []Entry, left []event.Hop) {
	calls := map[uint64]bool{} // Seq of calls from outside → it stated an event
	for i := range r.Hops {
		if h := &r.Hops[i]; isStimulus(&r, h) {
			calls[h.Seq] = false
		}
	}
	for i := range r.Hops {
		h := &r.Hops[i]
		if _, ok := calls[h.Cause]; !ok || h.Cause == 0 || !h.Arrives() || h.Fact != h.Seq || h.Event == nil || checkPlace(h.To) != nil {
			continue
		}
		calls[h.Cause] = true
		entries = append(entries, Entry{Place: h.To, Event: *h.Event})
	}
	for i := range r.Hops {
		h := &r.Hops[i]
		if stated, ok := calls[h.Seq]; ok && !stated {
			left = append(left, *h)
		}
	}
	return entries, left
}

// isStimulus holds for a call that nothing in the recording led to and that told the flow's correlation id itself.
func isStimulus(r *observe.Recording, h *event.Hop) bool {
	return h.Kind == event.KindCall && h.Seq > r.After && h.CorrelationID == r.CorrelationID && h.Cause == 0 && !h.Inferred
}
