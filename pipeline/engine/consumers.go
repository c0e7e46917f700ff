package engine

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// consumers knows what each client was handed and may still be working on. A consumer's work ends when it asks the same place
// again, not when it deletes: a consumer that acknowledges first and acts afterwards is still at work. Several pollers under
// one name are counted: each answer adds one piece of work, each new question ends the oldest. Work that is younger than
// passingBy is spared if some poller's answer was empty: the question is taken to be that one's, so that a wait that passed for
// one poller does not end the work of another. Older work is not, because the one with the empty answer may have stopped asking.
type consumers struct {
	mu   sync.Mutex
	held map[consumerKey]*held
}

type consumerKey struct {
	scope  *Scope
	client string
	place  event.Place
}

const passingBy = 5 * time.Second

type held struct {
	batches []batch
	idle    int // pollers that were answered with nothing and will ask again
}

type batch struct {
	messages []event.Lineage
	at       time.Time // by package time, in which clients live
}

// Asked tells that client c asks place for more, so that the oldest thing it was handed there is done with.
func (e *Engine) Asked(c *Call, place event.Place) {
	c.asked = place
	e.work.mu.Lock()
	key := consumerKey{c.Scope, c.Client, place}
	h := e.work.held[key]
	switch {
	case h == nil:
	case h.idle > 0 && (len(h.batches) == 0 || time.Since(h.batches[0].at) < passingBy):
		h.idle--
	default:
		h.batches = h.batches[1:]
	}
	if h != nil && h.idle == 0 && len(h.batches) == 0 {
		delete(e.work.held, key)
	}
	e.work.mu.Unlock()
	if h != nil {
		e.news.tell()
	}
}

// answered tells that c ends. If it asked and was handed nothing, its client has nothing of it to work on. A client that went
// away is not expected to ask again.
func (e *Engine) answered(c *Call) {
	if c.asked == "" || c.Context.Err() != nil {
		return
	}
	e.work.mu.Lock()
	defer e.work.mu.Unlock()
	e.work.of(consumerKey{c.Scope, c.Client, c.asked}).idle++
}

func (w *consumers) of(key consumerKey) *held {
	h := w.held[key]
	if h == nil {
		h = &held{}
		w.held[key] = h
	}
	return h
}

// Received tells that client c was handed these messages from place; each Lineage's Cause is the hop of its receipt.
func (e *Engine) Received(c *Call, place event.Place, messages []event.Lineage) {
	c.asked = ""
	e.work.mu.Lock()
	defer e.work.mu.Unlock()
	h := e.work.of(consumerKey{c.Scope, c.Client, place})
	h.batches = append(h.batches, batch{messages, time.Now()})
}

// lineage concludes what a call of the client descends from: if all messages it holds belong to one flow, that flow; if it
// holds exactly one, that message. Of a call that tells its flow, messages of other flows are not the cause.
func (w *consumers) lineage(c *Call) (event.Lineage, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found event.Lineage
	n := 0
	for key, h := range w.held {
		if key.scope != c.Scope || key.client != c.Client {
			continue
		}
		for _, b := range h.batches {
			for _, l := range b.messages {
				if c.CorrelationID != "" && l.CorrelationID != c.CorrelationID {
					continue
				}
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

func (w *consumers) pending(among func(*Scope) bool) []event.Pending {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []event.Pending
	for key, h := range w.held {
		if len(h.batches) == 0 || !among(key.scope) {
			continue
		}
		who := key.client
		if who == "" {
			who = "an unnamed client"
		}
		n := 0
		for _, b := range h.batches {
			n += len(b.messages)
		}
		list = append(list, event.Pending{
			What: fmt.Sprintf("%s received %d message(s) from %s and has not asked again", who, n, key.place), Place: key.place, Count: n, Work: true,
		})
	}
	slices.SortFunc(list, func(a, b event.Pending) int { return strings.Compare(a.What, b.What) })
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
