package dye

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// recorder takes what one run of a body says about itself: failures, logs, cleanups, attributes. A body runs several times
// (once per seed), and only what is shown reaches the test's output. A recorder outlives its run: a goroutine that was
// abandoned finds its methods, and ends there. Safe for concurrent use.
type recorder struct {
	name string
	sink io.Writer // where lines go at once; nil keeps them for show

	mu        sync.Mutex
	failed    bool
	skipped   bool
	over      bool // nothing is taken any more
	abandoned bool
	kept      bytes.Buffer
	told      bool // a report has said how to repeat the run
	attrs     [][2]string
	cleanups  []func()
	helpers   map[string]bool
	said      map[string]bool // what is logged only once
}

// alive ends the calling goroutine if the run was abandoned: nobody waits for it any more.
func (r *recorder) alive() {
	r.mu.Lock()
	abandoned, over := r.abandoned, r.over
	r.mu.Unlock()
	if abandoned {
		runtime.Goexit()
	}
	if over {
		panic("dye: a goroutine of " + r.name + " uses its dye.T after the test is over; end it when d.Context() ends")
	}
}

func (r *recorder) fail() {
	r.alive()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
}

func (r *recorder) skip() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skipped = true
}

// state returns whether the run failed and whether it was skipped.
func (r *recorder) state() (failed, skipped bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed, r.skipped
}

// log writes text under where, in the form of package testing.
func (r *recorder) log(where, text string) {
	text = strings.TrimSuffix(text, "\n")
	r.write([]byte(where + strings.ReplaceAll(text, "\n", "\n    ") + "\n"))
}

func (r *recorder) write(line []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sink != nil {
		_, _ = r.sink.Write(line)
		return
	}
	r.kept.Write(line)
}

// Write makes the recorder the writer that T.Output returns.
func (r *recorder) Write(p []byte) (int, error) {
	r.alive()
	r.write(p)
	return len(p), nil
}

// lateLog writes to a recorder also when its run is over.
type lateLog struct{ *recorder }

// Write keeps p.
func (l lateLog) Write(p []byte) (int, error) {
	l.write(p)
	return len(p), nil
}

func (r *recorder) attr(key, value string) {
	r.alive()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attrs = append(r.attrs, [2]string{key, value})
}

// covered returns the requirements that the run named so far.
func (r *recorder) covered() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, a := range r.attrs {
		if a[0] == coversKey {
			list = append(list, a[1])
		}
	}
	return list
}

// reported notes that a report has said how to repeat the run.
func (r *recorder) reported() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = true
}

// silent reports whether the run failed and nothing has said yet how to repeat it.
func (r *recorder) silent() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed && !r.told
}

func (r *recorder) cleanup(f func()) {
	r.alive()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

// nextCleanup takes the cleanup that was added last.
func (r *recorder) nextCleanup() func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.cleanups)
	if n == 0 {
		return nil
	}
	f := r.cleanups[n-1]
	r.cleanups = r.cleanups[:n-1]
	return f
}

// helper notes that frames of function are passed over when a line is looked for.
func (r *recorder) helper(function string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.helpers == nil {
		r.helpers = map[string]bool{}
	}
	r.helpers[function] = true
}

// close ends the run.
func (r *recorder) close(abandoned bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over, r.abandoned = true, abandoned
}

// show hands a finished run over to the test that it is a run of.
func (r *recorder) show(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	kept, attrs, failed, skipped := bytes.Clone(r.kept.Bytes()), r.attrs, r.failed, r.skipped
	r.kept.Reset()
	r.mu.Unlock()
	if len(kept) > 0 {
		_, _ = t.Output().Write(kept)
	}
	for _, a := range attrs {
		t.Attr(a[0], a[1])
	}
	switch {
	case failed:
		t.Fail()
	case skipped:
		t.SkipNow()
	}
}

// where returns "file.go:12: " of the innermost frame of the user's code that is no helper, or "".
func (r *recorder) where() string {
	var pcs [64]uintptr
	n := runtime.Callers(2, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	r.mu.Lock()
	defer r.mu.Unlock()
	var last string
	for {
		f, more := frames.Next()
		if isUsersLine(f) {
			if last == "" || !r.helpers[f.Function] {
				last = fmt.Sprintf("%s:%d: ", shortFile(f.File), f.Line)
			}
			if !r.helpers[f.Function] {
				return last
			}
		}
		if !more {
			return last
		}
	}
}

func isUsersLine(f runtime.Frame) bool {
	return frame{function: f.Function, file: f.File, line: f.Line}.users()
}
