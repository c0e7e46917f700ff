package dye

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/layer"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// Consumer runs a table of consumer cases, each as a subtest of its own: plain, redelivered, duplicated, out of order, poison,
// partial batch, crash, slow, outage; package layer says what each of them does. Build makes the consumer, on the fresh pipeline of
// the run that d is: what it keeps must be made there, and clients of a consumer with a loop of its own must be made with d's
// endpoints. Each case ends in the state that case plain ends in, unless cases.Want says which.
//
// A case of several runs, such as the orders of case out of order, ends at the first that fails. Cases that the consumer's contract
// leaves out are named in cases.Skip, each with the reason. On a running server in real time all are skipped, since they move time.
func Consumer(t *testing.T, cases layer.Cases, build func(d *T) layer.Consumer, opts ...Option) {
	t.Helper()
	plan, err := cases.Plan()
	if err != nil {
		t.Fatalf("dye: Consumer: %v", err)
	}
	c := &consumerTable{cases: cases, build: build, from: packageOf(build), opts: opts, want: cases.Want}
	if _, file, line, ok := runtime.Caller(1); ok {
		c.at = fmt.Sprintf("%s:%d: ", shortFile(file), line)
	}
	for len(plan) > 0 {
		n := 1
		for n < len(plan) && plan[n].Case == plan[0].Case {
			n++
		}
		variants := plan[:n]
		plan = plan[n:]
		ok := t.Run(string(variants[0].Case), func(t *testing.T) { c.runs(t, variants) })
		if !ok && variants[0].Case == layer.Plain {
			break // what it leads to is what the others are compared with
		}
	}
	t.Logf("dye: consumer\n%v", c.results)
}

// consumerTable is a table of cases under way.
type consumerTable struct {
	cases   layer.Cases
	build   func(*T) layer.Consumer
	from    string
	at      string // where the table is called: "stock_test.go:12: "
	opts    []Option
	want    any // what a case leads to; nil: not known yet
	results layer.Results
}

// runs runs the variants of one case.
func (c *consumerTable) runs(t *testing.T, variants []layer.Variant) {
	t.Helper()
	if v := variants[0]; v.Skip != "" {
		c.results = append(c.results, layer.Result{Variant: v, OK: true})
		c.leftOut(t, v.Skip)
	}
	if c.want == nil && variants[0].Case != layer.Plain { // that was not asked for, or filtered out by -run
		c.want = c.run(t, c.cases.Reference()).State
	}
	ran, skip := false, ""
	for _, v := range variants {
		if t.Failed() {
			return
		}
		r := c.run(t, v)
		c.results = append(c.results, r)
		ran, skip = ran || r.Skip == "", r.Skip
		if v.Case == layer.Plain && c.want == nil {
			c.want = r.State
		}
	}
	if !ran && !t.Failed() {
		c.leftOut(t, skip)
	}
}

func (c *consumerTable) leftOut(t *testing.T, why string) {
	fmt.Fprintf(t.Output(), "%sdye: left out: %s\n", c.at, report.Clean(why))
	t.SkipNow()
}

// run runs one variant as a test of its own.
func (c *consumerTable) run(t *testing.T, v layer.Variant) (result layer.Result) {
	t.Helper()
	result = layer.Result{Variant: v, Problems: []string{"the run ended before it could be judged: see its own report"}}
	test(t, c.from, func(d *T) {
		d.tap = layer.Tap(d.backend)
		r, err := c.cases.Run(d.ctx, d.tap, v, c.build(d), c.want)
		if err != nil {
			d.Fatalf("dye: consumer, %v", err)
		}
		result = r
		if !r.OK {
			d.rec.log(c.at, "dye: "+r.Report())
			d.rec.fail()
		}
	}, c.opts)
	return result
}

// Emitted returns a State for a layer.Consumer whose effect is events: what came to places that match, each payload once; see
// [layer.Emitted].
func (d *T) Emitted(place string) func(ctx context.Context) (any, error) {
	return layer.Emitted(d.backend, place)
}

// Produces calls a producer and judges, as [Flow.Expect] does, that it emits what p says and nothing else; when p.Fails, that the
// operation fails and that this is all. It returns the operation's flow.
func (d *T) Produces(p layer.Producer) *Flow {
	d.Helper()
	if p.Do == nil {
		d.Fatalf("dye: Produces: the Producer has no Do")
	}
	var failed error
	flow := d.Dye(func(ctx context.Context) error {
		failed = p.Do(ctx)
		return nil
	})
	list, err := p.Expectations(observe.NewFlow(flow.record(d.drain(defaultHorizon))), failed)
	if err != nil {
		d.Errorf("dye: Produces: %v", err)
		return flow
	}
	flow.Expect(list...)
	return flow
}

// Replay feeds a recorded flow in again, with the time between its events, and compares what comes of it with what came of it then,
// as [Flow.Golden] compares; options as there. A difference fails the test; the body goes on. The consumers must run already.
//
// In real time, on a running server, the test is skipped unless r.DropGaps is set.
func (d *T) Replay(r layer.Replay, opts ...DiffOption) *Flow {
	d.Helper()
	n, problem := normalOf(opts)
	if problem != "" {
		d.Fatalf("dye: Replay: %s", problem)
	}
	flow := d.Dye(func(ctx context.Context) error { return r.Put(ctx, d.AWS("replay"), d.pass) })
	q := d.drain(defaultHorizon)
	if !q.Quiet {
		d.Errorf("dye: Replay: the flow did not come to its end:%s", pendingText(q.Pending))
		return flow
	}
	if lines := r.Compare(flow.record(q), n, goldenLines); lines != "" {
		d.Errorf("dye: what came of the replay is not what came of the recorded flow (- then, + now)\n%s", lines)
	}
	return flow
}

// pass lets time go by while a stimulus is under way.
func (d *T) pass(by time.Duration) error {
	if d.bubble {
		time.Sleep(by)
		return nil
	}
	if mover, ok := d.backend.(backend.Mover); ok && d.backend.Features().VirtualTime {
		_, err := mover.Advance(d.ctx, by)
		return err
	}
	d.Skipf("dye: needs virtual time, and %s runs in real time: the recorded events are %v apart; or set DropGaps", d.backend.Name(), by)
	return nil
}
