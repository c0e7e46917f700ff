package dynamodb

import (
	"slices"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// lag is what a global secondary index does not show yet of its table, or never will. The scope's lock guards it. The copies that
// UpdateTable makes of an index share it; an index that takes the name of a deleted one has another.
//
// Source: Amazon DynamoDB Developer Guide, "Using Global Secondary Indexes in DynamoDB": indexes follow their table with eventual
// consistency.
type lag struct {
	table    string
	index    string
	from, to event.Place
	behind   map[string]*behind // by the item's key in the table: items of which the index shows something else than the table has
	offered  uint64

	queue    []*effect // effects that interceptors have not seen yet
	draining bool      // somebody is showing them
}

// behind is one item as the index shows it, and what is still to come.
type behind struct {
	shown   *record   // nil if the index does not have the item
	effects []*effect // in the order of the writes
}

// effect is what one write changes in one index.
type effect struct {
	key      string  // of the item in the table
	next     *record // nil after a deletion
	at       time.Time
	delivery event.Delivery
	fate     fate
	late     bool // it did not come at once
}

// fate is what became of an effect.
type fate uint8

const (
	underway fate = iota
	arrived
	lost
)

// store puts next in the place of old in the table and its indexes. The scope must be locked.
//
// With hop interceptors a global index does not get its part here: that waits in the index's queue until flush shows it to them.
func (s *Service) store(t *table, old, next *record, l event.Lineage, now time.Time) {
	if !s.scope.Engine.Intercepted() {
		t.store(old, next)
		return
	}
	t.storeItem(old, next)
	for _, x := range t.indexes {
		if x.global {
			s.enqueue(t, x, old, next, l, now)
		} else {
			x.store(old, next)
		}
	}
}

// enqueue lets the index follow a write later. The scope must be locked.
func (s *Service) enqueue(t *table, x *index, old, next *record, l event.Lineage, now time.Time) {
	if x.lag == nil {
		x.lag = &lag{table: t.name, index: x.name, from: t.place, to: event.At(event.PlaceIndex, t.name+"/"+x.name), behind: map[string]*behind{}}
	}
	g := x.lag
	rec := next
	if rec == nil {
		rec = old
	}
	b := g.behind[rec.key]
	if x.writeCost(old, next) == 0 { // nothing of it is to be seen in the index
		if b == nil {
			x.store(old, next)
		}
		return
	}
	if b == nil {
		b = &behind{shown: old}
		g.behind[rec.key] = b
	}
	g.offered++
	e := &effect{key: rec.key, next: next, at: now, delivery: event.Delivery{
		Lineage: event.Lineage{Cause: l.Cause, CorrelationID: l.CorrelationID, Inferred: l.Inferred},
		Account: s.scope.Account, Region: s.scope.Region, From: g.from, To: g.to, Event: x.eventOf(t, old, next, g.offered, now), Attempt: 1,
	}}
	b.effects = append(b.effects, e)
	g.queue = append(g.queue, e)
	s.lagging = append(s.lagging, g)
}

// eventOf tells what a write changes in the index: the type is that of the change there, images are what the index has of them.
// The id takes no random number, so that a table's other ids do not depend on its indexes.
func (x *index) eventOf(t *table, old, next *record, ordinal uint64, now time.Time) *event.Event {
	before, after := x.image(old), x.image(next)
	keys, name := before, remove
	switch {
	case before == "":
		keys, name = after, insert
	case after != "":
		name = modify
	}
	keys = t.keys.of(keys)
	body := keys.AppendJSON([]byte(`{"Keys":`))
	if after != "" {
		body = after.AppendJSON(append(body, `,"NewImage":`...))
	}
	if before != "" {
		body = before.AppendJSON(append(body, `,"OldImage":`...))
	}
	return &event.Event{
		ID: t.id + "/" + x.name + "/" + strconv.FormatUint(ordinal, 10), Source: "aws:dynamodb", Type: name, Time: now, Key: t.keys.text(keys),
		Body: string(append(body, '}')),
	}
}

// image returns what the index has of a record, nil if it does not have it.
func (x *index) image(rec *record) attr.Packed {
	if rec == nil {
		return ""
	}
	if _, ok := x.appendEntryKey(nil, rec); !ok {
		return ""
	}
	return x.project(rec.item)
}

// offerEffects shows the queued effects to the interceptors, those of one index in the order of the writes and by one caller at
// a time. Call it without the lock.
func (s *Service) offerEffects() {
	s.scope.Lock()
	defer s.scope.Unlock()
	for len(s.lagging) > 0 {
		g := s.lagging[0]
		s.lagging = s.lagging[1:]
		if !g.draining {
			s.drain(g)
		}
	}
}

func (s *Service) drain(g *lag) {
	g.draining = true
	defer func() { g.draining = false }()
	for len(g.queue) > 0 {
		e := g.queue[0]
		g.queue = g.queue[1:]
		s.offer(g, e)
	}
}

// offer takes the lock off, and on again when it returns.
func (s *Service) offer(g *lag, e *effect) {
	s.scope.Unlock()
	defer s.scope.Lock()
	lives := s.scope.Engine.Through(e.delivery, func(d event.Delivery) {
		s.scope.Lock()
		defer s.scope.Unlock()
		e.late = e.late || e.fate == underway && d.Due.After(e.at)
		s.conclude(g, e, arrived)
	})
	if !lives {
		s.scope.Lock()
		defer s.scope.Unlock()
		s.conclude(g, e, lost)
	}
}

// conclude notes what became of an effect and carries out those of its item whose turn it is: one that overtook another waits for
// it, so that an item never goes back in the index. A duplicate changes nothing. The scope must be locked.
func (s *Service) conclude(g *lag, e *effect, f fate) {
	t := s.tables[g.table]
	if e.fate != underway || t == nil {
		return
	}
	x := t.index(g.index)
	if x == nil || x.lag != g {
		return // the index was deleted meanwhile
	}
	b := g.behind[e.key]
	e.fate = f
	e.late = e.late || b.effects[0] != e
	for len(b.effects) > 0 && b.effects[0].fate != underway {
		first := b.effects[0]
		b.effects = slices.Delete(b.effects, 0, 1)
		if first.fate == lost {
			continue
		}
		x.store(b.shown, first.next)
		b.shown = first.next
		if first.late {
			s.recordLag(first)
		}
	}
	if len(b.effects) > 0 {
		return
	}
	if now := t.items.get(e.key); x.writeCost(b.shown, now) == 0 {
		x.store(b.shown, now)
		delete(g.behind, e.key)
	}
}

// recordLag records that the index shows a write only now. An effect that comes at once leaves no hop: it is part of the write.
func (s *Service) recordLag(e *effect) {
	d := e.delivery
	s.scope.Engine.Record(event.Hop{
		Account: d.Account, Region: d.Region, Kind: event.KindArrive, From: d.From, To: d.To, Outcome: event.Delivered,
		Reason: event.Because("IndexLagged", "the index shows the write "+s.scope.Engine.Now().Sub(e.at).String()+" after it"),
		Cause:  d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred, Attempt: d.Attempt, Event: d.Event,
	})
}
