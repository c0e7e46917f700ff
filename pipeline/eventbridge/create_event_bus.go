// Implements: custom buses, and partner buses that match their source, with description, tags, key, dead-letter and log configuration (stored and described).
// Differs from AWS: the bus's own dead-letter queue and log level are stored only; nothing is encrypted.
// Not implemented: nothing.

package eventbridge

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxBuses is the default quota of an account and region.
//
// Source: EventBridge User Guide, quotas, "Event buses".
const maxBuses = 100

// CreateEventBus adds a custom bus.
func (s *Service) CreateEventBus(c *engine.Call, in *CreateEventBusInput) (*CreateEventBusOutput, error) {
	partner := in.EventSourceName.OK || strings.HasPrefix(in.Name, partnerPrefix)
	if !partner && strings.Contains(in.Name, "/") {
		return nil, invalid("Event bus name must not contain '/'.")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if s.buses[in.Name] != nil {
		return nil, ErrResourceAlreadyExistsException("Event bus " + in.Name + " already exists.")
	}
	if len(s.buses) >= maxBuses {
		return nil, overLimit()
	}
	if partner {
		if err := s.match(in); err != nil {
			return nil, err
		}
	}
	b := s.newBus(in, s.scope.Engine.Now())
	s.buses[in.Name] = b
	s.setTags(b.arn, in.Tags)
	c.Lineage(b.place)
	return &CreateEventBusOutput{
		EventBusArn: wire.Some(b.arn), Description: in.Description, KmsKeyIdentifier: in.KmsKeyIdentifier,
		DeadLetterConfig: in.DeadLetterConfig, LogConfig: in.LogConfig,
	}, nil
}
