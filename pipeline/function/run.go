package function

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

type invocationKey struct{}

// FromContext returns what the function that runs with ctx is invoked for.
func FromContext(ctx context.Context) (Invocation, bool) {
	in, ok := ctx.Value(invocationKey{}).(Invocation)
	return in, ok
}

// run is one invocation, from its start to its answer.
type run struct {
	service  *Service
	function *compiled
	in       Invocation
	place    event.Place
	payload  []byte
	lineage  event.Lineage
	resets   int // of the service when it was started
	done     func(response []byte, err error)

	once sync.Once
}

// start runs the handler. done is called as a task of the engine, unless the engine is closed or the scope reset meanwhile.
func (r *run) start() {
	s := r.service
	hold := s.scope.Hold()
	defer hold.End()
	r.in.RequestID = s.scope.UUID()
	r.resets = s.resets
	hold.End()
	s.scope.Start(engine.Work{
		What: string(r.place) + " runs", Place: r.place, Timeout: r.function.Timeout, Fact: r.lineage.Fact, Run: r.call,
	})
}

// call runs on the goroutine of the invocation. A handler that does not return in time is left alone, as Lambda would end it: its
// answer does not count.
func (r *run) call(work context.Context) {
	defer context.AfterFunc(work, func() { r.finish(nil, r.overdue(work)) })()
	ctx := event.WithCause(event.WithCorrelation(work, r.lineage.CorrelationID), r.lineage.Cause)
	ctx = context.WithValue(ctx, invocationKey{}, r.in)
	response, err := r.handle(ctx)
	if late := r.overdue(ctx); late != nil {
		response, err = nil, late
	}
	r.finish(response, err)
}

// handle calls the handler. It returns an error also for one that panics, or that ends its goroutine.
func (r *run) handle(ctx context.Context) (response []byte, err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		failed := &Error{Function: r.in.ARN, Panicked: true, Type: "runtime.Goexit", Message: "the handler ended its goroutine, as FailNow of a test does"}
		if p := recover(); p != nil {
			failed.Type, failed.Message = typeName(p), fmt.Sprint(p)
			failed.Cause, _ = p.(error)
		} else {
			r.finish(nil, failed)
		}
		response, err = nil, failed
	}()
	if r.function.Context != nil {
		ctx = r.function.Context(ctx, r.in)
	}
	response, err = r.function.invoke(ctx, r.payload)
	returned = true
	if err != nil {
		err = &Error{Function: r.in.ARN, Type: typeName(err), Message: err.Error(), Cause: err}
	}
	return response, err
}

func (r *run) overdue(ctx context.Context) error {
	switch err := context.Cause(ctx); {
	case errors.Is(err, context.DeadlineExceeded):
		return errTimeout(r.in.ARN, r.function)
	case err != nil:
		return &Error{Function: r.in.ARN, Type: typeName(errClosed), Message: errClosed.Error(), Cause: errClosed}
	}
	return nil
}

func (r *run) finish(response []byte, err error) {
	r.once.Do(func() {
		s := r.service
		s.scope.Engine.Schedule(&engine.Task{
			Scope: s.scope, Channel: string(r.place) + "@" + s.scope.Account + "/" + s.scope.Region, What: "end of " + string(r.place), Place: r.place, Fact: r.lineage.Fact,
			Run: func() {
				hold := s.scope.Hold()
				defer hold.End()
				forgotten := s.resets != r.resets
				hold.End()
				if !forgotten {
					r.done(response, err)
				}
			},
		})
	})
}
