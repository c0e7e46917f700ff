package observe

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// Causation is what a fact itself names as its cause, at one of the paths of Recording.CausationAt.
type Causation struct {
	ID     string // that it names
	At     string // the path or message attribute
	Hop    uint64 // Seq of the hop that is taken for the cause; 0 if it is not known which
	Events int    // how many earlier events have that id; of several, the caller's receipts or the flow may tell which
}

// Problem says why the cause is not known though the event names it; "" if it is known.
func (c *Causation) Problem() string {
	switch {
	case c.Hop != 0:
		return ""
	case c.Events > 1:
		return fmt.Sprintf("it names %q at %s as its cause, and %d earlier events have that id", c.ID, c.At, c.Events)
	}
	return fmt.Sprintf("it names %q at %s as its cause, and no earlier event has that id", c.ID, c.At)
}

// causations is the state of resolving what the events of a recording name as their causes.
type causations struct {
	r      Recording
	hops   []event.Hop         // a copy, changed
	of     map[uint64][]int    // fact → indexes of its hops
	bySeq  map[uint64]int      // Seq → index
	strong map[string][]uint64 // id of an event or a message → facts that have it
	weak   map[string][]uint64 // what a member called id says: of the event, or of the thing that the event is about
	noted  map[ownID]bool
	named  map[uint64]*Causation
	order  []uint64 // facts that name a cause, by first sight
	flows  struct{ byHop, byFact map[uint64]string }
}

// ownID is an id that a fact has.
type ownID struct {
	id   string
	fact uint64
	weak bool
}

// causes ties facts to the causes that they name, where the backend knows no cause for certain. What is named is looked for among the
// ids of earlier events: of the envelope, of the message, and of a member event_id, message_id or id beside the path or above it. The
// hop that is taken for the cause is the receipt of that event by whoever made the call, else its last receipt before, else its last
// arrival. It becomes the cause of the call, if all that the call stated names the same, else of the fact alone; and where the flow was
// unknown or inferred, it is that of the cause, for all that follows, too.
func causes(r Recording) ([]event.Hop, map[uint64]*Causation) {
	if len(r.CausationAt) == 0 {
		return r.Hops, nil
	}
	c := causations{
		r: r, hops: slices.Clone(r.Hops), of: map[uint64][]int{}, bySeq: map[uint64]int{}, strong: map[string][]uint64{}, weak: map[string][]uint64{},
		noted: map[ownID]bool{}, named: map[uint64]*Causation{},
	}
	slices.SortStableFunc(c.hops, func(a, b event.Hop) int { return cmp.Compare(a.Seq, b.Seq) })
	for i := range c.hops {
		c.index(i)
	}
	calls := map[uint64][]uint64{} // Seq of a call → facts that it stated
	for fact, hops := range c.of {
		if call, ok := c.call(hops[0]); ok {
			calls[c.hops[call].Seq] = append(calls[c.hops[call].Seq], fact)
		}
	}
	c.flows.byHop, c.flows.byFact = map[uint64]string{}, map[uint64]string{}
	for _, fact := range c.order {
		c.resolve(fact)
	}
	for _, fact := range c.order {
		c.tie(fact, calls)
	}
	c.attribute()
	return c.hops, c.named
}

// Tied returns the hops with the causes that their events name at the paths, as [NewFlow] finds them for Recording.CausationAt: for
// those who look at the hops of many flows, by Seq.
func Tied(hops []event.Hop, causationAt ...string) []event.Hop {
	tied, _ := causes(Recording{Hops: hops, CausationAt: causationAt})
	return tied
}

// index takes down what a hop's event is called, and what it names.
func (c *causations) index(i int) {
	h := &c.hops[i]
	c.bySeq[h.Seq] = i
	if h.Fact == 0 {
		return
	}
	c.of[h.Fact] = append(c.of[h.Fact], i)
	if h.Event == nil || !h.Arrives() {
		return
	}
	document, _ := event.Decode(h.Event.Body) // a body that is not JSON has attributes still
	c.note(h.Fact, h.Event.ID, false)
	c.note(h.Fact, document.ID, false)
	for name, value := range h.Event.Attributes {
		c.member(h.Fact, name, value)
	}
	for _, at := range c.r.CausationAt {
		for _, level := range levels(document.Root, at) {
			for name, value := range level {
				c.member(h.Fact, name, value)
			}
		}
		if c.named[h.Fact] != nil {
			continue
		}
		value, _ := event.Lookup(document.Root, at)
		if id := cmp.Or(idOf(value), h.Event.Attributes[at]); id != "" {
			c.named[h.Fact] = &Causation{ID: id, At: at}
			c.order = append(c.order, h.Fact)
		}
	}
}

// member takes down what a member or attribute says, if it is called as an id of the event is.
func (c *causations) member(fact uint64, name string, value any) {
	switch plain(name) {
	case "eventid", "messageid":
		c.note(fact, idOf(value), false)
	case "id":
		c.note(fact, idOf(value), true)
	}
}

