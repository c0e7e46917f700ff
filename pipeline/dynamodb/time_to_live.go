package dynamodb

import (
	"container/heap"
	"math"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// oldestExpiry is how far in the past an item's time to live may be for it to be deleted: one that is older is taken for a
// mistake and kept.
//
// Source: Amazon DynamoDB Developer Guide, "Using time to live (TTL) in DynamoDB".
const oldestExpiry = 5 * 365 * 24 * time.Hour

// expiry is one item's time to live, as it was when the item was written.
type expiry struct {
	at      time.Time
	key     string
	lineage event.Lineage // of that write, which causes the deletion
}

// expiries is a heap by time.
type expiries []expiry

func (h expiries) Len() int           { return len(h) }
func (h expiries) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h expiries) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push and Pop are for container/heap.
func (h *expiries) Push(x any) { *h = append(*h, x.(expiry)) }

// Pop removes the last.
func (h *expiries) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// expires returns when an item ends by the table's time to live: the attribute must be a number of seconds since 1970.
func (t *table) expires(item attr.Packed) (time.Time, bool) {
	v := item.Get(t.timeToLive)
	if t.timeToLive == "" || v.Kind() != attr.KindN {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(v.Str(), 64)
	if err != nil || seconds < 0 || seconds > math.MaxInt32*64 {
		return time.Time{}, false
	}
	return time.Unix(int64(math.Ceil(seconds)), 0).UTC(), true
}

// watch notes when a record ends and schedules its deletion. The scope must be locked.
func (s *Service) watch(t *table, rec *record, l event.Lineage, now time.Time) {
	at, ok := t.expires(rec.item)
	if !ok || at.Before(now.Add(-oldestExpiry)) {
		return
	}
	heap.Push(&t.expiries, expiry{at, rec.key, l})
	s.armExpiry(t)
}

// armExpiry schedules the next deletions of the table. The scope must be locked.
func (s *Service) armExpiry(t *table) {
	if len(t.expiries) == 0 {
		return
	}
	at := t.expiries[0].at
	if !t.expiryArmed.IsZero() && !t.expiryArmed.After(at) {
		return
	}
	t.expiryArmed = at
	name := t.name
	s.scope.Engine.Schedule(&engine.Task{
		Due: at, Scope: s.scope, Channel: string(t.place) + "@" + s.scope.Account, What: "an item of " + string(t.place) + " reaches its time to live", Place: t.place,
		Run: func() { s.flush(s.expire(name, at)) },
	})
}

// expire deletes what has reached its time to live, and returns the stream to flush.
func (s *Service) expire(name string, armed time.Time) *stream {
	s.scope.Lock()
	defer s.scope.Unlock()
	t := s.tables[name]
	if t == nil || !t.expiryArmed.Equal(armed) {
		return nil
	}
	now := s.scope.Engine.Now()
	t.expiryArmed = time.Time{}
	service := &Identity{PrincipalId: wire.Some("dynamodb.amazonaws.com"), Type: wire.Some("Service")}
	for len(t.expiries) > 0 && !t.expiries[0].at.After(now) {
		x := heap.Pop(&t.expiries).(expiry)
		rec := t.items.get(x.key)
		if rec == nil {
			continue
		}
		if at, ok := t.expires(rec.item); !ok || at.After(now) {
			continue
		}
		s.store(t, rec, nil, x.lineage, now)
		if t.stream != nil {
			s.appendRecord(t.stream, rec, nil, service, x.lineage, now)
		}
	}
	s.armExpiry(t)
	return t.stream
}
