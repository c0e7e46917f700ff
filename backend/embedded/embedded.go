package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Account and Region are where all clients of the backend are: its pipeline is nobody else's.
const (
	Account = "000000000000"
	Region  = "us-east-1"
)

// Options configure a Backend.
type Options struct {
	Seed uint64 // of every choice of the pipeline and of its gate

	// Wait says that the backend is made and used in a testing/synctest bubble, and is synctest.Wait. Concurrent calls are then
	// served in an order that depends on the seed alone, and time is the bubble's. The backend owns it: nobody else in the bubble
	// may call synctest.Wait. Nil: calls are served as they come, and time is a manual clock that starts at Start.
	Wait  func()
	Start time.Time // of the manual clock; zero is 2026-01-01T00:00:00Z

	Logger *slog.Logger // for faults of the pipeline itself; nil logs nothing

	// Spinning, if not nil, is told once of a client that asks the same again and again while nothing happens and no time passes:
	// in a bubble none ever would. The client is then held until its call's context ends. Only with Wait.
	Spinning func(client, operation string)
}

// Backend is an embedded pipeline. Make one with [New]. Safe for concurrent use.
type Backend struct {
	pipeline *pipeline.Pipeline
	engine   *engine.Engine
	gate     *engine.Gate  // nil outside a bubble
	over     chan struct{} // closed by Close
	ran      chan struct{} // closed when the gate has stopped
	spins    spins
}

var _ interface {
	backend.Backend
	backend.Mover
	backend.Stepper
} = (*Backend)(nil)

// New returns a backend with a fresh pipeline. In a bubble it starts the gate, on a goroutine that ends at Close.
func New(o Options) *Backend {
	b := &Backend{over: make(chan struct{}), spins: spins{report: o.Spinning}}
	options := pipeline.Options{Seed: o.Seed, Logger: o.Logger}
	if o.Wait != nil {
		b.gate = engine.NewGate(o.Seed, o.Wait)
		options.Gate = b.gate
	} else {
		if o.Start.IsZero() {
			o.Start = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
		}
		options.Clock = engine.NewManualClock(o.Start)
	}
	b.pipeline = pipeline.New(options)
	b.engine = b.pipeline.Engine()
	if b.gate != nil {
		b.ran = make(chan struct{})
		go func() {
			defer close(b.ran)
			b.gate.Run(b.engine)
		}()
	}
	return b
}

// Name returns "embedded".
func (b *Backend) Name() string { return "embedded" }

// Features declares proofs in a bubble. Outside of one the pipeline knows when it rests, but not who still runs beside it.
func (b *Backend) Features() backend.Features {
	if b.gate != nil {
		return backend.Features{VirtualTime: true, Seeded: true, Absence: event.Proved, Relative: "code in the test's bubble"}
	}
	return backend.Features{VirtualTime: true, Absence: event.Settled, Relative: "consumers that asked again"}
}

// Endpoint returns what a client of that name talks to; its transport needs no socket.
func (b *Backend) Endpoint(client string) backend.Endpoint {
	return backend.Endpoint{
		URL: "http://127.0.0.1:4566", Region: Region, AccountID: Account,
		Transport: &transport{backend: b, client: client, next: b.pipeline.RoundTripper(client)},
	}
}

// Hops returns the hops after that one; none is ever lost.
func (b *Backend) Hops(_ context.Context, after uint64) ([]event.Hop, uint64, error) {
	hops, lost := b.engine.Hops(after)
	return hops, lost, nil
}

// Topology returns what exists.
func (b *Backend) Topology(context.Context) (event.Topology, error) { return b.engine.Topology(), nil }

// Settle waits until nothing is due now and nobody is at work. In a bubble that always comes to pass, or the bubble hangs; ctx
// is then not looked at.
func (b *Backend) Settle(ctx context.Context) (event.Quiescence, error) {
	if b.gate == nil {
		return b.engine.Settle(ctx), nil
	}
	b.gate.Settle()
	return b.engine.Quiescent(), nil
}

// Advance lets d pass. In a bubble d passes for everybody in it.
func (b *Backend) Advance(ctx context.Context, d time.Duration) (event.Quiescence, error) {
	if b.gate == nil {
		return b.engine.Advance(ctx, d)
	}
	time.Sleep(d)
	return b.Settle(ctx)
}

// Drain lets time run to the horizon while long polls in which nothing comes hold still.
func (b *Backend) Drain(ctx context.Context, horizon time.Duration) (event.Quiescence, error) {
	b.engine.HoldPolls()
	defer b.engine.ReleasePolls()
	return b.Advance(ctx, horizon)
}

// Step lets time pass until there is a hop after that one, at most that long, and settles. Outside a bubble the manual clock is moved
// to the next instant at which something is due.
func (b *Backend) Step(ctx context.Context, after uint64, most time.Duration) (event.Quiescence, error) {
	if b.gate == nil {
		q := b.engine.Settle(ctx)
		if !q.Quiet || q.Seq > after {
			return q, nil
		}
		if next, ok := b.engine.NextDue(); ok {
			most = min(most, max(0, next.Sub(q.At)))
		}
		return b.engine.Advance(ctx, most)
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		news, done := b.engine.News()
		if seq, _ := b.engine.LastSeq(); seq > after {
			done()
			return b.Settle(ctx)
		}
		select {
		case <-news:
			done()
		case <-timer.C:
			done()
			return b.Settle(ctx)
		}
	}
}

// Close ends the pipeline. In a bubble, a call that is under way or comes later blocks until its context ends, as a call to a
// server that is gone: so a goroutine that cannot be told to end is found waiting at that call. Outside, it fails. The error
// says that the pipeline itself had a fault.
func (b *Backend) Close() error {
	select {
	case <-b.over:
		return nil
	default:
	}
	close(b.over)
	err := b.pipeline.Close()
	if b.gate != nil {
		<-b.ran // only one may wait for the bubble at a time: the next backend's gate
	}
	if err != nil {
		return err
	}
	if n := b.pipeline.Panics(); n > 0 {
		return fmt.Errorf("the embedded pipeline itself failed %d time(s), each logged, and answered as InternalFailure where a call met it: please report it", n)
	}
	return nil
}

// transport carries the calls of one client.
type transport struct {
	backend *Backend
	client  string
	next    http.RoundTripper
}

var errClosed = errors.New("the embedded pipeline was closed")

// RoundTrip answers r from the pipeline.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	b := t.backend
	if b.closed() {
		return b.gone(r)
	}
	if b.gate != nil && b.spins.count(b.engine, t.client, r) {
		return b.hold(r)
	}
	answer, err := t.next.RoundTrip(r)
	if b.closed() {
		return b.gone(r)
	}
	return answer, err
}

func (b *Backend) closed() bool {
	select {
	case <-b.over:
		return true
	default:
		return false
	}
}

func (b *Backend) gone(r *http.Request) (*http.Response, error) {
	if b.gate == nil {
		return nil, errClosed
	}
	return b.hold(r)
}

// hold blocks until the context of r ends. It does not select on a context that may be of outside the bubble: that wait would
// not be durable, and the bubble would hang instead of telling who is left.
func (b *Backend) hold(r *http.Request) (*http.Response, error) {
	ended := make(chan struct{})
	stop := context.AfterFunc(r.Context(), func() { close(ended) })
	defer stop()
	<-ended
	return nil, r.Context().Err()
}
