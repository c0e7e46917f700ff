package pipeline

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/function"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
	"github.com/dyetrace/dyetrace/pipeline/server"
	"github.com/dyetrace/dyetrace/pipeline/sns"
	"github.com/dyetrace/dyetrace/pipeline/sqs"
)

// Options configure a Pipeline. The zero value works: real time, seed 0, the whole history, this machine's names.
type Options struct {
	Seed         uint64               // of every choice the pipeline makes: ids, order of messages, jitter of retries
	Clock        engine.Clock         // nil: package time, which is virtual in a testing/synctest bubble
	Gate         *engine.Gate         // orders concurrent calls by its seed; nil: they run as they come. Its Run is the caller's to start
	Interceptors []engine.Interceptor // see every hop and call, in this order
	HistoryLimit int                  // hops kept; 0 keeps all
	Hosts        []string             // host names besides localhost that requests may be addressed to; "*.example.test" is any name below
	Token        string               // that the control API demands; "" demands none
	Version      string               // that the control API tells
	Logger       *slog.Logger         // for faults of the pipeline itself; nil logs nothing

	// Hostile makes standard queues deliver duplicates and other orders, as their contract allows; nil: in order and once.
	Hostile *Hostile
	// AWSWaits keeps those waiting rules of AWS that annoy tests; see [sqs.Options] and [dynamodb.Options].
	AWSWaits bool

	// Functions run in the place of AWS Lambda functions, by name or ARN; see [Pipeline.Function] for what a handler is. One
	// that is none is left out and logged; Pipeline.Function returns the error.
	Functions map[string]any

	// Outbound says which hosts beside this machine API destinations and HTTP subscriptions may reach, and which are served in
	// process; the zero value reaches this machine only.
	Outbound outbound.Options
}

// Hostile is delivery that keeps the contract of standard queues and nothing more. The zero value treats all of them.
type Hostile = sqs.Hostile

// Pipeline is one embedded system. Make one with [New]. Safe for concurrent use.
type Pipeline struct {
	engine    *engine.Engine
	server    *server.Server
	functions *function.Registry
	port      *outbound.Port
}

// New returns a running pipeline in which nothing exists yet. It starts no goroutine and opens no socket.
func New(o Options) *Pipeline {
	topics, functions := sns.Options{Signer: sns.NewSigner(o.Seed)}, &function.Registry{}
	port := outbound.New(o.Outbound)
	for name, handler := range o.Functions {
		if err := functions.Register(name, handler); err != nil && o.Logger != nil {
			o.Logger.Error("a function was left out", "error", err)
		}
	}
	interceptors := o.Interceptors
	if o.Hostile != nil {
		interceptors = append(slices.Clone(interceptors), o.Hostile.Interceptor(o.Seed))
	}
	var s *server.Server
	e := engine.New(engine.Options{
		Clock: o.Clock, Seed: o.Seed, Gate: o.Gate, Interceptors: interceptors, HistoryLimit: o.HistoryLimit,
		Panicked: func(where string, panic any, stack []byte) { s.Panicked(where, panic, stack) },
		Build: func(scope *engine.Scope) any {
			return services(scope, sqs.Options{AWSWaits: o.AWSWaits}, dynamodb.Options{AWSWaits: o.AWSWaits}, topics, functions, port)
		},
	})
	s = server.New(server.Options{
		Pages:  map[string]server.Page{sqs.InspectPath: sqs.Inspector(e), sns.InspectPath: sns.Inspector(e)},
		Engine: e, Hosts: o.Hosts, Token: o.Token, Version: o.Version, Logger: o.Logger,
		Documents: map[string]func() (string, []byte){
			sns.CertificatePath: func() (string, []byte) { return "application/x-pem-file", topics.Signer.Certificate() },
		},
	})
	return &Pipeline{engine: e, server: s, functions: functions, port: port}
}

// Handler returns what serves AWS's protocols and the control API below /_dyetrace/ over HTTP. [Pipeline.Serve] sets the
// timeouts that a server needs beside it.
func (p *Pipeline) Handler() http.Handler { return p.server }

// RoundTripper returns a transport that serves requests on the caller's goroutine, as coming from the client of that name: "" is
// an unnamed one. Requests to hosts that are neither the pipeline's nor AWS's are answered 404.
//
// The correlation id of a call is that of its context ([event.WithCorrelation]).
func (p *Pipeline) RoundTripper(client string) http.RoundTripper {
	return p.server.RoundTripper(client)
}

// Serve answers requests that come in over l, until [Pipeline.Shutdown] or [Pipeline.Close]; then it returns
// [http.ErrServerClosed]. It closes l.
func (p *Pipeline) Serve(l net.Listener) error { return p.server.Serve(l) }

// Shutdown ends the waits of all long polls, drops what is scheduled and waits until the requests under way over TCP are
// answered, or until ctx ends: then connections are cut and ctx.Err() is returned.
func (p *Pipeline) Shutdown(ctx context.Context) error {
	p.engine.Close()
	return p.server.Shutdown(ctx)
}

// Close is [Pipeline.Shutdown] without patience: requests under way over TCP are cut off. Calls in process end by themselves.
func (p *Pipeline) Close() error {
	ctx, now := context.WithCancel(context.Background())
	now()
	if err := p.Shutdown(ctx); err != nil && err != context.Canceled {
		return err
	}
	return nil
}

// Function registers a Go function that runs in the place of the AWS Lambda function of that name, in every account and region, or
// of that ARN (arn:aws:lambda:REGION:ACCOUNT:function:NAME) only. It replaces the function that had the name before; a reset keeps
// it. handler is whatever aws-lambda-go takes, or a [function.Function] with settings:
//
//	func ([context.Context] [, TIn]) ([TOut,] [error])
//
// Calls that the function makes in process with its context belong to the flow of the event that it was invoked for.
func (p *Pipeline) Function(name string, handler any) error {
	return p.functions.Register(name, handler)
}

// Handle has the requests that the pipeline makes to a host, with or without a port, served by h in process and without a socket:
// HTTP subscriptions and API destinations. nil takes the handler away. A handler must end with the request's context.
func (p *Pipeline) Handle(host string, h http.Handler) { p.port.Handle(host, h) }

// Engine returns the pipeline's heart, for what has no method here.
func (p *Pipeline) Engine() *engine.Engine { return p.engine }

// Hops returns the steps of all events after sequence number seq, oldest first, and how many of them are no longer kept.
func (p *Pipeline) Hops(seq uint64) (hops []event.Hop, lost uint64) { return p.engine.Hops(seq) }

// Topology returns what exists in the given accounts, in all of them if none is given.
func (p *Pipeline) Topology(accounts ...string) event.Topology { return p.engine.Topology(accounts...) }

// Settle waits until nothing is under way now. It returns what it saw last: with Quiet false if ctx ended before.
func (p *Pipeline) Settle(ctx context.Context) event.Quiescence { return p.engine.Settle(ctx) }

// Advance moves a manual clock by d, settling at each instant at which something is due. With any other clock the error is
// [engine.ErrClockNotManual].
func (p *Pipeline) Advance(ctx context.Context, d time.Duration) (event.Quiescence, error) {
	return p.engine.Advance(ctx, d)
}

// Reset forgets everything in the given accounts, in all of them if none is given. The history stays.
func (p *Pipeline) Reset(accounts ...string) { p.engine.Reset(accounts...) }

// Panics returns how often the pipeline itself failed; each time was logged, and a request that met it was answered as InternalFailure.
func (p *Pipeline) Panics() uint64 { return p.server.Panics() }
