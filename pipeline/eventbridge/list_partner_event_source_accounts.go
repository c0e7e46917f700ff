// Implements: state and times in each account, limit and token; sorted by account.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListPartnerEventSourceAccounts returns the accounts that a source is offered to.
func (s *Service) ListPartnerEventSourceAccounts(
	_ *engine.Call, in *ListPartnerEventSourceAccountsInput,
) (*ListPartnerEventSourceAccountsOutput, error) {
	accounts := s.customers(in.EventSourceName)
	if len(accounts) == 0 {
		return nil, noSuchSource(in.EventSourceName)
	}
	list := []PartnerEventSourceAccount{}
	for _, account := range accounts {
		if src := s.in(account).shown(in.EventSourceName, s.scope.Account); src != nil {
			list = append(list, PartnerEventSourceAccount{
				Account: wire.Some(account), CreationTime: src.CreationTime, ExpirationTime: src.ExpirationTime, State: src.State,
			})
		}
	}
	list, next, err := page(list, func(a PartnerEventSourceAccount) string { return a.Account.V }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	return &ListPartnerEventSourceAccountsOutput{PartnerEventSourceAccounts: list, NextToken: next}, nil
}
