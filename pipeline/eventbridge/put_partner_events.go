// Implements: the entries of PutEvents, to the matching bus of every account that the source is offered to; while the source is not active
// there, the entry is answered with success and recorded as lost.
// Differs from AWS: the code and wording for a source that the account does not offer.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// PutPartnerEvents puts events on the buses that match the sources they name.
func (s *Service) PutPartnerEvents(c *engine.Call, in *PutPartnerEventsInput) (*PutPartnerEventsOutput, error) {
	entries := make([]entry, len(in.Entries))
	total := 0
	for i := range in.Entries {
		e := &in.Entries[i]
		entries[i] = entry{source: e.Source.V, detailType: e.DetailType.V, detail: e.Detail.V, resources: e.Resources, at: e.Time.V}
		total += entries[i].size()
	}
	if total > maxRequest {
		return nil, invalid("Total size of the entries in the request is over the limit.")
	}
	out := &PutPartnerEventsOutput{Entries: make([]PutPartnerEventsResultEntry, len(entries))}
	failed := int32(0)
	for i := range entries {
		e := &entries[i]
		code, message := e.check()
		customers := s.customers(e.source)
		if code == "" && len(customers) == 0 {
			code, message = "InvalidArgument", "Parameter Source is not valid. Reason: The account offers no partner event source of that name."
		}
		if code != "" {
			out.Entries[i] = PutPartnerEventsResultEntry{ErrorCode: wire.Some(code), ErrorMessage: wire.Some(message)}
			failed++
			s.refused(c, e.source, e, event.Because(code, message))
			continue
		}
		id := s.newID()
		for _, account := range customers {
			s.supply(c, account, id, e)
		}
		out.Entries[i].EventId = wire.Some(id)
	}
	out.FailedEntryCount = wire.Some(failed)
	return out, nil
}

// supply brings an event to the bus of a customer that matches its source.
func (s *Service) supply(c *engine.Call, account, id string, e *entry) {
	to := address{place: event.At(event.PlaceBus, e.source), account: account, region: s.scope.Region}
	d := s.delivery(c, to, e.event(id, account, to.region, s.scope.Engine.Now()))
	if src := s.in(account).shown(e.source, s.scope.Account); src == nil || src.State.V != EventSourceStateActive {
		s.lost(d, &wire.Error{Code: "EventSourceNotActive", Message: "account " + account + " has no active event bus for the partner event source " +
			e.source + "; PutPartnerEvents is answered with success all the same"})
		return
	}
	s.dispatch(d)
}
