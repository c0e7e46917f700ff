package engine

import "github.com/dyetrace/dyetrace/event"

// Functions is what a pipe, an event source mapping or another reader calls the user's functions through. The service that owns
// functions offers one to its scope.
type Functions interface {
	// Invoke calls one function, and returns before the function does. It may be called under the scope's lock. done is called
	// once, as a task of the engine: without any lock, and it must not block. The error has an AWS error code ([Coder]):
	// ResourceNotFoundException if there is no such function, FunctionError if it failed, panicked or took too long. Retries are
	// the caller's, and so are the hops that say what becomes of the events of a failed call.
	Invoke(in Invocation, done func(response []byte, err error))
	// Known reports whether there is a function of that ARN.
	Known(arn string) bool
}

// Invocation is one call of a function that waits for the answer.
type Invocation struct {
	Function string // ARN, with or without a qualifier
	Payload  []byte // JSON; not changed afterwards
	// Deliveries are the events in the payload, for the history: each leaves a hop of its arrival and one that hands it to the
	// function. Lineage, From, Event and Attempt are the caller's; Account, Region and To are those of the function.
	Deliveries []event.Delivery
}

// OfferFunctions makes f the functions of the scope. Call it while the scope is being built.
func (s *Scope) OfferFunctions(f Functions) { s.functions = f }

// Functions returns the functions of the scope, or nil. Those of another account or region are called through their own scope
// ([Engine.Scope]).
func (s *Scope) Functions() Functions { return s.functions }
