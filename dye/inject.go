package dye

import (
	"context"
	"os"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/inject"
	"github.com/dyetrace/dyetrace/report"
)

// injector is the name that events injected by a test have in traces.
const injector = "inject"

// Inject puts events on a place from outside, as a stimulus: on "bus:crm", "queue:tasks", "topic:alerts", "table:leads", or, by a
// write to its table, "stream:leads". Package inject says what an event is at each of them. All are of one flow, whose correlation
// id is put where [CorrelationAt] declares that the system carries it, unless the event has one there already. If one event is
// refused the test ends, with the reason.
//
// What an injection leaves in a table is gone with the test: its account is nobody else's.
func (d *T) Inject(place string, events ...event.Event) *Flow {
	return d.inject(inject.At(place, events...))
}

// InjectFile is [T.Inject] for the events of a file: a CSV whose header names paths, JSON Lines, or the recording of a flow, of which
// what came from outside is put again. Package inject describes the formats. For a recording place may be "": each event then goes
// where it went. What is wrong in a file is told with its line.
func (d *T) InjectFile(place, file string) *Flow {
	f, err := os.Open(file)
	d.must(err)
	defer f.Close()
	read, err := inject.Read(f, "", event.Place(place))
	if err != nil {
		d.Fatalf("dye: InjectFile: %s\n%s", report.Clean(file), cleaned(err.Error(), "    "))
	}
	for _, h := range read.Left {
		d.Logf("dye: InjectFile: %s: not repeated, since the recording does not say what it wrote: %s to %s", report.Clean(file), h.Operation, report.Clean(string(h.To)))
	}
	return d.inject(read.Entries)
}

func (d *T) inject(entries []inject.Entry) *Flow {
	if len(entries) == 0 {
		d.Fatalf("dye: nothing to inject")
	}
	return d.Dye(func(ctx context.Context) error {
		o := inject.Options{Keep: true, CorrelationAt: d.carriers(entries)}
		if d.bubble {
			o.Seed = d.seed ^ uint64(d.flows.Load())<<32 // the same ids whenever the run is repeated, in a pipeline that is its own
		}
		_, err := inject.Put(ctx, d.backend.Endpoint(injector), entries, o)
		return err
	})
}

// carriers returns where every entry can carry a correlation id, of what CorrelationAt declares: a path whose first part the body has,
// or else a message attribute, where there are some.
func (d *T) carriers(entries []inject.Entry) (list []string) {
	for _, at := range d.options.correlationAt {
		name, path, attribute := at, true, !strings.Contains(at, ".")
		for _, e := range entries {
			kind := e.Place.Kind()
			path = path && hasPath(e, at)
			attribute = attribute && (kind == event.PlaceQueue || kind == event.PlaceTopic)
		}
		if attribute {
			name = "@attribute." + at
		}
		if path || attribute {
			list = append(list, name)
		}
	}
	return list
}

func hasPath(e inject.Entry, path string) bool {
	first, _, deep := strings.Cut(path, ".")
	if e.Place.Kind() == event.PlaceBus {
		return first == "detail" && deep
	}
	d, err := event.Decode(e.Event.Body)
	if err != nil || d.Codec == event.CodecStream {
		return false
	}
	_, isObject := d.Root.(map[string]any)
	below, _ := event.Lookup(d.Root, first)
	_, hasFirst := below.(map[string]any)
	return isObject && (!deep || hasFirst)
}
