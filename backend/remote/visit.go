package remote

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

var _ backend.Visitor = (*Backend)(nil)

// Visit records a call to an end of the flow that is in this process, with the server.
func (b *Backend) Visit(ctx context.Context, v backend.Visit) error {
	hop := event.Hop{
		Kind: event.KindCall, From: event.At(event.PlaceClient, v.Client), To: v.To, Outcome: event.Delivered, Operation: v.To.Kind() + ":" + v.Operation,
		Cause: event.Cause(ctx), CorrelationID: event.Correlation(ctx),
	}
	call, err := b.record(ctx, hop)
	if err != nil {
		return err
	}
	at := call
	if v.Event != nil {
		hop.Kind, hop.Operation, hop.Cause, hop.Event = event.KindArrive, "", call.Cause, v.Event
		if at, err = b.record(ctx, hop); err != nil {
			return err
		}
	}
	failed := v.Serve(event.WithCause(ctx, at.Cause))
	if failed != nil {
		hop.Kind, hop.Outcome, hop.Operation, hop.Cause, hop.Event = event.KindCall, event.Failed, v.To.Kind()+":"+v.Operation, at.Cause, nil
		hop.Reason = event.Because("VisitFailed", failed.Error())
		if _, err := b.record(context.WithoutCancel(ctx), hop); err != nil {
			return err
		}
	}
	return failed
}

// record returns what the hop's effects inherit.
func (b *Backend) record(ctx context.Context, h event.Hop) (event.Lineage, error) {
	var l event.Lineage
	body, err := json.Marshal(h)
	if err != nil {
		return l, err
	}
	if err := b.tell(ctx, http.MethodPost, "record", url.Values{"account": {b.account}}, body, &l); err != nil {
		return l, b.unavailable("record a hop", err)
	}
	return l, nil
}
