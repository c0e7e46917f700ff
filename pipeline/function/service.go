package function

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Service is the functions of a [Registry] in one account and region.
type Service struct {
	scope    *engine.Scope
	registry *Registry
	resets   int // so far; what was invoked before the last one is nobody's any more. Guarded by the scope's lock
}

var (
	_ engine.Service   = (*Service)(nil)
	_ engine.Receiver  = (*Service)(nil)
	_ engine.Functions = (*Service)(nil)
)

// New returns the functions of a scope and registers them there for places of kind "function" and for callers that wait for an
// answer. Call it while the scope is being built.
func New(scope *engine.Scope, registry *Registry) *Service {
	s := &Service{scope: scope, registry: registry}
	scope.Register(s, map[string]engine.Receiver{event.PlaceFunction: s})
	scope.OfferFunctions(s)
	return s
}

// Pending lists nothing: the engine knows which functions run and which retries are due.
func (s *Service) Pending() []event.Pending { return nil }

// Describe adds the functions and their dead-letter queues.
func (s *Service) Describe(t *event.Topology) {
	for _, name := range s.registry.names(s.scope.Account, s.scope.Region) {
		place := event.At(event.PlaceFunction, name)
		t.Places = append(t.Places, place)
		if f := s.registry.find(s.scope.Account, s.scope.Region, name); f != nil && f.dead != nil {
			t.Edges = append(t.Edges, event.Edge{From: place, To: f.dead.place, Why: "function dead-letter"})
			if f.dead.place.Kind() == event.PlaceQueue {
				t.DLQs = append(t.DLQs, f.dead.place)
			}
		}
	}
}

// Reset forgets invocations: what a running function returns is not looked at any more. The functions stay registered.
func (s *Service) Reset() {
	s.scope.Lock()
	defer s.scope.Unlock()
	s.resets++
}

func (s *Service) record(h event.Hop, l event.Lineage) event.Lineage {
	h.Account, h.Region = s.scope.Account, s.scope.Region
	h.Fact, h.Cause, h.CorrelationID, h.Inferred = l.Fact, l.Cause, l.CorrelationID, l.Inferred
	return s.scope.Engine.Record(h)
}

// local returns name, qualifier and place of a function of this scope, from "NAME[:QUALIFIER]".
func (s *Service) local(resource string) (arn, name string) {
	name, _, _ = strings.Cut(resource, ":")
	return arnOf(s.scope.Account, s.scope.Region, resource), name
}

// address is where a delivery goes.
type address struct {
	place           event.Place
	account, region string
}

func deadLetterAddress(arn string) (address, bool) {
	m := deadForm().FindStringSubmatch(arn)
	if m == nil {
		return address{}, false
	}
	kind := event.PlaceQueue
	if m[1] == "sns" {
		kind = event.PlaceTopic
	}
	return address{place: event.At(kind, m[4]), account: m[3], region: m[2]}, true
}
