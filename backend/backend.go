package backend

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Backend is an event system as one test sees it: an account of its own, which nobody else uses meanwhile. All methods are safe
// for concurrent use.
type Backend interface {
	// Name says which system it is, for people: "embedded", "dyetrace at http://127.0.0.1:4566".
	Name() string
	// Features declares what the backend can do. The answer never changes.
	Features() Features
	// Endpoint returns what a client of that name talks to. The name shows in traces as place client:NAME; two consumers under
	// one name cannot be told apart.
	Endpoint(client string) Endpoint
	// Hops returns the account's hops with a Seq greater than after, oldest first, and how many of them are no longer kept.
	Hops(ctx context.Context, after uint64) (hops []event.Hop, lost uint64, err error)
	// Topology returns what exists in the account.
	Topology(ctx context.Context) (event.Topology, error)
	// Settle waits until nothing is due now and nobody is at work, or until ctx ends: then Quiet is false, Pending says what was
	// still under way, and the error is nil. Time of a movable clock does not pass.
	Settle(ctx context.Context) (event.Quiescence, error)
	// Close forgets the account. The backend is not used afterwards.
	Close() error
}

// Mover is offered by a backend whose clock can be moved.
type Mover interface {
	// Advance lets d pass, step by step through everything that is due within it, and settles. With Quiet false ctx ended first.
	Advance(ctx context.Context, d time.Duration) (event.Quiescence, error)
	// Drain lets time run to the horizon from now like Advance, but without waking long polls in which nothing comes: time jumps
	// from one real cause to the next. What it leaves in Pending is due later than the horizon.
	Drain(ctx context.Context, horizon time.Duration) (event.Quiescence, error)
}

// Local is offered by a backend in the test's own process, where the test can stand in for parts of the system.
type Local interface {
	// Function runs a Go function, of any form that aws-lambda-go takes, in the place of the AWS Lambda function of that name.
	Function(name string, handler any) error
	// Handle serves the requests that the backend itself makes to a host, with or without a port, without a socket. A nil handler
	// takes the host away.
	Handle(host string, h http.Handler)
}

// Visitor is offered by a backend that takes down what reaches an end of the flow outside of it, such as a fake HTTP service.
type Visitor interface {
	// Visit records a call that brings an event to an end, and what it arrives there as; then it calls Serve with a context of
	// which further calls are recorded as effects. An error of Serve is recorded as the reason why the call failed, and returned.
	Visit(ctx context.Context, v Visit) error
}

// Visit is one call of a client to an end of the flow: a place of kind http or socket, which is nothing of the backend's own.
type Visit struct {
	Client    string       // who calls, as its endpoint is called
	Operation string       // "POST /charges"
	To        event.Place  // "http:billing"
	Event     *event.Event // what the call brings; nil: nothing, and there is no arrival
	Serve     func(ctx context.Context) error
}

// Stepper is offered by a Mover that can stop where something happens.
type Stepper interface {
	// Step lets time pass until there is a hop with a Seq greater than after, or something is due, but at most that long, and settles.
	// No time passes if there is one already.
	Step(ctx context.Context, after uint64, most time.Duration) (event.Quiescence, error)
}

// Features declares what a backend can do; a test that needs what it cannot is skipped with that line.
type Features struct {
	VirtualTime bool        // its clock can be moved: it is a Mover
	Seeded      bool        // the order in which concurrent clients are served is a function of a seed, and replays
	Absence     event.Grade // the strongest grade at which it can show that an event did not come
	Relative    string      // what that grade is relative to, for reports: "code in the bubble"
}

// Endpoint is what a client of the system under test needs.
type Endpoint struct {
	URL       string            // scheme and host, no slash at the end; the Transport may not need the network for it
	Region    string            // "us-east-1"
	AccountID string            // 12 digits; to be used as access key id, which makes it the account of every call
	Transport http.RoundTripper // carries the calls, with the client's name and the context's correlation id
}

// ErrNotMovable says that the backend's clock cannot be moved, although backends of its kind can have one that is.
var ErrNotMovable = errors.New("the clock of this backend cannot be moved")

// UnavailableError says that a backend did not answer, or not as it should.
type UnavailableError struct {
	Backend string // name of the backend
	Action  string // what was asked of it: "settle"
	Err     error  //
}

// Error says what was asked and what to look at.
func (e *UnavailableError) Error() string {
	return fmt.Sprintf("%s did not %s: %v; is it running, and is it a dyetrace server?", e.Backend, e.Action, e.Err)
}

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }
