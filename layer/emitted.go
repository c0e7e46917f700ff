package layer

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Emitted returns a State for consumers whose effect is events: what came to places that match ("bus:crm", "queue:acme-*"), as a list
// of type and payload. A payload is listed once, however often it came: a second copy of an event is what its receiver has to bear,
// but one that differs, if only in its id, is another event. The list is sorted, as nobody promises an order between messages.
func Emitted(b backend.Backend, place string) func(ctx context.Context) (any, error) {
	return func(ctx context.Context) (any, error) {
		topology, err := b.Topology(ctx)
		if err != nil {
			return nil, err
		}
		hops, lost, err := b.Hops(ctx, 0)
		if err != nil {
			return nil, err
		}
		if lost > 0 {
			return nil, fmt.Errorf("%s no longer has %d hops: keep all (--history 0)", b.Name(), lost)
		}
		flow := observe.NewFlow(observe.Recording{Topology: topology})
		if len(flow.Places(place)) == 0 {
			return nil, fmt.Errorf("there is no place %s", place)
		}
		lines := map[string]any{}
		for _, h := range hops {
			if !h.Arrives() || h.Event == nil || !flow.MatchPlace(place, h.To) {
				continue
			}
			document, err := event.Decode(h.Event.Body)
			if err != nil {
				document.Payload = h.Event.Body
			}
			typ := h.Event.Type
			if typ == "" {
				typ = document.Type
			}
			line := map[string]any{"type": typ, "payload": document.Payload}
			raw, err := compact(line)
			if err != nil {
				return nil, err
			}
			lines[string(raw)] = line
		}
		return sortedValues(lines), nil
	}
}

func sortedValues(m map[string]any) []any {
	list := make([]any, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[name])
	}
	return list
}
