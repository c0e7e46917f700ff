package observe

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// Attributes that carry a trace: of their values only the trace's id is compared, since the rest changes with each step.
const (
	attributeTraceparent = "traceparent"    // W3C Trace Context: 00-TRACE-SPAN-FLAGS
	attributeAWSTrace    = "AWSTraceHeader" // AWS X-Ray: Root=TRACE;Parent=…;Sampled=…
)

// told is what a flow is called at the paths of Recording.CorrelationAt.
type told struct {
	at     []string
	owner  map[string]string // what an event names → correlation id of the flow that it was first seen in
	byHop  map[uint64]string // Seq → correlation id, for hops that a path attributed
	byFact map[uint64]string
}

// correlate attributes hops by what events name at the declared paths. What a flow is called there is learnt from events whose flow
// is known for certain; then each event that names it is of that flow, with all that it leads to, if the backend knew nothing about
// it or had only inferred. What is told in an event beats what was inferred from what its sender held.
func correlate(r Recording) []event.Hop {
	if len(r.CorrelationAt) == 0 {
		return r.Hops
	}
	t := told{at: r.CorrelationAt, owner: map[string]string{r.CorrelationID: r.CorrelationID}, byHop: map[uint64]string{}, byFact: map[uint64]string{}}
	names := make([]string, len(r.Hops))
	for i := range r.Hops {
		h := &r.Hops[i]
		names[i] = t.name(h.Event)
		if _, known := t.owner[names[i]]; names[i] != "" && h.CorrelationID != "" && !h.Inferred && !known {
			t.owner[names[i]] = h.CorrelationID
		}
	}
	hops := make([]event.Hop, len(r.Hops))
	for i, h := range r.Hops {
		if id := t.flowOf(&h, names[i]); id != "" && (h.CorrelationID == "" || h.Inferred) {
			h.CorrelationID, h.Inferred = id, true
			t.byHop[h.Seq] = id
			if h.Fact != 0 {
				t.byFact[h.Fact] = id
			}
		}
		hops[i] = h
	}
	return hops
}

// flowOf returns the flow that a hop is of by what its event names, or by what led to it.
func (t *told) flowOf(h *event.Hop, name string) string {
	if id := t.owner[name]; name != "" && id != "" {
		return id
	}
	if id := t.byFact[h.Fact]; h.Fact != 0 && id != "" {
		return id
	}
	return t.byHop[h.Cause]
}

// name returns what an event names at the first path, or in the first message attribute, that has a text.
func (t *told) name(e *event.Event) string {
	if e == nil {
		return ""
	}
	document, _ := event.Decode(e.Body) // a body that is not JSON has attributes still
	for _, at := range t.at {
		if v, ok := event.Lookup(document.Root, at); ok {
			if text, ok := v.(string); ok && text != "" {
				return traceOf(at, text)
			}
		}
		if text := e.Attributes[at]; text != "" {
			return traceOf(at, text)
		}
	}
	return ""
}

// traceOf returns the id of the trace where the value is one's, else the value.
func traceOf(at, value string) string {
	switch {
	case strings.HasSuffix(at, attributeTraceparent):
		if parts := strings.Split(value, "-"); len(parts) >= 4 && len(parts[1]) == 32 {
			return parts[1]
		}
	case strings.HasSuffix(at, attributeAWSTrace):
		for part := range strings.SplitSeq(value, ";") {
			if root, ok := strings.CutPrefix(strings.TrimSpace(part), "Root="); ok {
				return root
			}
		}
	}
	return value
}
