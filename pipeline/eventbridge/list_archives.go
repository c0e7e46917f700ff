// Implements: one of prefix, source and state as filter, limit and token; sorted by name.
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

// ListArchives returns archives.
func (s *Service) ListArchives(_ *engine.Call, in *ListArchivesInput) (*ListArchivesOutput, error) {
	if given(in.NamePrefix, in.EventSourceArn, in.State) > 1 {
		return nil, invalid("At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if in.EventSourceArn.OK {
		if _, err := s.bus(in.EventSourceArn.V); err != nil {
			return nil, err
		}
	}
	now := s.scope.Engine.Now()
	var found []*archive
	for _, name := range slices.Sorted(maps.Keys(s.archives)) {
		a := s.archives[name]
		if strings.HasPrefix(name, in.NamePrefix.Or("")) && a.source == in.EventSourceArn.Or(a.source) && in.State.Or(ArchiveStateEnabled) == ArchiveStateEnabled {
			found = append(found, a)
		}
	}
	found, next, err := page(found, func(a *archive) string { return a.name }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ListArchivesOutput{Archives: []Archive{}, NextToken: next}
	for _, a := range found {
		a.expire(now)
		out.Archives = append(out.Archives, Archive{
			ArchiveName: wire.Some(a.name), EventSourceArn: wire.Some(a.source), State: wire.Some(ArchiveStateEnabled), RetentionDays: wire.Some(a.retention),
			SizeBytes: wire.Some(a.size), EventCount: wire.Some(int64(len(a.events))), CreationTime: wire.Some(a.created),
		})
	}
	return out, nil
}

// given counts the filters that a request names.
func given(filters ...wire.Opt[string]) (n int) {
	for _, f := range filters {
		if f.OK {
			n++
		}
	}
	return n
}
