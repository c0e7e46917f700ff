package dye

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
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
		if !consumed(h) || !strings.HasPrefix(h.CorrelationID, flowPrefix) || d.owns(h.CorrelationID) {
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

// consumed reports whether a hop hands an event to code: to a client, or to a function or an HTTP endpoint, which it is brought to.
func consumed(h *event.Hop) bool {
	if h.Kind == event.KindReceive {
		return true
	}
	kind := h.To.Kind()
	return h.Kind == event.KindArrive && h.Outcome == event.Delivered && (kind == event.PlaceFunction || kind == event.PlaceHTTP)
}

// owns reports whether a correlation id is of a flow of this run.
func (d *T) owns(id string) bool {
	_, mine := d.ids.Load(id)
	return mine
}

type ownerKey struct{}

// owned returns a context that tells whose calls are made with it.
func owned(ctx context.Context, d *T) context.Context { return context.WithValue(ctx, ownerKey{}, d) }

// guarded carries the calls of a test's endpoint, and finds those that another test makes through it.
type guarded struct {
	owner  *T
	client string
	next   http.RoundTripper
}

// guard returns the endpoint with a transport that knows whose it is.
func (d *T) guard(e Endpoint, client string) Endpoint {
	e.Transport = &guarded{owner: d, client: client, next: e.Transport}
	return e
}

// RoundTrip refuses a call of another test where it would take this one's events away, and any in virtual time, which the two do
// not share. What another test sends is let through: the consumer that is handed it fails, by strangers.
func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	g.checkAccount(r)
	caller, told := r.Context().Value(ownerKey{}).(*T)
	if !told || caller == g.owner || !caller.bubble && !g.owner.bubble && !takes(r) {
		return g.next.RoundTrip(r)
	}
	if r.Body != nil {
		r.Body.Close()
	}
	err := &strangerError{caller: caller.Name(), owner: g.owner.Name(), client: g.client, operation: operation(r)}
	caller.rec.once(true, "dye: "+err.Error())
	return nil, err
}

// checkAccount notes calls that do not name the test's own account. In a bubble the whole pipeline is the test's; on a server, tests that
// write an account down meet in it, and expectations look at the test's own.
func (g *guarded) checkAccount(r *http.Request) {
	if g.owner.bubble {
		return
	}
	mine := g.owner.backend.Endpoint(g.client).AccountID
	_, scope, signed := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(scope, "/")
	if !signed || key == mine {
		return
	}
	g.owner.rec.once(false, fmt.Sprintf("dye: client %q calls with access key id %s, and so not in the account of the test, %s: expectations do not see what"+
		" it does there, and other tests may be there, too; let it use the AccountID of its Endpoint, as dyeaws.Config does", g.client, report.Clean(key), mine))
}

// strangerError says that a test uses another one's endpoint.
type strangerError struct{ caller, owner, client, operation string }

// Error says what to do.
func (e *strangerError) Error() string {
	whose := e.owner
	if e.owner == e.caller {
		whose = "an earlier run of itself"
	}
	return fmt.Sprintf("%s calls %s through the endpoint %q of %s, and so would consume events that are not its own, or never be answered; what the two"+
		" share (a client or an endpoint kept in a package variable) must be made from each test's own d", e.caller, e.operation, e.client, whose)
}

// operation returns the name of the operation that a request is for.
func operation(r *http.Request) string {
	target := r.Header.Get("X-Amz-Target")
	if target == "" {
		return r.Method + " " + r.URL.Path
	}
	return target[strings.LastIndexByte(target, '.')+1:]
}

// takes reports whether a request consumes events.
func takes(r *http.Request) bool {
	switch operation(r) {
	case "ReceiveMessage", "GetRecords":
		return true
	}
	return false
}

// once writes a text to the log, and fails the run with it if that is asked for; not twice, and not when the run is over.
func (r *recorder) once(fails bool, text string) {
	r.mu.Lock()
	first := !r.over && !r.said[text]
	if first {
		if r.said == nil {
			r.said = map[string]bool{}
		}
		r.said[text], r.failed = true, r.failed || fails
	}
	r.mu.Unlock()
	if first {
		r.log("", text)
	}
}
