package engine

import (
	"context"
	"errors"

	"github.com/dyetrace/dyetrace/event"
)

// Call is one API call on its way through the pipeline. The server makes it; a service reads it and asks it for the lineage of
// what it causes. A Call is used by one goroutine.
type Call struct {
	Context       context.Context // ends when the client goes away
	Scope         *Scope          //
	Client        string          // name of the client, "" is an unnamed one
	From          event.Place     // who calls if it is no client, e.g. a schedule; "" is the client
	Service       string          // "sqs"
	Operation     string          // "SendMessage"
	CorrelationID string          // told by the client; "" is not told
	Cause         uint64          // hop that led to the call, told with the correlation id; 0 is not told
	RequestID     string          // of the answer
	Signed        bool            // the request carries a signature, whatever it is worth
	TraceHeader   string          // X-Ray's tracing header (X-Amzn-Trace-Id), as the client sent it
	BaseURL       string          // scheme and host as the client sees them, without a slash at the end: "http://127.0.0.1:4566"
	Body          []byte          // the request, as it came; read only

	lineage  event.Lineage
	recorded bool
	asked    event.Place // where it asked for messages and was not handed any yet; "" if it did not
}

// Place returns the caller as a place.
func (c *Call) Place() event.Place {
	if c.From != "" {
		return c.From
	}
	if c.Client == "" {
		return "client:unnamed"
	}
	return event.At(event.PlaceClient, c.Client)
}

// Lineage returns what things caused by this call inherit (with Fact 0: each new fact names itself). The first use records the
// call as a hop to place; reads that change nothing need not ask.
//
// A client that tells no correlation id but holds received messages of exactly one flow is taken to act on them; the lineage
// is then marked as inferred.
func (c *Call) Lineage(to event.Place) event.Lineage {
	if !c.recorded {
		c.record(to, event.Delivered, nil)
	}
	return c.lineage
}

func (c *Call) record(to event.Place, outcome event.Outcome, why *event.Reason) {
	e := c.Scope.Engine
	origin := event.Lineage{Cause: c.Cause, CorrelationID: c.CorrelationID}
	if c.Client != "" && c.Cause == 0 {
		if h, ok := e.work.lineage(c); ok && (origin.CorrelationID == "" || origin.CorrelationID == h.CorrelationID) {
			h.Inferred = origin.CorrelationID == ""
			origin = h
		}
	}
	l := e.Record(event.Hop{
		Account: c.Scope.Account, Region: c.Scope.Region, Kind: event.KindCall, From: c.Place(), To: to, Outcome: outcome, Reason: why,
		Operation: c.Service + ":" + c.Operation, Cause: origin.Cause, CorrelationID: origin.CorrelationID, Inferred: origin.Inferred,
	})
	c.lineage, c.recorded = l, true
}

// Coder is implemented by errors that have an AWS error code.
type Coder interface {
	error
	ErrorCode() string
}

// CodeOf returns the code of an error, "InternalError" if it has none.
func CodeOf(err error) string {
	if c, ok := errors.AsType[Coder](err); ok {
		return c.ErrorCode()
	}
	return "InternalError"
}

// Do runs one call: through the gate, inside the call interceptors, counted as work under way until it returns. A failed call
// is recorded as a hop with its error, so that a flow that stops there can say why.
func (e *Engine) Do(c *Call, serve func() ([]byte, error)) ([]byte, error) {
	if e.gate != nil {
		e.gate.enter(c)
	}
	return e.run(c, serve)
}

// InTurn is [Engine.Do] for a call that a task makes and waits for, such as that of a schedule. The gate picked the task by the seed,
// so the call's turn is the task's; it does not park at the gate, where it would wait for itself.
func (e *Engine) InTurn(c *Call, serve func() ([]byte, error)) ([]byte, error) {
	if e.gate != nil {
		e.gate.learn(c.Body)
	}
	return e.run(c, serve)
}

func (e *Engine) run(c *Call, serve func() ([]byte, error)) ([]byte, error) {
	e.stirs.Add(1)
	c.Scope.calls.Add(1)
	defer func() {
		e.answered(c)
		if c.Scope.calls.Add(-1) == 0 {
			e.news.tell()
		}
	}()
	next := serve
	for i := len(e.interceptors) - 1; i >= 0; i-- {
		if wrap := e.interceptors[i].Call; wrap != nil {
			inner := next
			next = func() ([]byte, error) { return wrap(c.Context, c, inner) }
		}
	}
	answer, err := next()
	if err != nil && !c.recorded {
		c.record(event.At("service", c.Service), event.Failed, event.Because(CodeOf(err), err.Error()))
	}
	return answer, err
}

// NewRequestID returns a fresh request id. It is unique in this engine, not random.
func (e *Engine) NewRequestID() string {
	n := e.requests.Add(1)
	high := splitmix(e.seed ^ n)
	return formatUUID(high, splitmix(high^n))
}

func splitmix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
