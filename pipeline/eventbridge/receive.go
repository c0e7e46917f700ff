package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Receive brings an event to a bus: from a pipe (an entry, see the package comment), or from a rule of another bus.
// Errors are of type *wire.Error, with AWS's code.
func (s *Service) Receive(d event.Delivery) error {
	if d.Event.ID != "" {
		return s.arrive(d)
	}
	e := entry{source: d.Event.Source, detailType: d.Event.Type, detail: d.Event.Body, at: d.Event.Time, trace: d.Event.Attributes[traceHeader]}
	if list := d.Event.Attributes["resources"]; list != "" {
		resources, err := stringList(list)
		if err != nil {
			return &wire.Error{Code: "InvalidArgument", Message: "Parameter Resources is not valid. Reason: Resources must be a list of strings."}
		}
		e.resources = resources
	}
	if code, message := e.check(); code != "" {
		return &wire.Error{Code: code, Message: message}
	}
	if e.size() > maxRequest {
		return invalid("Total size of the entries in the request is over the limit.")
	}
	now := s.scope.Engine.Now()
	hold := s.scope.Hold()
	defer hold.End()
	id := s.scope.UUID()
	hold.End()
	d.Event = e.event(id, s.scope.Account, s.scope.Region, now)
	return s.arrive(d)
}

func stringList(text string) (list []string, err error) {
	d := wire.NewDecoder([]byte(text))
	err = d.Array(func(int) error {
		s, err := d.String()
		list = append(list, s)
		return err
	})
	if err == nil {
		err = d.End()
	}
	return list, err
}
