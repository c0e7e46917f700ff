// Implements: all members that CreateEventBus stores, by name or ARN, the default bus without a name.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeEventBus returns one bus.
func (s *Service) DescribeEventBus(_ *engine.Call, in *DescribeEventBusInput) (*DescribeEventBusOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.bus(in.Name.Or(""))
	if err != nil {
		return nil, err
	}
	return &DescribeEventBusOutput{
		Name: wire.Some(b.name), Arn: wire.Some(b.arn), Description: b.settings.Description,
		KmsKeyIdentifier: b.settings.KmsKeyIdentifier, DeadLetterConfig: b.settings.DeadLetterConfig, LogConfig: b.settings.LogConfig,
		Policy: b.policy.text(), CreationTime: wire.Some(b.created), LastModifiedTime: wire.Some(b.modified),
	}, nil
}
