package dye

import (
	"time"

	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// Judge is [Flow.Expect] for other assertion libraries: it lets the flow come to its end in the same way and judges it, but leaves
// what to do of it to the caller. The report is what Expect would print. With Within(0) no time passes, and it judges what has
// come so far: for code that looks again and again.
func (f *Flow) Judge(expectations ...Expectation) (met bool, text string) {
	if len(expectations) == 0 {
		return false, "dye: Judge has nothing to judge: give it at least one expectation"
	}
	verdict, context, _ := f.judge(expectations)
	context.Again = "" // the end of the test says it
	return verdict.OK, report.Text(verdict, context)
}

// judge lets time run for the horizon of the expectations and judges them.
func (f *Flow) judge(expectations []Expectation) (expect.Verdict, report.Context, time.Duration) {
	d := f.d
	horizon, told := expect.Horizon(expectations...)
	if !told {
		horizon = defaultHorizon
	}
	recording := f.record(d.drain(horizon))
	recording.Bounded = told
	context := report.Context{
		Covers: d.rec.covered(), Again: d.repeat, Recording: d.recordings.file(f), Virtual: d.backend.Features().VirtualTime,
	}
	flow := observe.NewFlow(recording)
	verdict := expect.Judge(flow, expectations...)
	d.names.learn(flow)
	return verdict, context, horizon
}
