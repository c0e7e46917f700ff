package dye

import (
	"fmt"
	"strings"
	"testing"
)

// Test runs body on a pipeline of its own, in virtual time: in a testing/synctest bubble whose clock starts at
// 2026-01-01T00:00:00Z. Concurrent calls of the system under test are served in an order that depends on the seed alone.
//
// The environment chooses how: DYETRACE_SEED=n (or -dye.seed=n) replays the schedule of a seed, 1 unless set (or what [Seed]
// says); DYETRACE_SEEDS=N (or -dye.seeds=N) runs the body with N seeds, from that one on, and stops at the first that fails;
// DYETRACE_UPDATE=1 (or -dye.update) writes the files of [Flow.Golden]; DYETRACE_RECORD=DIR saves every flow, as [Flow.Save]
// does; DYETRACE_BACKEND=http://127.0.0.1:4566 runs it once, in real time, against a running dyetrace server.
//
// The body runs on a goroutine of its own, possibly several times, so whatever it captures must be made inside it, and it must
// use its own d and not t. When it is over, the context of the run ends and all goroutines it started must end within a minute
// of virtual time: those that do not fail the test with the line that started them. A test that hangs on something that is not
// of the bubble is abandoned after [Patience], and what it hangs on is named; other tests go on. What ends the whole test
// binary all the same: a panic in a goroutine that the body started, and a fatal error of the runtime.
func Test(t *testing.T, body func(*T), opts ...Option) {
	t.Helper()
	test(t, packageOf(body), body, opts)
}

// test is Test for a body that is written in the package with that import path, or on behalf of one that is.
func test(t *testing.T, from string, body func(*T), opts []Option) {
	t.Helper()
	if body == nil {
		t.Fatal("dye: the body is nil")
	}
	if currentBubble() != 0 {
		t.Fatal("dye: dye.Test opens a bubble of its own, so it must not be called in one: call it beside synctest.Test, and once per test of a table")
	}
	s, err := readSettings()
	if err != nil {
		t.Fatal("dye: " + err.Error())
	}
	r := &run{test: t, from: from, body: body, options: newOptions(opts), seed: s.seed, update: s.update, record: s.record}
	if !s.seeded {
		r.seed = r.options.seed
	}
	switch {
	case strings.HasPrefix(s.backend, "http://"), strings.HasPrefix(s.backend, "https://"):
		r.rec = &recorder{name: t.Name(), sink: t.Output()}
		r.server = s.backend
		r.remote()
		if s.seeded || s.seeds > 0 {
			r.rec.log("", "dye: a running server serves calls as they come, so seeds change nothing: the body ran once")
		}
		r.again()
	case s.backend != "embedded:":
		t.Fatalf("dye: DYETRACE_BACKEND is %q; it must be embedded: or the URL of a running dyetrace server (http://127.0.0.1:4566)", s.backend)
	case s.seeds > 0:
		r.explore(s.seeds)
	default:
		r.rec = &recorder{name: t.Name(), sink: t.Output()}
		r.embedded()
		r.again()
	}
	r.rec.show(t)
}

// explore runs the body with one seed after the other, and leaves the recorder of the first that failed, or of the last.
func (r *run) explore(seeds int) {
	first := r.seed
	for i := range seeds {
		r.seed = first + uint64(i)
		r.rec = &recorder{name: r.test.Name()}
		r.embedded()
		failed, skipped := r.rec.state()
		if failed {
			r.rec.log("", fmt.Sprintf("dye: seed %d failed, the first of %d tried", r.seed, i+1))
			r.again()
			return
		}
		if skipped {
			return
		}
	}
	r.rec.log("", fmt.Sprintf("dye: %d seeds passed, %d to %d", seeds, first, r.seed))
}

// again tells how a failed run is repeated, unless a report did.
func (r *run) again() {
	if r.rec.silent() {
		r.rec.log("", "again:  "+r.repeatLine())
		if hint := r.recordings.hint(); hint != "" {
			r.rec.log("", hint)
		}
	}
}
