// Implements: up to ten entries and 1 MiB a request, a result for each entry; buses by name or ARN, also of another
// account; TraceHeader goes on to queues and buses; an entry for a bus that does not exist is answered with success, as at AWS, and recorded as lost.
// Differs from AWS: sources that start with "aws." are accepted.
// Not implemented: global endpoints: EndpointId is accepted and ignored.

package eventbridge

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxRequest is the limit of all entries of a request together, in bytes.
const maxRequest = 1 << 20

// PutEvents puts events on buses.
func (s *Service) PutEvents(c *engine.Call, in *PutEventsInput) (*PutEventsOutput, error) {
	entries := make([]entry, len(in.Entries))
	total := 0
	for i := range in.Entries {
		e := &in.Entries[i]
		entries[i] = entry{source: e.Source.V, detailType: e.DetailType.V, detail: e.Detail.V, resources: e.Resources, at: e.Time.V, trace: e.TraceHeader.V}
		total += entries[i].size()
	}
	if total > maxRequest {
		return nil, invalid("Total size of the entries in the request is over the limit.")
	}
	out := &PutEventsOutput{Entries: make([]PutEventsResultEntry, len(entries))}
	failed := int32(0)
	for i := range entries {
		if code, message := entries[i].check(); code != "" {
			out.Entries[i] = PutEventsResultEntry{ErrorCode: wire.Some(code), ErrorMessage: wire.Some(message)}
			failed++
			s.refused(c, in.Entries[i].EventBusName.V, &entries[i], event.Because(code, message))
			continue
		}
		out.Entries[i].EventId = wire.Some(s.put(c, in.Entries[i].EventBusName.V, &entries[i]))
	}
	out.FailedEntryCount = wire.Some(failed)
	return out, nil
}

// busAddress returns the place of a bus that a request names; it may not exist.
func (s *Service) busAddress(ref string) address {
	if a, ok := parseARN(ref); ok && strings.HasPrefix(a.Resource, "event-bus/") {
		return addressOf(a, s.scope.Account, s.scope.Region)
	}
	if ref == "" {
		ref = defaultBus
	}
	return address{place: event.At(event.PlaceBus, ref), account: s.scope.Account, region: s.scope.Region}
}

// put brings one valid entry to its bus and returns the event's id.
func (s *Service) put(c *engine.Call, ref string, e *entry) string {
	id := s.newID()
	s.dispatch(s.delivery(c, s.busAddress(ref), e.event(id, s.scope.Account, s.scope.Region, s.scope.Engine.Now())))
	return id
}

func (s *Service) newID() string {
	s.scope.Lock()
	defer s.scope.Unlock()
	return s.scope.UUID()
}

func (s *Service) delivery(c *engine.Call, to address, e *event.Event) event.Delivery {
	return event.Delivery{Lineage: c.Lineage(to.place), Account: to.account, Region: to.region, From: c.Place(), To: to.place, Attempt: 1, Event: e}
}

// dispatch brings an event to its bus; what no bus takes is recorded.
func (s *Service) dispatch(d event.Delivery) {
	switch {
	case d.Account != s.scope.Account || d.Region != s.scope.Region:
		s.scope.Engine.Send(d, s.lost)
	case s.scope.Engine.Intercepted():
		s.scope.Engine.Through(d, func(d event.Delivery) { s.lost(d, s.arrive(d)) })
	default:
		s.lost(d, s.arrive(d))
	}
}

// lost records an event that PutEvents answered with success and that no bus took.
func (s *Service) lost(d event.Delivery, err error) {
	if err == nil {
		return
	}
	why := event.Because(codeOf(err), err.Error())
	if why.Code == "ResourceNotFoundException" {
		why = event.Because("NoSuchBus", "event bus "+d.To.Name()+" does not exist; PutEvents is answered with success all the same, as AWS does")
	}
	s.scope.Engine.Record(event.Hop{
		Account: d.Account, Region: d.Region, Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Event: d.Event, Attempt: d.Attempt,
		Reason: why, Fact: d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred,
	})
}

// refused records an entry that PutEvents refused.
func (s *Service) refused(c *engine.Call, ref string, e *entry, why *event.Reason) {
	to := s.busAddress(ref)
	lineage := c.Lineage(to.place)
	s.scope.Engine.Record(event.Hop{
		Account: to.account, Region: to.region, Kind: event.KindDrop, From: c.Place(), To: to.place, Outcome: event.Failed, Reason: why,
		Event: &event.Event{Source: e.source, Type: e.detailType, Time: e.at, Body: e.detail},
		Cause: lineage.Cause, CorrelationID: lineage.CorrelationID, Inferred: lineage.Inferred,
	})
}
