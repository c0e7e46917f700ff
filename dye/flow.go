package dye

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"reflect"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// Flow is everything that one stimulus set off: every hop whose lineage starts in a call made during its [T.Dye], and what the
// pipeline could tie to no stimulus at all, which is shown as unattributed.
type Flow struct {
	d      *T
	number int64 // of the stimulus in its run, from 1
	id     string
	after  uint64
	start  time.Time
	began  time.Time // the same by the clock of package time
}

// Dye runs stimulus with a context that carries a fresh correlation id and returns the flow it set off, without waiting for
// anything: [Flow.Expect] does. An error of stimulus ends the test; a stimulus that is to be refused checks that itself and
// returns nil.
func (d *T) Dye(stimulus func(ctx context.Context) error) *Flow {
	f := d.newFlow()
	if err := stimulus(event.WithCorrelation(d.ctx, f.id)); err != nil {
		d.Fatalf("dye: the stimulus failed: %v%s", err, d.unreached(err))
	}
	return f
}

// unreached says what to do about a client that went out to the network, where none of the test's pipeline is.
func (d *T) unreached(err error) string {
	operation, dialed := errors.AsType[*net.OpError](err)
	if _, named := errors.AsType[*net.DNSError](err); !d.bubble || !named && (!dialed || operation.Op != "dial") {
		return ""
	}
	return "\nthe pipeline of this test is in its process, not at an address: make the client with dyeaws.Config(d), or with the Transport of d.AWS()"
}

// newFlow returns the flow of a stimulus that begins now.
func (d *T) newFlow() *Flow {
	n := d.flows.Add(1)
	f := &Flow{d: d, number: n, id: d.correlationID(n)}
	now := d.rest()
	f.after, f.start, f.began = now.Seq, now.At, time.Now()
	d.recordings.begun(f)
	return f
}

// restMost is how long, in real time, a stimulus waits for what came before it.
const restMost = time.Second

// rest settles before a stimulus, so that what is left of the time before it is not taken for a part of its flow. A backend that
// does not come to rest is no reason to wait for long: what is unattributed shows in the reports.
func (d *T) rest() event.Quiescence {
	ctx, stop := d.patient(min(restMost, d.options.patience))
	defer stop()
	q, err := d.backend.Settle(ctx)
	d.must(err)
	return q
}

// correlationID is the same whenever the same run is repeated in virtual time.
func (d *T) correlationID(n int64) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s/%d/%d", d.Name(), d.seed, n)
	if !d.bubble { // the account is drawn: a test of that name in another package, or run again, has other ids
		fmt.Fprint(h, d.backend.Endpoint("").AccountID)
	}
	id := fmt.Sprintf("%s%08x", flowPrefix, h.Sum32())
	d.ids.Store(id, true)
	if !d.bubble {
		flowsOf.Store(id, d.Name()) // nobody can meet it in a bubble's own pipeline
	}
	return id
}

// CorrelationID returns the id that the context of the flow's stimulus carried.
func (f *Flow) CorrelationID() string { return f.id }

// Hops returns what was recorded of the flow so far, in the order it happened. Use it for what no expectation says.
func (f *Flow) Hops() []event.Hop {
	return observe.NewFlow(f.record(f.d.settle())).Hops
}

// defaultHorizon is how far time runs before absence is judged.
const defaultHorizon = time.Hour

// Expect judges all expectations over the whole flow so far, in one report; a failed one fails the test and the body goes on.
//
// Before that it lets the flow come to its end. In virtual time it drains: time runs for the horizon, one hour unless [Within]
// says otherwise, while long polls in which nothing comes hold still; so whatever is delayed, retried or sleeping until then has
// happened. On a running server in real time it waits until nothing is under way, and for what is due within [Patience]; when
// the verdict hangs on something that is due later, but before the horizon, the test is skipped: it needs virtual time. Expect
// may be called again: each call judges everything from the stimulus on.
func (f *Flow) Expect(expectations ...Expectation) {
	d := f.d
	if len(expectations) == 0 {
		d.Errorf("dye: Expect has nothing to judge: give it at least one expectation")
		return
	}
	verdict, context, horizon := f.judge(expectations)
	text := report.Text(verdict, context)
	if verdict.OK {
		d.Log(text)
		return
	}
	if p, ok := d.undecided(verdict, horizon); ok {
		d.Skipf("dye: needs virtual time, and %s runs in real time: the verdict hangs on what is due in %v: %s",
			d.backend.Name(), p.Due.Sub(verdict.Flow.Quiescence.At).Round(time.Millisecond), p.What)
	}
	d.rec.reported()
	d.Errorf("%s", text)
}

