// Implements: description, pattern, retention and key; what is not given stays.
// Differs from AWS: events that the new pattern would not have kept stay.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// UpdateArchive changes what an archive keeps from now on.
//
// Source: the answer to an update of nothing was recorded against AWS by LocalStack.
func (s *Service) UpdateArchive(c *engine.Call, in *UpdateArchiveInput) (*UpdateArchiveOutput, error) {
	if !in.EventPattern.OK && !in.RetentionDays.OK && !in.Description.OK && !in.KmsKeyIdentifier.OK {
		return nil, invalid("At least one of EventPattern, RetentionDays or Description must be provided.")
	}
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
