// Implements: description, key, dead-letter and log configuration (stored and described); what is not given stays.
// Differs from AWS: see CreateEventBus.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// UpdateEventBus changes a bus.
func (s *Service) UpdateEventBus(c *engine.Call, in *UpdateEventBusInput) (*UpdateEventBusOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.bus(in.Name.Or(""))
	if err != nil {
		return nil, err
	}
	if in.Description.OK {
		b.settings.Description = in.Description
	}
	if in.KmsKeyIdentifier.OK {
		b.settings.KmsKeyIdentifier = in.KmsKeyIdentifier
	}
	if in.DeadLetterConfig != nil {
		b.settings.DeadLetterConfig = in.DeadLetterConfig
	}
	if in.LogConfig != nil {
		b.settings.LogConfig = in.LogConfig
	}
	b.modified = s.scope.Engine.Now()
	c.Lineage(b.place)
	return &UpdateEventBusOutput{
		Arn: wire.Some(b.arn), Name: wire.Some(b.name), Description: b.settings.Description, KmsKeyIdentifier: b.settings.KmsKeyIdentifier,
		DeadLetterConfig: b.settings.DeadLetterConfig, LogConfig: b.settings.LogConfig,
	}, nil
}
