package engine

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/dyetrace/dyetrace/event"
)

type scopeKey struct{ account, region string }

// Scope is one account in one region. Its lock guards the state of all services in it and its random source; hold it for
// microseconds, and never take another scope's meanwhile.
type Scope struct {
	Account string // 12 digits
	Region  string // e.g. "us-east-1"
	Engine  *Engine

	calls        atomic.Int64 // being answered, not parked
	mu           sync.Mutex
	rng          *rand.Rand
	receivers    map[string]Receiver
	services     []Service
	streams      StreamSource
	queues       QueueSource
	functions    Functions
	destinations Destinations
	operations   Operations
	once         sync.Once
	built        any
}

// Receiver takes deliveries to the places of one kind in one scope.
type Receiver interface {
	// Receive brings d to d.To and records the arrival. It is called without any lock, on the goroutine that runs tasks, and
	// must not block. An error means the event did not arrive; the sender decides what happens next.
	Receive(d event.Delivery) error
}

// Service is what the engine asks of each service's state in a scope. The methods take the scope's lock themselves.
type Service interface {
	// Pending lists what is still to happen by itself: delayed and invisible messages, stopped readers with a backlog.
	Pending() []event.Pending
	// Describe adds the service's places, dead-letter queues and edges.
	Describe(t *event.Topology)
	// Reset forgets everything.
	Reset()
}

func newScope(e *Engine, account, region string) *Scope {
	h := fnv.New64a()
	h.Write([]byte(account + "/" + region))
	return &Scope{Account: account, Region: region, Engine: e, rng: rand.New(rand.NewPCG(e.seed, h.Sum64())), receivers: map[string]Receiver{}}
}

// Lock takes the scope's lock.
func (s *Scope) Lock() { s.mu.Lock() }

// Unlock releases it.
func (s *Scope) Unlock() { s.mu.Unlock() }

// Hold takes the lock for a function that lets it go before its end, or for a while. Such a function defers [Hold.End] at once: a
// panic then leaves the scope usable, as it does where Unlock is deferred.
func (s *Scope) Hold() Hold {
	s.mu.Lock()
	return Hold{s, true}
}

// Hold is a scope's lock, held or let go, in the hands of one goroutine.
type Hold struct {
	scope *Scope
	held  bool
}

// End releases the lock, if it is held.
func (h *Hold) End() {
	if h.held {
		h.held = false
		h.scope.mu.Unlock()
	}
}

// Resume takes the lock again after End.
func (h *Hold) Resume() {
	h.scope.mu.Lock()
	h.held = true
}

// Once builds the services of the scope on first use and returns them on every use.
func (s *Scope) Once(build func() any) any {
	s.once.Do(func() { s.built = build() })
	return s.built
}

// Built returns what [Scope.Once] built, or nil.
func (s *Scope) Built() any { return s.Once(func() any { return nil }) }

// Register adds a service and the receivers of the places it owns, by place kind. Call it while the scope is being built.
func (s *Scope) Register(svc Service, receivers map[string]Receiver) {
	s.services = append(s.services, svc)
	for kind, r := range receivers {
		s.receivers[kind] = r
	}
}

// Uint64 returns a seeded random number. The scope must be locked.
func (s *Scope) Uint64() uint64 { return s.rng.Uint64() }

// IntN returns a seeded random number in [0, n). The scope must be locked.
func (s *Scope) IntN(n int) int { return s.rng.IntN(n) }

// Float64 returns a seeded random number in [0, 1). The scope must be locked.
func (s *Scope) Float64() float64 { return s.rng.Float64() }

// UUID returns a seeded random UUID of version 4. The scope must be locked.
func (s *Scope) UUID() string { return s.NewID().String() }

// ID is a UUID as it is kept where there are many: half the size of its text, and nothing for the garbage collector to look at.
type ID struct{ high, low uint64 }

// NewID returns what [Scope.UUID] returns as text. The scope must be locked.
func (s *Scope) NewID() ID { return ID{s.rng.Uint64(), s.rng.Uint64()} }

// String returns the id as text, a UUID of version 4.
func (id ID) String() string { return formatUUID(id.high, id.low) }

// Reset forgets everything in the scope: its services' state and what is scheduled for it. Parked polls find nothing.
func (s *Scope) Reset() {
	s.Engine.heap.drop(s)
	s.Engine.work.drop(s)
	for _, svc := range s.services {
		svc.Reset()
	}
	s.Engine.news.tell()
}

const hexDigits = "0123456789abcdef"

func formatUUID(a, b uint64) string {
	var buf [36]byte
	a = a&^0xf000 | 0x4000
	b = b&^(0xc<<60) | 0x8<<60
	at := 0
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			buf[at] = '-'
			at++
		}
		word := a
		if i >= 16 {
			word = b
		}
		buf[at] = hexDigits[word>>(60-4*(i%16))&0xf]
		at++
	}
	return string(buf[:])
}
