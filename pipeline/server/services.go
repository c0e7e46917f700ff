package server

import (
	"maps"
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Service is the table of operations of one service in one scope.
type Service = wire.Service[*engine.Call]

// Operation is one row of it.
type Operation = wire.Operation[*engine.Call]

// Services are the services of one account in one region, to be found by what a request says. They are what the engine's
// Build returns to this package. Read only, safe for concurrent use.
type Services struct {
	byTarget map[string]*Service   // by the part of X-Amz-Target before the dot
	byName   map[string][]*Service // by the name that requests are signed for; DynamoDB and its streams share one
}

// NewServices returns the given services.
func NewServices(list ...Service) *Services {
	s := &Services{byTarget: make(map[string]*Service, len(list)), byName: make(map[string][]*Service, len(list))}
	for i := range list {
		svc := &list[i]
		if svc.TargetPrefix != "" {
			s.byTarget[svc.TargetPrefix] = svc
		}
		s.byName[svc.Name] = append(s.byName[svc.Name], svc)
	}
	return s
}

// named returns the service that requests are signed for under that name and that speaks p, or nil.
func (s *Services) named(name string, p wire.Protocol) *Service {
	for _, svc := range s.byName[name] {
		if svc.Protocol == p {
			return svc
		}
	}
	return nil
}

// speaking returns a service that speaks p and has the operation, or nil: for requests that are not signed. Where several have
// one of that name, the version of the API decides.
func (s *Services) speaking(p wire.Protocol, operation, version string) *Service {
	var found *Service
	for _, name := range s.names() {
		for _, svc := range s.byName[name] {
			if svc.Protocol != p {
				continue
			}
			_, here := svc.Operations[operation]
			_, known := svc.NotImplemented[operation]
			if (here || known) && (found == nil || svc.Version == version) {
				found = svc
			}
		}
	}
	return found
}

func (s *Services) names() []string { return slices.Sorted(maps.Keys(s.byName)) }
