// Implements: archives of any bus of the account, with pattern and retention.
// Differs from AWS: ready at once; no managed rule appears on the bus; the key is stored without effect.
// Not implemented: nothing.

package eventbridge

import (
	"slices"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxArchives is the default quota of an account and region.
//
// Source: EventBridge User Guide, quotas, "Number of archives".
const maxArchives = 100

// CreateArchive begins to keep what comes to a bus.
func (s *Service) CreateArchive(c *engine.Call, in *CreateArchiveInput) (*CreateArchiveOutput, error) {
	compiled, err := archivePattern(in.EventPattern)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.bus(in.EventSourceArn)
	if err != nil {
		return nil, err
	}
	if s.archives[in.ArchiveName] != nil {
		return nil, ErrResourceAlreadyExistsException("Archive " + in.ArchiveName + " already exists.")
	}
	if len(s.archives) >= maxArchives {
		return nil, overLimit()
	}
	a := &archive{
		name: in.ArchiveName, arn: s.arn("archive/" + in.ArchiveName), place: event.At(event.PlaceArchive, in.ArchiveName), source: b.arn, bus: b.name,
		description: in.Description, pattern: in.EventPattern, compiled: compiled, retention: in.RetentionDays.Or(0), key: in.KmsKeyIdentifier,
		created: s.scope.Engine.Now(),
	}
	s.archives[a.name] = a
	b.archives = append(slices.Clone(b.archives), a)
	c.Lineage(a.place)
	return &CreateArchiveOutput{ArchiveArn: wire.Some(a.arn), State: wire.Some(ArchiveStateEnabled), CreationTime: wire.Some(a.created)}, nil
}

func archivePattern(text wire.Opt[string]) (*pattern.Pattern, error) {
	if text.Or("") == "" {
		return nil, nil
	}
	return compile(text.V)
}
