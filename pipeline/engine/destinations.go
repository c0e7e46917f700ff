package engine

import "github.com/dyetrace/dyetrace/event"

// Destinations is what a pipe asks API destinations through and waits for what they answer. The service that owns them offers
// them to its scope.
type Destinations interface {
	// Ask makes one request to an API destination, and returns before it is answered. done is called once, as a task of the
	// engine: without any lock, and it must not block. The error has an AWS error code ([Coder]): ResourceNotFoundException if there
	// is no such destination, AccessDeniedException if its connection is not authorized, ERROR_FROM_TARGET for an answer with a status
	// that is none of success. Retries are the caller's, and so are the hops that say what becomes of the event of a failed request.
	Ask(q Question, done func(answer []byte, err error))
}

// Question is one request to an API destination.
type Question struct {
	Destination string // ARN
	// Delivery is the event, for the history and the body. Its arrival leaves a hop if the answer is one of success.
	Delivery event.Delivery
	// Path values stand for the asterisks of the endpoint in order. Parameters of the connection win over Header and Query.
	Path          []string
	Header, Query map[string]string
}

// OfferDestinations makes d the API destinations of the scope. Call it while the scope is being built.
func (s *Scope) OfferDestinations(d Destinations) { s.destinations = d }

// Destinations returns the API destinations of the scope, or nil.
func (s *Scope) Destinations() Destinations { return s.destinations }
