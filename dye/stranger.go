package dye

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/report"
)

const flowPrefix = "dye-"

// flowsOf remembers which test of this process each correlation id is of, so that a test that meets another one's event can say
// whose it is.
var flowsOf sync.Map

// strangers fails the run if one of its consumers was handed an event of another test's flow: then what it saw depends on which
// tests run beside it. Tests have accounts of their own, so that takes something they share: a client or an endpoint in a package
// variable, or an account id that is written down.
func (r *run) strangers(ctx context.Context, d *T, b backend.Backend) {
	hops, _, err := b.Hops(ctx, 0)
	if err != nil {
		return // the backend is gone, which the body was told
	}
	for i := range hops {
		h := &hops[i]
		if h.Kind != event.KindReceive || !strings.HasPrefix(h.CorrelationID, flowPrefix) || d.owns(h.CorrelationID) {
			continue
		}
		what := "an event"
		if h.Event != nil {
			document, _ := event.Decode(h.Event.Body) // names no type if it is not JSON
			what = report.Clean(cmp.Or(h.Event.Type, document.Type, what))
		}
		whose := "a test of another process"
		if name, ok := flowsOf.Load(h.CorrelationID); ok {
			whose = name.(string)
		}
		r.fail(fmt.Sprintf("dye: %s consumed an event of %s: %s from %s, received by %s, is of its flow %s; what the two share (a client or an endpoint"+
			" kept in a package variable, a fixed account id) must be made from each test's own d", r.test.Name(), whose, what, h.From, h.To, h.CorrelationID))
		return
	}
}

// owns reports whether a correlation id is of a flow of this run.
func (d *T) owns(id string) bool {
	_, mine := d.ids.Load(id)
	return mine
}
