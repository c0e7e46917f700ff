package server

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/dyetrace/dyetrace/event"
)

// maxRecord is the longest hop that is taken down: a body of 1 MiB with room for escapes.
const maxRecord = 8 << 20

// record takes down a hop at an end of the flow that the pipeline cannot see, such as a request to a fake HTTP service:
// POST /_dyetrace/record?account=ID with the hop as JSON. Its seq, time and account are set here; the answer is what its effects
// inherit.
func (s *Server) record(w http.ResponseWriter, r *http.Request) (any, *refusal) {
	account := r.URL.Query().Get("account")
	if !event.IsAccount(account) {
		return nil, &refusal{http.StatusBadRequest, "BadAccount", "account must be 12 digits"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRecord))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return nil, &refusal{http.StatusRequestEntityTooLarge, "TooLong", "a hop has at most 8 MiB"}
	}
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "BadHop", "the body could not be read: " + clip(err.Error())}
	}
	var h event.Hop
	if err := json.Unmarshal(body, &h); err != nil {
		return nil, &refusal{http.StatusBadRequest, "BadHop", "the body must be a hop as GET /_dyetrace/hops shows it: " + clip(err.Error())}
	}
	if !outside(h.To) && !outside(h.From) || h.Kind != event.KindCall && h.Kind != event.KindArrive {
		return nil, &refusal{http.StatusBadRequest, "BadHop", "a hop from outside is a call or an arrive, from or to an http: or socket: place; all others are the pipeline's own to record"}
	}
	if last, _ := s.engine.LastSeq(); h.Cause > last || h.Fact > last {
		return nil, &refusal{http.StatusBadRequest, "BadHop", "its cause and its fact must be hops that were recorded before"}
	}
	recorded := event.Hop{
		Account: account, Region: DefaultRegion, Kind: h.Kind, From: h.From, To: h.To, Outcome: h.Outcome, Reason: h.Reason, Operation: h.Operation,
		Fact: h.Fact, Cause: h.Cause, CorrelationID: h.CorrelationID, Inferred: h.Inferred, Attempt: h.Attempt, Event: h.Event,
	}
	return s.engine.Record(recorded), nil
}

func outside(p event.Place) bool {
	return p.Kind() == event.PlaceHTTP || p.Kind() == event.PlaceSocket
}
