package eventbridge

import (
	"errors"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// codedError names an error that has no AWS error code as the message on a dead-letter queue would.
type codedError struct {
	error
	code string
}

// ErrorCode names the error in hops.
func (e *codedError) ErrorCode() string { return e.code }

// Unwrap returns the error without its code.
func (e *codedError) Unwrap() error { return e.error }

// Ask is engine.Destinations.
func (s *Service) Ask(q engine.Question, done func(answer []byte, err error)) {
	a := &asking{service: s, arn: q.Destination, delivery: q.Delivery}
	a.parameters = &HttpParameters{PathParameterValues: q.Path, HeaderParameters: q.Header, QueryStringParameters: q.Query}
	a.done = func(answer []byte, err error) {
		if _, ok := errors.AsType[engine.Coder](err); err != nil && !ok {
			err = &codedError{err, failureOf(err).code}
		}
		done(answer, err)
	}
	s.scope.Engine.Schedule(&engine.Task{
		Scope: s.scope, Channel: string(q.Delivery.To) + "@" + s.scope.Account, What: "request to " + string(q.Delivery.To), Place: q.Delivery.To,
		Event: q.Delivery.Event, Fact: q.Delivery.Fact, Run: a.start,
	})
}
