package pipes

import (
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// BenchmarkRecord is one record with a filter, a template and a dynamic detail type on its way from the stream to the bus, the
// engine's tasks included.
func BenchmarkRecord(b *testing.B) {
	f := newFixture(b, engine.Options{HistoryLimit: 1000})
	in := input()
	in.SourceParameters.FilterCriteria = &FilterCriteria{Filters: []Filter{{Pattern: wire.Some(`{"eventName":["INSERT"]}`)}}}
	in.TargetParameters.InputTemplate = wire.Some(`{"id":<$.dynamodb.NewImage.id.S>,"tenant":<$.dynamodb.NewImage.tenant.S>}`)
	in.TargetParameters.EventBridgeEventBusParameters.DetailType = wire.Some("$.dynamodb.NewImage.type.S")
	f.create(in)
	arrived := make(chan struct{})
	f.bus.arrived = func(event.Delivery) { arrived <- struct{}{} }
	b.ReportAllocs()
	for b.Loop() {
		f.stream.write(`{"id":{"S":"c-7"},"tenant":{"S":"acme"},"type":{"S":"ContactCreated"},"name":{"S":"Ada Lovelace"}}`)
		<-arrived
	}
}
