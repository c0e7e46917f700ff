package server

import (
	"context"
	"net/http"

	"github.com/dyetrace/dyetrace/event"
)

// Hops is the answer of GET /_dyetrace/hops.
type Hops struct {
	Hops []event.Hop `json:"hops"`
	Lost uint64      `json:"lost"` // hops after the asked for sequence number that are no longer kept
	Last uint64      `json:"last"` // sequence number up to which the answer goes: ask for what is after it next
	More bool        `json:"more"` // limit cut the answer
}

// selection is what of the history is asked for.
type selection struct {
	correlation, account string
	place                event.Place
	limit                uint64
}

func (f *selection) takes(h *event.Hop) bool {
	return (f.correlation == "" || h.CorrelationID == f.correlation) && (f.account == "" || h.Account == f.account) &&
		(f.place == "" || h.From == f.place || h.To == f.place)
}

// hops selects from the history by correlation, account, place (that a hop leads from or to) and sequence number. With wait it
// answers as soon as there is something, or with nothing when the wait is over: a client follows a pipeline by asking for what is
// after Last again and again.
func (s *Server) hops(w http.ResponseWriter, r *http.Request) (any, *refusal) {
	after, problem := number(r, "after", 0)
	if problem != nil {
		return nil, problem
	}
	limit, problem := number(r, "limit", hopsDefault)
	if problem != nil {
		return nil, problem
	}
	ctx, stop, problem := waiting(w, r, "wait", 0, hopsMost)
	if problem != nil {
		return nil, problem
	}
	defer stop()
	query := r.URL.Query()
	f := selection{query.Get("correlation"), query.Get("account"), event.Place(query.Get("place")), limit}
	return s.await(ctx, &f, after), nil
}

// await selects until something was found, ctx ends or the server does.
func (s *Server) await(ctx context.Context, f *selection, after uint64) Hops {
	// A wait for ctx.Done itself would not be durable in a bubble if ctx is from outside of it.
	late := make(chan struct{})
	defer context.AfterFunc(ctx, func() { close(late) })()
	found := Hops{Hops: []event.Hop{}, Last: after}
	for {
		news, done := s.engine.News()
		s.find(f, &found)
		if len(found.Hops) > 0 || found.More || ctx.Err() != nil {
			done()
			return found
		}
		select {
		case <-news:
		case <-late:
		case <-s.over:
			done()
			return found
		}
		done()
	}
}

// find adds what was recorded after found.Last.
func (s *Server) find(f *selection, found *Hops) {
	all, lost := s.engine.Hops(found.Last)
	found.Lost += lost
	for i := range all {
		h := &all[i]
		if !f.takes(h) {
			found.Last = h.Seq
			continue
		}
		if uint64(len(found.Hops)) == f.limit {
			found.More = true
			return
		}
		found.Hops = append(found.Hops, *h)
		found.Last = h.Seq
	}
}
