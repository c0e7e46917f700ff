package eventbridge

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// logGroups takes events for CloudWatch Logs groups, of any name. What came to one is in the history: the hops that arrived at the
// place "log:NAME", with the line as body.
type logGroups struct{ scope *engine.Scope }

// Receive records the line.
func (g logGroups) Receive(d event.Delivery) error {
	g.scope.Engine.Record(event.Hop{
		Account: g.scope.Account, Region: g.scope.Region, Kind: event.KindArrive, From: d.From, To: d.To, Outcome: event.Delivered,
		Fact: d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred, Attempt: d.Attempt, Event: d.Event,
	})
	return nil
}
