// Implements: all members that CreateArchive stores, with the number and size of the events.
// Differs from AWS: number and size are exact at once, AWS counts with a delay.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeArchive returns one archive.
func (s *Service) DescribeArchive(_ *engine.Call, in *DescribeArchiveInput) (*DescribeArchiveOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	a := s.archives[in.ArchiveName]
	if a == nil {
		return nil, noSuchArchive(in.ArchiveName)
	}
	a.expire(s.scope.Engine.Now())
	return &DescribeArchiveOutput{
		ArchiveArn: wire.Some(a.arn), ArchiveName: wire.Some(a.name), EventSourceArn: wire.Some(a.source), Description: a.description,
		EventPattern: a.pattern, State: wire.Some(ArchiveStateEnabled), KmsKeyIdentifier: a.key, RetentionDays: wire.Some(a.retention),
		SizeBytes: wire.Some(a.size), EventCount: wire.Some(int64(len(a.events))), CreationTime: wire.Some(a.created),
	}, nil
}
