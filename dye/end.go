package dye

import (
	"context"
	"slices"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

// End says that the test itself stands in for a place of kind http or socket, so that expectations may name it although it is nothing
// of the pipeline's. [T.Service] and package dyesocket do that for theirs.
func (d *T) End(place string) {
	d.Helper()
	p := event.Place(place)
	if kind := p.Kind(); kind != event.PlaceHTTP && kind != event.PlaceSocket || p.Name() == "" {
		d.Fatalf("dye: End(%q): an end of the test's own is called http:NAME or socket:NAME", place)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ends == nil {
		d.ends = map[event.Place]bool{}
	}
	d.ends[p] = true
}

// Visit records a call to an end of the test's own: as a step of the flow of ctx, or, if ctx is of none, of the flow whose message
// the client holds. It returns the error of v.Serve, which is recorded as the reason why the call failed.
func (d *T) Visit(ctx context.Context, v backend.Visit) error {
	d.Helper()
	d.End(string(v.To))
	visitor := d.visitor()
	if visitor == nil {
		return v.Serve(ctx)
	}
	return visitor.Visit(ctx, v)
}

// visitor is nil where the backend takes down nothing that is not its own.
func (d *T) visitor() backend.Visitor {
	v, _ := d.backend.(backend.Visitor)
	return v
}

// withEnds adds to a topology the ends that the test stands in for.
func (d *T) withEnds(t event.Topology) event.Topology {
	d.mu.Lock()
	defer d.mu.Unlock()
	t.Places = slices.Clone(t.Places)
	for _, s := range d.services {
		t.Places = append(t.Places, s.Places()...)
	}
	for p := range d.ends {
		t.Places = append(t.Places, p)
	}
	slices.Sort(t.Places)
	t.Places = slices.Compact(t.Places)
	return t
}
