package observe

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// Names of what carries a trace: of such values only the trace's id is compared, since the rest changes with each step.
const (
	nameTraceparent = "traceparent"    // W3C Trace Context: 00-TRACE-SPAN-FLAGS
	nameAWSTrace    = "AWSTraceHeader" // AWS X-Ray: Root=TRACE;Parent=…;Sampled=…
)

// told is what a flow is called at the paths of Recording.CorrelationAt.
type told struct {
	at     []string
	owner  map[string]string // what an event names → correlation id of the flow that it was first seen in
	ids    map[string]bool   // paths at which correlation ids themselves stand
	byHop  map[uint64]string // Seq → correlation id, for hops that a path attributed
	byFact map[uint64]string
}

// named is what an event names, and where.
type named struct {
	text, at string
	isID     bool // the text is a correlation id, whatever else is known
}

// correlate attributes hops by what events name at the declared paths. What a flow is called there is learnt from events whose flow
// is known for certain; then each event that names it is of that flow, with all that it leads to, if the backend knew nothing about
// it or had only inferred. What is told in an event beats what was inferred from what its sender held. Correlation ids need not be
// learnt: they are known where a trace was made of one, and where the recording's own stands.
func correlate(r Recording) []event.Hop {
	if len(r.CorrelationAt) == 0 {
		return r.Hops
	}
	t := told{
		at: r.CorrelationAt, ids: map[string]bool{}, byHop: map[uint64]string{}, byFact: map[uint64]string{},
		owner: map[string]string{r.CorrelationID: r.CorrelationID, event.TraceFor(r.CorrelationID).ID: r.CorrelationID},
	}
	names := make([]named, len(r.Hops))
	for i := range r.Hops {
		h, n := &r.Hops[i], t.name(r.Hops[i].Event)
		if _, known := t.owner[n.text]; n.text != "" && h.CorrelationID != "" && !h.Inferred && !known {
			t.owner[n.text] = h.CorrelationID
		}
		if n.text == r.CorrelationID && n.text != "" {
			t.ids[n.at] = true
		}
		names[i] = n
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
func (t *told) flowOf(h *event.Hop, n named) string {
	if id := t.owner[n.text]; n.text != "" && id != "" {
		return id
	}
	if n.isID || n.text != "" && t.ids[n.at] {
		return n.text
	}
	if id := t.byFact[h.Fact]; h.Fact != 0 && id != "" {
		return id
	}
	return t.byHop[h.Cause]
}

// name returns what an event names at the first path, or in the first message attribute, that has a text.
func (t *told) name(e *event.Event) named {
	if e == nil {
		return named{}
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
	return named{}
}

// traceOf returns what the value names: the correlation id that a trace was made of, else the trace's id, else the value.
func traceOf(at, value string) named {
	if !strings.HasSuffix(at, nameTraceparent) && !strings.HasSuffix(at, nameAWSTrace) {
		return named{text: value, at: at}
	}
	trace, ok := event.ParseTrace(value)
	if !ok {
		return named{text: value, at: at}
	}
	if id := trace.Correlation(); id != "" {
		return named{text: id, at: at, isID: true}
	}
	return named{text: trace.ID, at: at}
}
