package engine

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
)

// Gate serves concurrent calls in an order that depends on its seed alone. In a testing/synctest bubble every call parks at the
// gate; when all other goroutines of the bubble are blocked, the gate picks one parked call or one due task by the seed and
// lets it run, and so on. The schedule of a test is then a function of the seed, and replays.
//
// What the gate does not order: Go channels and mutexes of the user's code, and anything that does not go through the pipeline.
type Gate struct {
	wait func()
	rng  *rand.Rand
	news chan struct{} // capacity 1

	mu       sync.Mutex
	parked   []*parked
	settlers []chan struct{}
	closed   bool
	ids      names
	step     uint64 // calls and tasks let go so far
}

type parked struct {
	call *Call
	goOn chan struct{}
	step uint64 // at which it came
	key  sortKey
}

// NewGate returns a gate. wait must return when every other goroutine of the bubble is durably blocked: synctest.Wait. The gate
// owns it; nobody else may call it meanwhile.
func NewGate(seed uint64, wait func()) *Gate {
	return &Gate{wait: wait, rng: rand.New(rand.NewPCG(seed, 0x9a7e)), news: make(chan struct{}, 1), ids: names{}}
}

func (g *Gate) wake() {
	select {
	case g.news <- struct{}{}:
	default:
	}
}

func (g *Gate) enter(c *Call) {
	p := &parked{call: c, goOn: make(chan struct{})}
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return
	}
	p.step = g.step
	g.parked = append(g.parked, p)
	g.mu.Unlock()
	g.wake()
	<-p.goOn
}

// learn notes the ids in the body of a call that does not park, so that they are known by the order of their use as those of others are.
func (g *Gate) learn(body []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ids.learn(body)
}

// Settle blocks until nothing is parked, nothing is due now and every goroutine of the bubble is blocked. No time passes.
func (g *Gate) Settle() {
	done := make(chan struct{})
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return
	}
	g.settlers = append(g.settlers, done)
	g.mu.Unlock()
	g.wake()
	<-done
}

// Close lets everything that is parked go on, unordered, and ends Run.
func (g *Gate) Close() {
	g.mu.Lock()
	g.closed = true
	free, settlers := g.parked, g.settlers
	g.parked, g.settlers = nil, nil
	g.mu.Unlock()
	for _, p := range free {
		close(p.goOn)
	}
	for _, s := range settlers {
		close(s)
	}
	g.wake()
}

// Run orders the calls and tasks of e until Close. Start it on a goroutine of the bubble before the first call.
func (g *Gate) Run(e *Engine) {
	for {
		g.wait()
		due := e.heap.heads(e)
		g.mu.Lock()
		if g.closed {
			g.mu.Unlock()
			return
		}
		n := len(g.parked) + len(due)
		if n == 0 {
			settlers := g.settlers
			g.settlers = nil
			g.mu.Unlock()
			for _, s := range settlers {
				close(s)
			}
			if len(settlers) == 0 {
				<-g.news
			}
			continue
		}
		g.sort()
		g.step++
		i := g.rng.IntN(n)
		if i >= len(g.parked) {
			g.mu.Unlock()
			if t := due[i-len(g.parked)]; e.heap.take(t) {
				e.perform(t)
			}
			continue
		}
		p := g.parked[i]
		g.parked = slices.Delete(g.parked, i, i+1)
		g.ids.learn(p.call.Body)
		g.mu.Unlock()
		close(p.goOn)
	}
}

// sort puts the parked calls in an order that does not depend on the scheduler. Between two steps it is a fixed set of calls that
// comes to the gate, in no fixed order: only calls of the same client, operation and step need their bodies compared, so only those
// pay for a key. Those that are equal even so are interchangeable.
func (g *Gate) sort() {
	if len(g.parked) < 2 {
		return
	}
	slices.SortStableFunc(g.parked, func(a, b *parked) int {
		if c := cmp.Or(cmp.Compare(a.call.Client, b.call.Client), cmp.Compare(a.call.Service, b.call.Service), cmp.Compare(a.call.Operation, b.call.Operation),
			cmp.Compare(a.step, b.step)); c != 0 {
			return c
		}
		a.key.make(a.call.Body, g.ids)
		b.key.make(b.call.Body, g.ids)
		return cmp.Or(cmp.Compare(a.key.text, b.key.text), cmp.Compare(a.key.raw, b.key.raw))
	})
}
