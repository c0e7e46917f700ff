package observe

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Recording is what a Flow is made from.
type Recording struct {
	CorrelationID string           // of the stimulus
	After         uint64           // Seq of the last hop before the stimulus
	Start         time.Time        // when the stimulus began, by the backend's clock
	Hops          []event.Hop      // by Seq, at least those behind After; hops of other flows are left aside
	Lost          uint64           // hops that the backend no longer had: then absence cannot be shown
	Topology      event.Topology   //
	Quiescence    event.Quiescence // what the backend last said
	Horizon       time.Duration    // how far past now nothing more can come, if Grade is Proved
	Bounded       bool             // Horizon was asked for by the test: what is due later is not its concern
	Grade         event.Grade      // of absence, as the backend can give it
	Relative      string           // what that grade is relative to: "code in the test's bubble"; "" is not told
	TenantAt      []string         // paths at which an event names its tenant; nil means DefaultTenantPaths
	CorrelationAt []string         // paths or message attributes at which an event names its flow; then Hops should be all of the account's
	CausationAt   []string         // paths or message attributes at which an event names the event or message that caused it; as there
	Known         []string         // names of types, sources, tenants and fields that exist, whatever the hops say
	Origin        Origin           // whose flow it is
}

// DefaultTenantPaths are looked at, in this order, for an event's tenant.
var DefaultTenantPaths = []string{"detail.tenant_id", "detail.tenantId", "detail.tenant", "tenant_id", "tenant"}

// TenantAttribute is the message attribute that names the tenant where the body does not.
const TenantAttribute = "tenant"

// Flow is everything that one stimulus set off, as far as it was recorded.
type Flow struct {
	Recording
	Facts []*Fact // by the Seq that first stated them

	edges map[event.Place][]event.Place
	dlqs  map[event.Place]bool
}

// NewFlow sorts a recording into facts and arrivals. Bodies are decoded when they are asked for.
func NewFlow(r Recording) *Flow {
	if r.TenantAt == nil {
		r.TenantAt = DefaultTenantPaths
	}
	f := &Flow{Recording: r, edges: map[event.Place][]event.Place{}, dlqs: map[event.Place]bool{}}
	for _, e := range r.Topology.Edges {
		f.edges[e.From] = append(f.edges[e.From], e.To)
	}
	for _, p := range r.Topology.DLQs {
		f.dlqs[p] = true
	}
	hops, named := causes(r)
	r.Hops = hops
	hops = correlate(r)
	f.Hops = make([]event.Hop, 0, len(hops))
	for i := range hops {
		if h := &hops[i]; h.Seq > r.After && (h.CorrelationID == r.CorrelationID || h.CorrelationID == "") {
			f.Hops = append(f.Hops, *h)
		}
	}
	bySeq := func(a, b event.Hop) int { return cmp.Compare(a.Seq, b.Seq) }
	if !slices.IsSortedFunc(f.Hops, bySeq) {
		slices.SortFunc(f.Hops, bySeq)
	}
	f.sortFacts()
	for _, fact := range f.Facts {
		fact.Causation = named[fact.ID]
	}
	return f
}

// sortFacts finds the facts, then fills their lists. A recording can have millions of hops: each fact's lists are parts of one array
// for all facts.
func (f *Flow) sortFacts() {
	type lengths struct{ hops, arrivals int }
	var (
		index = map[uint64]int{} // of each fact in need, by its id
		ids   []*event.Hop       // the first hop of each
		need  []lengths
		total lengths
		of    = make([]int, len(f.Hops)) // index of each hop's fact
	)
	for i := range f.Hops {
		h := &f.Hops[i]
		n, known := index[h.Fact]
		if h.Fact == 0 || !known && h.CorrelationID == "" && h.Fact <= f.After {
			of[i] = -1 // an older fact of nobody's goes on: not of this flow
			continue
		}
		if !known {
			n = len(need)
			index[h.Fact], need, ids = n, append(need, lengths{}), append(ids, h)
		}
		of[i] = n
		need[n].hops++
		total.hops++
		if h.Arrives() {
			need[n].arrivals++
			total.arrivals++
		}
	}
	facts, hops := make([]Fact, len(need)), make([]*event.Hop, total.hops)
	arrivals, list := make([]Arrival, total.arrivals), make([]*Arrival, total.arrivals)
	f.Facts = make([]*Fact, len(need))
	for i := range facts {
		fact, n := &facts[i], need[i]
		*fact = Fact{ID: ids[i].Fact, Unattributed: ids[i].CorrelationID == "", Hops: hops[:0:n.hops], Arrivals: list[:0:n.arrivals]}
		hops, list = hops[n.hops:], list[n.arrivals:]
		f.Facts[i] = fact
	}
	for i := range f.Hops {
		if of[i] < 0 {
			continue
		}
		h, fact := &f.Hops[i], f.Facts[of[i]]
		fact.Hops = append(fact.Hops, h)
		if h.Arrives() {
			a := &arrivals[0]
			arrivals = arrivals[1:]
			a.Hop, a.Fact, a.tenantAt = h, fact, f.TenantAt
			fact.Arrivals = append(fact.Arrivals, a)
		} else if h.Kind == event.KindReceive {
			fact.received(h.From)
		}
	}
}

// HopBySeq returns the recorded hop with that Seq, if it belongs to the flow.
func (f *Flow) HopBySeq(seq uint64) (*event.Hop, bool) {
	i, ok := slices.BinarySearchFunc(f.Hops, seq, func(h event.Hop, seq uint64) int { return cmp.Compare(h.Seq, seq) })
	if !ok {
		return nil, false
	}
	return &f.Hops[i], true
}

// IsDLQ reports whether some redrive or dead-letter configuration names the place.
func (f *Flow) IsDLQ(p event.Place) bool { return f.dlqs[p] }

// Targets returns the places that p's configuration sends events to.
func (f *Flow) Targets(p event.Place) []event.Place { return f.edges[p] }

// Arrivals returns the arrivals of all facts at places that match the pattern, by Seq.
func (f *Flow) Arrivals(pattern string) []*Arrival {
	var list []*Arrival
	for _, fact := range f.Facts {
		for _, a := range fact.Arrivals {
			if f.MatchPlace(pattern, a.To) {
				list = append(list, a)
			}
		}
	}
	slices.SortFunc(list, func(a, b *Arrival) int { return cmp.Compare(a.Seq, b.Seq) })
	return list
}

// MatchPlace reports whether a place matches a pattern: kind and name with * for any run of characters; the kind dlq matches
// the queues that have that role. A pattern without a colon is taken for the name of a queue.
func (f *Flow) MatchPlace(pattern string, p event.Place) bool {
	kind, name, ok := strings.Cut(pattern, ":")
	if !ok {
		kind, name = event.PlaceQueue, pattern
	}
	if kind == event.PlaceDLQ {
		return f.IsDLQ(p) && glob(name, p.Name())
	}
	return glob(kind, p.Kind()) && glob(name, p.Name())
}

// Places returns the places of the topology that match the pattern.
func (f *Flow) Places(pattern string) []event.Place {
	var list []event.Place
	for _, p := range f.Topology.Places {
		if f.MatchPlace(pattern, p) {
			list = append(list, p)
		}
	}
	return list
}

// LastAt returns when the last hop of the flow was, as time since its start.
func (f *Flow) LastAt() time.Duration {
	if len(f.Hops) == 0 {
		return 0
	}
	return f.Hops[len(f.Hops)-1].At.Sub(f.Start)
}

// glob matches text against a pattern in which * stands for any run of characters; in linear time.
func glob(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
