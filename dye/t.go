package dye

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/layer"
)

// T is what the body of a test works with. It is a testing.TB, so that assertion libraries take it; what they report belongs to
// this run of the body. Its methods may be called from any goroutine of the body, except FailNow, Fatal, Fatalf, SkipNow, Skip
// and Skipf, which end the calling goroutine.
//
// There is no Run: loop with t.Run outside and call [Test] inside.
type T struct {
	testing.TB // the test that this is a run of: it answers what a run does not do itself (ArtifactDir, Chdir, Setenv, TempDir)

	rec       *recorder
	ctx       context.Context
	backend   backend.Backend
	options   *options
	bubble    bool // time is virtual for everything, not just for the pipeline
	seed      uint64
	repeat    string        // the command that repeats this run
	flows     atomic.Int64  // stimuli so far
	observers atomic.Int64  // attached so far
	ids       sync.Map      // their correlation ids
	update    bool          // golden files are written
	tap       *layer.Tapped // through which a table of cases disturbs consumers; nil in other tests

	mu       sync.Mutex
	services []*Service           // that the test stands in for
	ends     map[event.Place]bool // others that it stands in for

	fixtures lazyFixtures

	recordings *recordings // where flows are saved
	names      names       // that are known
}

// Context returns the context of the run. It ends when the body does, before the functions given to Cleanup are called.
func (d *T) Context() context.Context { return d.ctx }

// Helper marks the calling function as one whose lines are not shown.
func (d *T) Helper() {
	var pcs [1]uintptr
	if runtime.Callers(2, pcs[:]) > 0 {
		f, _ := runtime.CallersFrames(pcs[:]).Next()
		d.rec.helper(f.Function)
	}
}

// Cleanup adds a function that is called when the body is over, the last one first.
func (d *T) Cleanup(f func()) { d.rec.cleanup(f) }

// Fail marks the run as failed and goes on.
func (d *T) Fail() { d.rec.fail() }

// FailNow marks the run as failed and ends the calling goroutine.
func (d *T) FailNow() {
	d.rec.fail()
	runtime.Goexit()
}

// Failed reports whether the run has failed so far.
func (d *T) Failed() bool {
	failed, _ := d.rec.state()
	return failed
}

// Log writes its arguments to the run's log, as fmt.Sprintln does.
func (d *T) Log(args ...any) { d.log(fmt.Sprintln(args...)) }

// Logf writes to the run's log.
func (d *T) Logf(format string, args ...any) { d.log(fmt.Sprintf(format, args...)) }

func (d *T) log(text string) {
	d.rec.alive()
	d.rec.log(d.rec.where(), text)
}

// Error is Log and Fail.
func (d *T) Error(args ...any) {
	d.log(fmt.Sprintln(args...))
	d.rec.fail()
}

// Errorf is Logf and Fail.
func (d *T) Errorf(format string, args ...any) {
	d.log(fmt.Sprintf(format, args...))
	d.rec.fail()
}

// Fatal is Log and FailNow.
func (d *T) Fatal(args ...any) {
	d.log(fmt.Sprintln(args...))
	d.FailNow()
}

// Fatalf is Logf and FailNow.
func (d *T) Fatalf(format string, args ...any) {
	d.log(fmt.Sprintf(format, args...))
	d.FailNow()
}

// Skip is Log and SkipNow.
func (d *T) Skip(args ...any) {
	d.log(fmt.Sprintln(args...))
	d.SkipNow()
}

// Skipf is Logf and SkipNow.
func (d *T) Skipf(format string, args ...any) {
	d.log(fmt.Sprintf(format, args...))
	d.SkipNow()
}

// SkipNow marks the run as skipped and ends the calling goroutine.
func (d *T) SkipNow() {
	d.rec.alive()
	d.rec.skip()
	runtime.Goexit()
}

// Skipped reports whether the run was skipped.
func (d *T) Skipped() bool {
	_, skipped := d.rec.state()
	return skipped
}

// Attr states an attribute of the test; `go test -json` and JUnit reports carry it.
func (d *T) Attr(key, value string) { d.rec.attr(key, value) }

// Output returns a writer to the run's log that adds nothing.
func (d *T) Output() io.Writer { return d.rec }

const coversKey = "dye.covers"

// Covers states which requirements the test verifies, each as attribute "dye.covers"; failure reports name
// them, too.
func (d *T) Covers(requirements ...string) {
	for _, id := range requirements {
		d.Attr(coversKey, id)
	}
}
