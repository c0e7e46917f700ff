package server

import (
	"net/http"

	"github.com/dyetrace/dyetrace/event"
)

// Explanation is the answer of GET /_dyetrace/explain.
type Explanation struct {
	Place  event.Place   `json:"place"`
	Takes  bool          `json:"takes"`            // the place takes the event
	Reason *event.Reason `json:"reason,omitempty"` // why it does not
}

// explain says what a place, e.g. place=rule:crm/leads, makes of the event of the hop seq. It asks as things are now: a rule that
// was changed since then answers for what it is.
func (s *Server) explain(_ http.ResponseWriter, r *http.Request) (any, *refusal) {
	seq, problem := number(r, "seq", 0)
	if problem != nil {
		return nil, problem
	}
	place := event.Place(r.URL.Query().Get("place"))
	if seq == 0 || place == "" {
		return nil, &refusal{http.StatusBadRequest, "BadQuestion", "explain needs seq, of a hop that carries an event, and place, as in seq=17&place=rule:crm/leads"}
	}
	hops, _ := s.engine.Hops(seq - 1)
	if len(hops) == 0 || hops[0].Seq != seq || hops[0].Event == nil {
		return nil, &refusal{http.StatusNotFound, "NoSuchEvent", "the history has no hop of that number that carries an event"}
	}
	why, known := s.engine.Scope(hops[0].Account, hops[0].Region).Explain(hops[0].Event, place)
	if !known {
		return nil, &refusal{http.StatusNotFound, "NoSuchPlace", "nothing at " + clip(string(place)) + " can say what it makes of an event; rules can, as rule:BUS/NAME"}
	}
	return Explanation{Place: place, Takes: why == nil, Reason: why}, nil
}
