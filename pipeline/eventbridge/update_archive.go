// Implements: description, pattern, retention and key; what is not given stays.
// Differs from AWS: events that the new pattern would not have kept stay.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// UpdateArchive changes what an archive keeps from now on.
func (s *Service) UpdateArchive(c *engine.Call, in *UpdateArchiveInput) (*UpdateArchiveOutput, error) {
	compiled, err := archivePattern(in.EventPattern)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	a := s.archives[in.ArchiveName]
	if a == nil {
		return nil, noSuchArchive(in.ArchiveName)
	}
	if in.EventPattern.OK {
		a.pattern, a.compiled = in.EventPattern, compiled
	}
	if in.Description.OK {
		a.description = in.Description
	}
	if in.KmsKeyIdentifier.OK {
		a.key = in.KmsKeyIdentifier
	}
	a.retention = in.RetentionDays.Or(a.retention)
	a.expire(s.scope.Engine.Now())
	c.Lineage(a.place)
	return &UpdateArchiveOutput{ArchiveArn: wire.Some(a.arn), State: wire.Some(ArchiveStateEnabled), CreationTime: wire.Some(a.created)}, nil
}
