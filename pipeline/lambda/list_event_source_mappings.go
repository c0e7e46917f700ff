// Implements: by source and function, in pages; sorted by source and function.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package lambda

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListEventSourceMappings lists mappings, at most 100 in one answer.
func (s *Service) ListEventSourceMappings(_ *engine.Call, in *ListEventSourceMappingsInput) (*ListEventSourceMappingsOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	out := &ListEventSourceMappingsOutput{EventSourceMappings: []EventSourceMappingConfiguration{}}
	begun := !in.Marker.OK
	for _, m := range s.sorted() {
		if !begun {
			begun = m.id == in.Marker.V // the last of the page before
			continue
		}
		if in.EventSourceArn.OK && in.EventSourceArn.V != m.plan.source || in.FunctionName.OK && s.functionARN(in.FunctionName.V) != m.plan.function {
			continue
		}
		if n := len(out.EventSourceMappings); n == int(min(in.MaxItems.Or(100), 100)) {
			out.NextMarker = wire.Some(out.EventSourceMappings[n-1].UUID.V)
			break
		}
		out.EventSourceMappings = append(out.EventSourceMappings, *m.configuration(m.state()))
	}
	return out, nil
}
