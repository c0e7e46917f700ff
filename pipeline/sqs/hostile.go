package sqs

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Hostile is delivery that keeps the contract of standard queues and nothing more: messages come at least once, in any order. One of
// four messages comes a second time, with the same id and up to a minute later, so also after the first copy was deleted; every
// other one is held back for up to two seconds, so that later ones overtake it. FIFO queues are left alone.
//
// Source: Amazon SQS Developer Guide, "Amazon SQS standard queues": at-least-once delivery and best-effort ordering.
type Hostile struct {
	Queues []string // names of the queues to treat so; none: all standard queues
}

const (
	copyLate    = time.Minute
	deliverLate = 2 * time.Second
)

// Interceptor returns what makes an engine deliver that way. What happens to the n-th message of a queue is a function of the seed,
// the queue and n. Safe for concurrent use.
func (h *Hostile) Interceptor(seed uint64) engine.Interceptor {
	type key struct {
		account, region string
		queue           event.Place
	}
	var mu sync.Mutex
	choices := map[key]*rand.Rand{}
	// draw returns whether a delivery comes late and twice, and by how much.
	draw := func(d *event.Delivery) (late, twice time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		k := key{d.Account, d.Region, d.To}
		r := choices[k]
		if r == nil {
			sum := fnv.New64a()
			sum.Write([]byte(k.account + "/" + k.region + "/" + string(k.queue)))
			r = rand.New(rand.NewPCG(seed, sum.Sum64()))
			choices[k] = r
		}
		if r.IntN(2) == 0 {
			late = time.Duration(1 + r.Int64N(int64(deliverLate)))
		}
		if r.IntN(4) == 0 {
			twice = time.Duration(1 + r.Int64N(int64(copyLate)))
		}
		return late, twice
	}
	return engine.Interceptor{Hop: func(_ context.Context, hop event.Hop, d event.Delivery) []event.Delivery {
		if d.To.Kind() != event.PlaceQueue || isFifo(d.To.Name()) || len(h.Queues) > 0 && !slices.Contains(h.Queues, d.To.Name()) {
			return []event.Delivery{d}
		}
		from := hop.At
		if d.Due.After(from) {
			from = d.Due
		}
		late, twice := draw(&d)
		out := []event.Delivery{d}
		if late > 0 {
			out[0].Due = from.Add(late)
		}
		if twice > 0 {
			again := d
			again.Due = from.Add(twice)
			out = append(out, again)
		}
		return out
	}}
}
