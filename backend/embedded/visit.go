package embedded

import (
	"context"
	"net/http"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

var _ interface {
	backend.Local
	backend.Visitor
} = (*Backend)(nil)

// Function runs a Go function in the place of the AWS Lambda function of that name.
func (b *Backend) Function(name string, handler any) error { return b.pipeline.Function(name, handler) }

// Handle serves the pipeline's own requests to a host.
func (b *Backend) Handle(host string, h http.Handler) { b.pipeline.Handle(host, h) }

// Visit records a call to an end outside of the pipeline. In a bubble it waits at the gate for its turn among the calls of other
// clients, as a call of the pipeline does.
func (b *Backend) Visit(ctx context.Context, v backend.Visit) error {
	cause := event.Cause(ctx)
	call := &engine.Call{
		Context: ctx, Scope: b.engine.Scope(Account, Region), Client: v.Client, Service: v.To.Kind(), Operation: v.Operation,
		CorrelationID: event.Correlation(ctx), Cause: cause,
	}
	if v.Event != nil {
		call.Body = []byte(v.Event.Body)
	}
	_, err := b.engine.Do(call, func() ([]byte, error) {
		l := call.Lineage(v.To)
		hop := event.Hop{Account: Account, Region: Region, From: call.Place(), To: v.To, Cause: l.Cause, CorrelationID: l.CorrelationID, Inferred: l.Inferred}
		at := l
		if v.Event != nil {
			arrival := hop
			arrival.Kind, arrival.Outcome, arrival.Event = event.KindArrive, event.Delivered, v.Event
			at = b.engine.Record(arrival)
		}
		ctx := event.WithCause(event.WithCorrelation(ctx, at.CorrelationID), at.Cause)
		err := v.Serve(ctx)
		if err != nil {
			hop.Kind, hop.Outcome, hop.Operation, hop.Cause = event.KindCall, event.Failed, call.Service+":"+v.Operation, at.Cause
			hop.Reason = event.Because("VisitFailed", err.Error())
			b.engine.Record(hop)
		}
		return nil, err
	})
	return err
}
