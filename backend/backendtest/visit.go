package backendtest

import (
	"context"
	"errors"
	"fmt"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

var errVisit = errors.New("answered 503")

// visits checks that a call to an end outside of the backend becomes a call, an arrival that is a fact of its own, and, if it fails,
// a failed call with the reason; and that what its end does is an effect of the arrival.
func visits(ctx context.Context, s suite) error {
	return s.with(func(b backend.Backend) error {
		visitor, ok := b.(backend.Visitor)
		if !ok {
			return nil
		}
		ctx := event.WithCorrelation(ctx, "flow-1")
		err := visitor.Visit(ctx, backend.Visit{
			Client: "shop", Operation: "POST /charges", To: "http:billing", Event: &event.Event{Body: `{"amount":900}`},
			Serve: func(ctx context.Context) error {
				if err := s.drive.CreateQueue(ctx, b.Endpoint("billing"), "receipts"); err != nil {
					return err
				}
				return errVisit
			},
		})
		if err == nil || err.Error() != errVisit.Error() {
			return fmt.Errorf("method or field Visit returned %v, not the error of Serve", err)
		}
		hops, _, err := b.Hops(ctx, 0)
		if err != nil {
			return err
		}
		if len(hops) != 4 {
			return fmt.Errorf("method or field Visit recorded %d hops, want a call, an arrival, the effect and the failure: %+v", len(hops), hops)
		}
		call, arrival, effect, failure := hops[0], hops[1], hops[2], hops[3]
		switch {
		case call.Kind != event.KindCall || call.From != "client:shop" || call.To != "http:billing" || call.Operation != "http:POST /charges":
			return fmt.Errorf("method or field Visit recorded this call: %+v", call)
		case arrival.Kind != event.KindArrive || arrival.Fact != arrival.Seq || arrival.Cause != call.Seq || arrival.Event == nil || arrival.Event.Body != `{"amount":900}`:
			return fmt.Errorf("method or field Visit recorded this arrival: %+v", arrival)
		case effect.Cause != arrival.Seq:
			return fmt.Errorf("method or field Visit: what Serve did is not an effect of the arrival: %+v", effect)
		case failure.Outcome != event.Failed || failure.Cause != arrival.Seq || failure.Reason == nil || failure.Reason.Text != errVisit.Error():
			return fmt.Errorf("method or field Visit recorded this failure: %+v", failure)
		}
		for _, h := range hops {
			if h.CorrelationID != "flow-1" {
				return fmt.Errorf("method or field Visit lost the correlation id: %+v", h)
			}
		}
		return nil
	})
}
