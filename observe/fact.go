package observe

import (
	"slices"
	"sync/atomic"

	"github.com/dyetrace/dyetrace/event"
)

// Fact is one thing that happened, in all its forms.
type Fact struct {
	ID           uint64       // Seq of the hop that first stated it
	Arrivals     []*Arrival   // by Seq
	Hops         []*event.Hop // all steps of the fact, by Seq: arrivals, matches, receipts, deletions, retries …
	Unattributed bool         // the backend could not tie it to any flow
	Causation    *Causation   // what it names as its cause; nil if it names none, or Recording.CausationAt is empty
}

// received counts a delivery by the place.
func (f *Fact) received(from event.Place) {
	for _, a := range slices.Backward(f.Arrivals) {
		if a.To == from {
			a.Deliveries++
			return
		}
	}
}

// Type returns what the fact is called: by the last form that names a type, so that a stream record (INSERT) that became an
// event is called by the event's name.
func (f *Fact) Type() string {
	for _, a := range slices.Backward(f.Arrivals) {
		if t := a.Type(); t != "" && !a.isStreamRecord() {
			return t
		}
	}
	for _, a := range f.Arrivals {
		if t := a.Type(); t != "" {
			return t
		}
	}
	return ""
}

// Tenant returns the tenant that any form of the fact names, or "".
func (f *Fact) Tenant() string {
	for _, a := range f.Arrivals {
		if t := a.Tenant(); t != "" {
			return t
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

// Arrival is a fact at a place. What its body says is decoded when it is first asked for.
type Arrival struct {
	*event.Hop
	Fact       *Fact
	Deliveries int // how often a consumer was handed it at this place

	tenantAt []string
	content  atomic.Pointer[content]
}

// content is what an arrival's body says.
type content struct {
	document event.Document
	err      error
	tenant   string
}

// NewArrival returns a received message as an arrival of a fact of its own, to be judged like those of a flow.
func NewArrival(r *Received) *Arrival {
	h := &event.Hop{Kind: event.KindReceive, To: r.Place, Event: &event.Event{ID: r.ID, Body: r.Body, Attributes: r.Attributes}}
	a := &Arrival{Hop: h, Fact: &Fact{}}
	a.content.Store(&content{r.Document, r.Err, TenantOf(&r.Document, r.Attributes, nil)})
	return a
}

// Document returns the decoded body; with a type and source where only the hop tells them.
func (a *Arrival) Document() *event.Document { return &a.read().document }

// Err returns why the body is not JSON, or nil. The body is kept in Event.Body.
func (a *Arrival) Err() error { return a.read().err }

// Tenant returns the tenant that this form of the fact names, or "".
func (a *Arrival) Tenant() string { return a.read().tenant }

// Type returns what happened, as this form names it, or "".
func (a *Arrival) Type() string {
	if a.Event != nil && a.Event.Type != "" {
		return a.Event.Type
	}
	return a.Document().Type
}

// read decodes the body once; two callers at a time may both do so, with the same result.
func (a *Arrival) read() *content {
	if c := a.content.Load(); c != nil {
		return c
	}
	c := &content{}
	if e := a.Event; e != nil {
		c.document, c.err = event.Decode(e.Body)
		if e.Type != "" {
			c.document.Type = e.Type
		}
		if e.Source != "" && c.document.Source == "" {
			c.document.Source = e.Source
		}
		c.tenant = TenantOf(&c.document, e.Attributes, a.tenantAt)
	}
	a.content.Store(c)
	return c
}

// isStreamRecord reports whether the body is a record of a DynamoDB stream, whose type says what was done to an item.
func (a *Arrival) isStreamRecord() bool {
	switch a.Type() {
	case "INSERT", "MODIFY", "REMOVE":
		return a.Document().Codec == event.CodecStream
	}
	return false
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
