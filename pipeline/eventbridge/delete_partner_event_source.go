// Implements: deletion for one account; a bus that matches the source stays, without events, and the source stays to be seen as DELETED.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"slices"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeletePartnerEventSource takes the offer of a source to an account back.
func (s *Service) DeletePartnerEventSource(c *engine.Call, in *DeletePartnerEventSourceInput) (*DeletePartnerEventSourceOutput, error) {
	if slices.Contains(s.customers(in.Name), in.Account) {
		s.in(in.Account).withdraw(in.Name, s.scope.Account)
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	accounts := slices.DeleteFunc(slices.Clone(s.offered[in.Name]), func(account string) bool { return account == in.Account })
	if s.offered[in.Name] = accounts; len(accounts) == 0 {
		delete(s.offered, in.Name)
	}
	c.Lineage(event.At(event.PlaceBus, in.Name))
	return &DeletePartnerEventSourceOutput{}, nil
}