// undecided returns what a failed verdict may still hang on, where the clock cannot be moved. An event that must not have come
// and did is a failure whatever else comes, and so is a consumer that never comes back.
func (d *T) undecided(v expect.Verdict, horizon time.Duration) (event.Pending, bool) {
	if d.backend.Features().VirtualTime || !v.Flow.Quiescence.Quiet {
		return event.Pending{}, false
	}
	for _, f := range v.Failed() {
		if len(f.Offenders) > 0 || f.Problem != "" {
			return event.Pending{}, false
		}
	}
	return nextDue(v.Flow.Quiescence, horizon)
}

// nextDue returns the first thing that is due after now, and within the horizon.
func nextDue(q event.Quiescence, horizon time.Duration) (next event.Pending, ok bool) {
	for _, p := range q.Pending {
		if p.Due.After(q.At) && p.Due.Sub(q.At) <= horizon && (!ok || p.Due.Before(next.Due)) {
			next, ok = p, true
		}
	}
	return next, ok
}

// record takes down all that the backend knows; q is what it last said.
func (f *Flow) record(q event.Quiescence) observe.Recording {
	d := f.d
	hops, lost, err := d.backend.Hops(d.ctx, f.after)
	d.must(err)
	if len(d.options.correlationAt)+len(d.options.causationAt) > 0 { // what other flows are called was said before this one
		hops, _, err = d.backend.Hops(d.ctx, 0)
		d.must(err)
	}
	topology, err := d.backend.Topology(d.ctx)
	d.must(err)
	grade := event.Inconclusive
	if q.Quiet {
		grade = d.backend.Features().Absence
	}
	return d.unobserved(observe.Recording{
		CorrelationID: f.id, After: f.after, Start: f.start, Hops: hops, Lost: lost, Topology: d.withEnds(topology), Quiescence: q,
		Grade: grade, Relative: d.backend.Features().Relative, TenantAt: d.options.tenantAt, CorrelationAt: d.options.correlationAt,
		CausationAt: d.options.causationAt, Known: d.names.sorted(),
	})
}

// drain lets everything that is due within the horizon happen: by moving the clock, or by waiting as long as patience lasts.
func (d *T) drain(horizon time.Duration) event.Quiescence {
	ctx, stop := d.patient(d.options.patience)
	defer stop()
	if horizon == 0 {
		return d.settle()
	}
	if mover, ok := d.backend.(backend.Mover); ok && d.backend.Features().VirtualTime {
		q, err := mover.Drain(ctx, horizon)
		d.must(err)
		return q
	}
	for {
		q, err := d.backend.Settle(ctx)
		d.must(err)
		next, ok := nextDue(q, horizon)
		if !ok {
			return q
		}
		wait := next.Due.Sub(q.At) + time.Millisecond
		if deadline, _ := ctx.Deadline(); !q.Quiet || time.Until(deadline) < wait {
			return q
		}
		time.Sleep(wait)
	}
}

// must ends the body if the backend failed.
func (d *T) must(err error) {
	if err != nil {
		d.Fatalf("dye: %v", err)
	}
}

// One returns the payload of the only event of its type in the flow, decoded from JSON into a P. The type is what P's method
// EventType() string says, else the name of the Go type. The flow is settled first; no event or more than one ends the test.
func One[P any](f *Flow) P {
	var payload P
	d := f.d
	name := typeName(payload)
	raw, err := expect.One(observe.NewFlow(f.record(d.settle())), name)
	if counted, ok := errors.AsType[*expect.CountError](err); ok {
		d.Fatalf("dye: One: %v", counted)
	}
	d.must(err)
	if err := json.Unmarshal(raw, &payload); err != nil {
		d.Fatalf("dye: One: the payload of %s does not fit %T: %v\n%s", name, payload, err, report.Clean(string(raw)))
	}
	return payload
}

func typeName(payload any) string {
	if named, ok := payload.(interface{ EventType() string }); ok {
		return named.EventType()
	}
	name := reflect.TypeOf(payload).Name()
	name, _, _ = strings.Cut(name, "[")
	return name
}
