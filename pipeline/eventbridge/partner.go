package eventbridge

import (
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// partnerPrefix begins the names of partner event sources and of the buses that match them.
const partnerPrefix = "aws.partner/"

// maxPending is how long a source stays that no active bus matches.
//
// Source: EventBridge API Reference, DeactivateEventSource.
const maxPending = 14 * 24 * time.Hour

// source is a partner event source as the account sees it that a partner offers it to. The scope's lock guards it.
type source struct {
	name, arn string
	owner     string // the partner's account
	created   time.Time
	expires   time.Time // if it is pending
	idle      bool      // deactivated
	deleted   bool      // by the partner, or by time, while a bus matches it
}

// state tells the state of a source. The scope must be locked.
func (s *Service) state(src *source) string {
	switch {
	case src.deleted:
		return EventSourceStateDeleted
	case src.idle || s.buses[src.name] == nil:
		return EventSourceStatePending
	}
	return EventSourceStateActive
}

// source finds a source that was not pending for too long. The scope must be locked.
func (s *Service) source(name string) (*source, error) {
	if src := s.sources[name]; src != nil && s.state(src) == EventSourceStatePending && !s.scope.Engine.Now().Before(src.expires) {
		s.end(src)
	}
	if src := s.sources[name]; src != nil {
		return src, nil
	}
	return nil, noSuchSource(name)
}

// standing is source for one that is not deleted, as a bus that matches it may have outlived it.
func (s *Service) standing(name string) (*source, error) {
	src, err := s.source(name)
	if err == nil && src.deleted {
		return nil, ErrInvalidStateException("Event source " + name + " is deleted.")
	}
	return src, err
}

// end deletes a source; with a bus that matches it, it stays to be seen. The scope must be locked.
func (s *Service) end(src *source) {
	src.deleted = s.buses[src.name] != nil
	if !src.deleted {
		delete(s.sources, src.name)
	}
}

// match makes a source active for a bus that is about to be created. The scope must be locked.
func (s *Service) match(in *CreateEventBusInput) error {
	name := in.EventSourceName.Or(in.Name)
	if name != in.Name {
		return invalid("The name of a partner event bus must be the name of its partner event source, " + name + ".")
	}
	src, err := s.source(name)
	if err == nil {
		src.idle = false
	}
	return err
}

// unmatch leaves the source of a deleted bus pending. The scope must be locked.
func (s *Service) unmatch(busName string) {
	src := s.sources[busName]
	switch {
	case src == nil:
	case src.deleted:
		delete(s.sources, busName)
	default:
		src.idle, src.expires = false, s.scope.Engine.Now().Add(maxPending)
	}
}

// in returns the service of another account in the same region.
func (s *Service) in(account string) *Service {
	other, _ := s.scope.Engine.Scope(account, s.scope.Region).Receiver(event.PlaceBus).(*Service)
	return other
}

// offer adds a source that the partner with that account made for this account. A source that the partner does not know of
// any more, because its account was reset, is replaced.
func (s *Service) offer(name, owner string, known bool) (arn string, err error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	src, _ := s.source(name)
	if src != nil && (src.owner != owner || known && !src.deleted) {
		return "", ErrResourceAlreadyExistsException("Event source " + name + " already exists.")
	}
	now := s.scope.Engine.Now()
	src = &source{name: name, arn: sourceARN(s.scope.Region, name), owner: owner, created: now, expires: now.Add(maxPending)}
	s.sources[name] = src
	return src.arn, nil
}

// withdraw deletes a source that the partner with that account made for this account.
func (s *Service) withdraw(name, owner string) {
	s.scope.Lock()
	defer s.scope.Unlock()
	if src, err := s.source(name); err == nil && src.owner == owner {
		s.end(src)
	}
}

// shown tells the partner with that account what became of its source here; nil: it is no more.
func (s *Service) shown(name, owner string) *EventSource {
	s.scope.Lock()
	defer s.scope.Unlock()
	src, err := s.source(name)
	if err != nil || src.owner != owner {
		return nil
	}
	out := s.describe(src)
	return &out
}

// describe must be called with the scope locked.
func (s *Service) describe(src *source) EventSource {
	partner, _, _ := strings.Cut(strings.TrimPrefix(src.name, partnerPrefix), "/")
	out := EventSource{
		Arn: wire.Some(src.arn), Name: wire.Some(src.name), CreatedBy: wire.Some(partner), CreationTime: wire.Some(src.created), State: wire.Some(s.state(src)),
	}
	if out.State.V == EventSourceStatePending {
		out.ExpirationTime = wire.Some(src.expires)
	}
	return out
}

// customers returns the accounts that a source of this account is offered to, sorted.
func (s *Service) customers(name string) []string {
	s.scope.Lock()
	defer s.scope.Unlock()
	return slices.Clone(s.offered[name])
}

func sourceARN(region, name string) string {
	return "arn:aws:events:" + region + "::event-source/" + name
}
