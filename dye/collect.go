package dye

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/sqs"
	"github.com/dyetrace/dyetrace/report"
)

// collector is the name that Collect's receiver has in traces.
const collector = "collector"

// Collect takes count events out of a queue, as a consumer of it would, and returns them in the order they came: those that one
// of the selectors selects, or any if none is given. It acknowledges them and returns all others to the queue. A redelivery is
// not counted twice. Too few within an hour of virtual time, or within [Patience] in real time, or one too many a second later,
// end the test with the nearest messages and what they lack.
//
// It is for queues that have no consumer, such as the last one of a flow; two consumers of one queue share its messages. To look
// at what others consume, use [Flow.Expect]. For more choice see package observe.
func (d *T) Collect(queue string, count int, selectors ...Selector) []*observe.Received {
	d.Helper()
	queue = strings.TrimPrefix(queue, event.PlaceQueue+":")
	source, err := sqs.Open(d.ctx, d.backend.Endpoint(collector), queue)
	d.must(err)
	return d.CollectFrom(event.PlaceQueue+":"+queue, source, count, selectors...)
}

// CollectFrom is [T.Collect] for another source of messages than a queue: a WebSocket (package dyesocket), or a broker by a client of
// your own. place is what failures call it.
func (d *T) CollectFrom(place string, source observe.Source, count int, selectors ...Selector) []*observe.Received {
	d.Helper()
	o := observe.CollectOptions{Count: count, Deadline: d.options.patience, Seed: d.seed, AnyBody: len(selectors) == 0}
	if d.bubble {
		o.Deadline = virtualWithin
	}
	what := "any event"
	if len(selectors) > 0 {
		o.Match, what = expect.Either(selectors...)
	}
	got, err := observe.Collect(d.ctx, source, o)
	if err != nil {
		d.Fatalf("dye: Collect from %s, %s: %v", report.Clean(place), report.Clean(what), err)
	}
	return got.Events
}