// note takes down an id of a fact, once.
func (c *causations) note(fact uint64, id string, weak bool) {
	own := ownID{id, fact, weak}
	if id == "" || c.noted[own] {
		return
	}
	c.noted[own] = true
	if weak {
		c.weak[id] = append(c.weak[id], fact)
	} else {
		c.strong[id] = append(c.strong[id], fact)
	}
}

// levels returns the objects that a path leads through.
func levels(root any, path string) []map[string]any {
	var list []map[string]any
	for _, name := range event.SplitPath(path) {
		members, ok := root.(map[string]any)
		if !ok {
			break
		}
		list = append(list, members)
		root = members[name]
	}
	return list
}

// plain is a name without its separators and capitals: event_id, eventId and EventID are the same.
func plain(name string) string { return strings.ToLower(separators.Replace(name)) }

var separators = strings.NewReplacer("_", "", "-", "")

func idOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// call returns the index of the call that stated a fact, by the index of the fact's first hop.
func (c *causations) call(first int) (int, bool) {
	i, ok := c.bySeq[c.hops[first].Cause]
	return i, ok && i < first && c.hops[i].Kind == event.KindCall
}

// certain reports whether the backend knows what led to a fact.
func (c *causations) certain(first int) bool {
	h := &c.hops[first]
	if i, ok := c.call(first); ok {
		h = &c.hops[i]
	}
	return h.Cause != 0 && !h.Inferred
}

// resolve finds the hop that a fact names as its cause.
func (c *causations) resolve(fact uint64) {
	named, first := c.named[fact], c.of[fact][0]
	if named.ID == c.r.CorrelationID || named.ID == c.hops[first].CorrelationID || c.noted[ownID{named.ID, fact, false}] {
		delete(c.named, fact) // it names its flow or itself, as the first event of a flow does
		return
	}
	before := c.hops[first].Seq
	caller := c.hops[first].From
	if i, ok := c.call(first); ok {
		before, caller = c.hops[i].Seq, c.hops[i].From
	}
	earlier := func(facts []uint64) []uint64 {
		return slices.DeleteFunc(slices.Clone(facts), func(f uint64) bool { return f == fact || c.hops[c.of[f][0]].Seq >= before })
	}
	candidates := earlier(c.strong[named.ID])
	if len(candidates) == 0 {
		candidates = earlier(c.weak[named.ID])
	}
	named.Events = len(candidates)
	for _, fits := range []func(uint64) bool{
		func(f uint64) bool { return c.received(f, before, caller) },
		func(f uint64) bool {
			flow := c.hops[first].CorrelationID
			return flow != "" && c.hops[c.of[f][0]].CorrelationID == flow
		},
	} {
		if len(candidates) > 1 {
			if fit := slices.DeleteFunc(slices.Clone(candidates), func(f uint64) bool { return !fits(f) }); len(fit) > 0 {
				candidates = fit
			}
		}
	}
	if len(candidates) == 1 {
		named.Hop = c.hop(candidates[0], before, caller)
	}
}

// received reports whether a client was handed the fact before that hop.
func (c *causations) received(fact, before uint64, by event.Place) bool {
	return slices.ContainsFunc(c.of[fact], func(i int) bool {
		h := &c.hops[i]
		return h.Seq < before && h.Kind == event.KindReceive && h.To == by
	})
}

// hop returns the Seq of the hop of a fact that is taken for the cause of what a client did at before.
func (c *causations) hop(fact, before uint64, by event.Place) uint64 {
	best, rank := uint64(0), -1
	for _, i := range c.of[fact] {
		h, n := &c.hops[i], 0
		switch {
		case h.Seq >= before:
			continue
		case h.Kind == event.KindReceive && h.To == by:
			n = 3
		case h.Kind == event.KindReceive:
			n = 2
		case h.Arrives():
			n = 1
		}
		if n >= rank {
			best, rank = h.Seq, n
		}
	}
	return best
}

// tie makes the hop that a fact names its cause: that of the call, if all that it stated agrees.
func (c *causations) tie(fact uint64, calls map[uint64][]uint64) {
	named := c.named[fact]
	first := c.of[fact][0]
	if named == nil || named.Hop == 0 || c.certain(first) {
		return
	}
	at := first
	if i, ok := c.call(first); ok && !slices.ContainsFunc(calls[c.hops[i].Seq], func(other uint64) bool {
		o := c.named[other]
		return o == nil || o.Hop != named.Hop
	}) {
		at = i
	}
	h := &c.hops[at]
	h.Cause = named.Hop
	c.flows.byHop[h.Seq] = "" // known when the cause's is
}

// attribute gives the flow of a cause to what it led to, where that was unknown or inferred.
func (c *causations) attribute() {
	for i := range c.hops {
		h := &c.hops[i]
		id := cmp.Or(c.flows.byHop[h.Cause], c.flows.byFact[h.Fact])
		if _, tied := c.flows.byHop[h.Seq]; tied {
			id = c.hops[c.bySeq[h.Cause]].CorrelationID
		}
		if id == "" || h.CorrelationID != "" && !h.Inferred {
			continue
		}
		h.CorrelationID, h.Inferred = id, true
		c.flows.byHop[h.Seq] = id
		if h.Fact != 0 {
			c.flows.byFact[h.Fact] = id
		}
	}
}
