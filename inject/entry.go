package inject

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// Entry is an event with the place that it is for.
type Entry struct {
	Place event.Place
	Event event.Event
	Line  int // of the file that it was read from, from 1; 0: of none
}

// At returns entries for events that are all for one place: "bus:crm", "queue:tasks", "topic:alerts", "table:leads", "stream:leads".
func At(place string, events ...event.Event) []Entry {
	entries := make([]Entry, len(events))
	for i, e := range events {
		entries[i] = Entry{Place: event.Place(place), Event: e}
	}
	return entries
}

// Report tells what became of an injection.
type Report struct {
	CorrelationID string   // of the transaction
	Seed          uint64   // of fresh ids and of pauses
	Results       []Result // one for each entry, in their order
}

// Result is what became of one event.
type Result struct {
	Place         event.Place
	Line          int         // of the file; 0: of none
	Event         event.Event // as it was put, with the ids that it was given
	CorrelationID string      //
	ID            string      // what the service calls it: event id or message id; "" for a table
	Attempts      int         // calls that carried it; 0: it was not sent
	Doubtful      bool        // the answer to an earlier attempt was lost: it may be there twice, or have replaced itself in a table
	Err           error       // nil: it is there

	written *written // by a table
}

// Failed returns the results of the events that are not there.
func (r *Report) Failed() []Result {
	var list []Result
	for _, result := range r.Results {
		if result.Err != nil {
			list = append(list, result)
		}
	}
	return list
}

// err returns nil if all events are there.
func (r *Report) err() error {
	if failed := r.Failed(); len(failed) > 0 {
		return &RefusedError{Failed: failed, Of: len(r.Results)}
	}
	return nil
}

// ErrNotSent says that an event was not sent because another one, or its place, was found wanting before anything was.
var ErrNotSent = errors.New("not sent: nothing is until all of it can be")

// RefusedError says that some events are not where they were to be put.
type RefusedError struct {
	Failed []Result
	Of     int // events in all
}

const shown = 5 // failures in the text of an error

// Error names the first failures that have a reason of their own, each with its line.
func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "inject: %d of %d events not put", len(e.Failed), e.Of)
	told := 0
	var before error
	for _, r := range e.Failed {
		if errors.Is(r.Err, ErrNotSent) || r.Err == before { // a place that is not there refuses all alike
			continue
		}
		before = r.Err
		if told++; told > shown {
			b.WriteString("; …")
			break
		}
		b.WriteString("; " + r.where() + ": " + r.Err.Error())
	}
	return b.String()
}

// Unwrap returns the reasons.
func (e *RefusedError) Unwrap() []error {
	list := make([]error, len(e.Failed))
	for i, r := range e.Failed {
		list[i] = r.Err
	}
	return list
}

func (r *Result) where() string {
	if r.Line > 0 {
		return fmt.Sprintf("line %d, %s", r.Line, r.Place)
	}
	return string(r.Place)
}

// checkPlace tells what is wrong with a place.
func checkPlace(p event.Place) error {
	switch p.Kind() {
	case event.PlaceBus, event.PlaceQueue, event.PlaceTopic, event.PlaceTable, event.PlaceStream:
	default:
		return fmt.Errorf("%q is no place to put events on: that is bus:NAME, queue:NAME, topic:NAME, table:NAME or stream:TABLE", string(p))
	}
	if name := p.Name(); name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("%q names no %s", string(p), p.Kind())
	}
	return nil
}

// isFIFO holds for the queues and topics that keep an order: their names say so.
func isFIFO(p event.Place) bool { return strings.HasSuffix(string(p), ".fifo") }
