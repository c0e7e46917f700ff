// Implements: deletion of an archive with its events; replays that run go on with what they have read.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeleteArchive forgets an archive and its events.
func (s *Service) DeleteArchive(c *engine.Call, in *DeleteArchiveInput) (*DeleteArchiveOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	a := s.archives[in.ArchiveName]
	if a == nil {
		return nil, noSuchArchive(in.ArchiveName)
	}
	delete(s.archives, a.name)
	if b := s.buses[a.bus]; b != nil {
		b.archives = slices.DeleteFunc(slices.Clone(b.archives), func(other *archive) bool { return other == a })
	}
	c.Lineage(a.place)
	return &DeleteArchiveOutput{}, nil
}
