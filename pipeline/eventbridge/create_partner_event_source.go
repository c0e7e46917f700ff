// Implements: partner event sources of any name of the right form, for one or more accounts; the matching bus is the customer's CreateEventBus.
// Differs from AWS: every account is a partner, so no name is reserved; wordings are its own.
// Not implemented: nothing.

package eventbridge

import (
	"slices"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// CreatePartnerEventSource offers a source of events to an account.
func (s *Service) CreatePartnerEventSource(c *engine.Call, in *CreatePartnerEventSourceInput) (*CreatePartnerEventSourceOutput, error) {
	known := slices.Contains(s.customers(in.Name), in.Account)
	arn, err := s.in(in.Account).offer(in.Name, s.scope.Account, known)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	accounts := s.offered[in.Name]
	if i, found := slices.BinarySearch(accounts, in.Account); !found {
		s.offered[in.Name] = slices.Insert(slices.Clone(accounts), i, in.Account)
	}
	c.Lineage(event.At(event.PlaceBus, in.Name))
	return &CreatePartnerEventSourceOutput{EventSourceArn: wire.Some(arn)}, nil
}
