package engine

import (
	"fmt"
	"slices"
	"sync"

	"github.com/dyetrace/dyetrace/event"
)

// consumers knows what each client was handed and may still be working on. A consumer's work ends when it asks the same place
// again, not when it deletes: a consumer that acknowledges first and acts afterwards is still at work. Several pollers under
// one name are counted: each answer adds one piece of work, each new question ends the oldest.
type consumers struct {
	mu   sync.Mutex
	held map[consumerKey]*held
}

type consumerKey struct {
	scope  *Scope
	client string
	place  event.Place
}

type held struct{ batches [][]event.Lineage }

// Asked tells that client c asks place for more, so that the oldest thing it was handed there is done with.
func (e *Engine) Asked(c *Call, place event.Place) {
	e.work.mu.Lock()
	key := consumerKey{c.Scope, c.Client, place}
	h := e.work.held[key]
	if h != nil {
		if len(h.batches) == 1 {
			delete(e.work.held, key)
		} else {
			h.batches = h.batches[1:]
		}
	}
	e.work.mu.Unlock()
	if h != nil {
		e.news.tell()
	}
}

// Received tells that client c was handed these messages from place; each Lineage's Cause is the hop of its receipt.
func (e *Engine) Received(c *Call, place event.Place, messages []event.Lineage) {
	e.work.mu.Lock()
	defer e.work.mu.Unlock()
	key := consumerKey{c.Scope, c.Client, place}
	h := e.work.held[key]
	if h == nil {
		h = &held{}
		e.work.held[key] = h
	}
	h.batches = append(h.batches, messages)
}

// lineage concludes what a call of the client descends from: if all messages it holds belong to one flow, that flow; if it
// holds exactly one, that message.
func (w *consumers) lineage(c *Call) (event.Lineage, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found event.Lineage
	n := 0
	for key, h := range w.held {
		if key.scope != c.Scope || key.client != c.Client {
			continue
		}
		for _, batch := range h.batches {
			for _, l := range batch {
				if n > 0 && l.CorrelationID != found.CorrelationID {
					return event.Lineage{}, false
				}
				found = event.Lineage{Cause: l.Cause, CorrelationID: l.CorrelationID}
				n++
			}
		}
	}
	if n > 1 {
		found.Cause = 0
	}
	return found, n > 0
}

func (w *consumers) pending() []event.Pending {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []event.Pending
	for key, h := range w.held {
		who := key.client
		if who == "" {
			who = "an unnamed client"
		}
		n := 0
		for _, b := range h.batches {
			n += len(b)
		}
		list = append(list, event.Pending{
			What: fmt.Sprintf("%s received %d message(s) from %s and has not asked again", who, n, key.place), Place: key.place, Count: n, Work: true,
		})
	}
	slices.SortFunc(list, func(a, b event.Pending) int { return slices.Compare([]byte(a.What), []byte(b.What)) })
	return list
}

func (w *consumers) drop(s *Scope) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range w.held {
		if key.scope == s {
			delete(w.held, key)
		}
	}
}
