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
	TenantAt      []string         // paths at which an event names its tenant; nil means DefaultTenantPaths
	CorrelationAt []string         // paths or message attributes at which an event names its flow; then Hops should be all of the account's
}

// DefaultTenantPaths are looked at, in this order, for an event's tenant.
var DefaultTenantPaths = []string{"detail.tenant_id", "detail.tenantId", "detail.tenant", "tenant_id", "tenant"}

// TenantAttribute is the message attribute that names the tenant where the body does not.
const TenantAttribute = "tenant"

// Flow is everything that one stimulus set off, as far as it was recorded.
type Flow struct {
	Recording
	Facts []*Fact // by the Seq that first stated them

	hops  map[uint64]*event.Hop
	edges map[event.Place][]event.Place
	dlqs  map[event.Place]bool
}

// Fact is one thing that happened, in all its forms.
type Fact struct {
	ID           uint64      // Seq of the hop that first stated it
	Arrivals     []*Arrival  // by Seq
	Hops         []event.Hop // all steps of the fact, by Seq: arrivals, matches, receipts, deletions, retries …
	Unattributed bool        // the backend could not tie it to any flow
}

// Arrival is a fact at a place.
type Arrival struct {
	event.Hop
	Fact       *Fact
	Document   event.Document
	Err        error  // the body is not JSON; it is kept in Hop.Event.Body
	Tenant     string // "" if this form names none
	Deliveries int    // how often a consumer was handed it at this place
}

// NewFlow sorts a recording into facts and arrivals.
func NewFlow(r Recording) *Flow {
	if r.TenantAt == nil {
		r.TenantAt = DefaultTenantPaths
	}
	f := &Flow{Recording: r, hops: map[uint64]*event.Hop{}, edges: map[event.Place][]event.Place{}, dlqs: map[event.Place]bool{}}
	for _, e := range r.Topology.Edges {
		f.edges[e.From] = append(f.edges[e.From], e.To)
	}
	for _, p := range r.Topology.DLQs {
		f.dlqs[p] = true
	}
	f.Hops = nil
	for _, h := range correlate(r) {
		if h.Seq > r.After && (h.CorrelationID == r.CorrelationID || h.CorrelationID == "") {
			f.Hops = append(f.Hops, h)
		}
	}
	slices.SortFunc(f.Hops, func(a, b event.Hop) int { return cmp.Compare(a.Seq, b.Seq) })
	byID := map[uint64]*Fact{}
	for i := range f.Hops {
		h := &f.Hops[i]
		f.hops[h.Seq] = h
		if h.Fact != 0 {
			f.add(byID, *h)
		}
	}
	return f
}

func (f *Flow) add(byID map[uint64]*Fact, h event.Hop) {
	fact := byID[h.Fact]
	if fact == nil {
		if h.CorrelationID == "" && h.Fact <= f.After {
			return // an older fact of nobody's goes on: not of this flow
		}
		fact = &Fact{ID: h.Fact, Unattributed: h.CorrelationID == ""}
		byID[h.Fact] = fact
		f.Facts = append(f.Facts, fact)
	}
	fact.Hops = append(fact.Hops, h)
	if h.Arrives() {
		fact.Arrivals = append(fact.Arrivals, f.arrival(fact, h))
		return
	}
	if h.Kind == event.KindReceive {
		for _, a := range slices.Backward(fact.Arrivals) {
			if a.To == h.From {
				a.Deliveries++
				return
			}
		}
	}
}

func (f *Flow) arrival(fact *Fact, h event.Hop) *Arrival {
	a := &Arrival{Hop: h, Fact: fact}
	if h.Event == nil {
		return a
	}
	a.Document, a.Err = event.Decode(h.Event.Body)
	if h.Event.Type != "" {
		a.Document.Type = h.Event.Type
	}
	if h.Event.Source != "" && a.Document.Source == "" {
		a.Document.Source = h.Event.Source
	}
	a.Tenant = TenantOf(&a.Document, h.Event.Attributes, f.TenantAt)
	return a
}

// TenantOf returns the tenant that an event names: at the first of the paths that leads to a text, else in the message attribute
// tenant; "" if nowhere. With nil the paths are DefaultTenantPaths.
func TenantOf(d *event.Document, attributes map[string]string, paths []string) string {
	if paths == nil {
		paths = DefaultTenantPaths
	}
	for _, path := range paths {
		if v, ok := event.Lookup(d.Root, path); ok {
			if s, ok := v.(string); ok {
				return s
			}
		}
	}
	return attributes[TenantAttribute]
}

// Type returns what the fact is called: by the last form that names a type, so that a stream record (INSERT) that became an
// event is called by the event's name.
func (f *Fact) Type() string {
	for _, a := range slices.Backward(f.Arrivals) {
		if a.Document.Type != "" && a.Document.Codec != event.CodecStream {
			return a.Document.Type
		}
	}
	for _, a := range f.Arrivals {
		if a.Document.Type != "" {
			return a.Document.Type
		}
	}
	return ""
}

// Tenant returns the tenant that any form of the fact names, or "".
func (f *Fact) Tenant() string {
	for _, a := range f.Arrivals {
		if a.Tenant != "" {
			return a.Tenant
		}
	}
	return ""
}

// Public reports whether the fact got further than a table's stream and indexes: to a bus, a queue, a topic or a function.
func (f *Fact) Public() bool {
	return slices.ContainsFunc(f.Arrivals, func(a *Arrival) bool {
		kind := a.To.Kind()
		return kind != event.PlaceStream && kind != event.PlaceIndex && kind != event.PlacePipe
	})
}

// HopBySeq returns the recorded hop with that Seq, if it belongs to the flow.
func (f *Flow) HopBySeq(seq uint64) (*event.Hop, bool) {
	h, ok := f.hops[seq]
	return h, ok
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
