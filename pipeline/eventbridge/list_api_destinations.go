// Implements: prefix, connection, limit and token; sorted by name.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"maps"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListApiDestinations returns API destinations.
func (s *Service) ListApiDestinations(_ *engine.Call, in *ListApiDestinationsInput) (*ListApiDestinationsOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	var found []*destination
	for _, name := range slices.Sorted(maps.Keys(s.destinations)) {
		if d := s.destinations[name]; strings.HasPrefix(name, in.NamePrefix.Or("")) && d.connection == in.ConnectionArn.Or(d.connection) {
			found = append(found, d)
		}
	}
	found, next, err := page(found, func(d *destination) string { return d.name }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ListApiDestinationsOutput{ApiDestinations: []ApiDestination{}, NextToken: next}
	for _, d := range found {
		out.ApiDestinations = append(out.ApiDestinations, ApiDestination{
			ApiDestinationArn: wire.Some(d.arn), Name: wire.Some(d.name), ApiDestinationState: wire.Some(s.destinationState(d)), ConnectionArn: wire.Some(d.connection),
			InvocationEndpoint: wire.Some(d.endpoint), HttpMethod: wire.Some(d.method), InvocationRateLimitPerSecond: wire.Some(d.rate),
			CreationTime: wire.Some(d.created), LastModifiedTime: wire.Some(d.modified),
		})
	}
	return out, nil
}
