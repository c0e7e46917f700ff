package dye

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/backend/remote"
)

// grace is how much virtual time goroutines have to end after the context of the run has.
const grace = time.Minute

// run is one execution of a body.
type run struct {
	test    *testing.T
	from    string // import path of the package that the body is written in
	body    func(*T)
	options *options
	seed    uint64
	server  string // URL; "": the embedded pipeline
	rec     *recorder
	update  bool   // golden files are written
	record  string // folder in which flows are saved; "" saves none

	recordings *recordings // of this execution
	misused    *sync.Once  // synctest.Wait was called by the body
}

// embedded runs the body in a bubble, on a pipeline of its own.
func (r *run) embedded() {
	w := &watch{}
	r.misused = &sync.Once{}
	problem := runBubble(r.test, r.options.patience, w, func() {
		b := embedded.New(embedded.Options{Seed: r.seed, Wait: r.wait, Spinning: r.spinning, Logger: slog.New(slog.NewTextHandler(lateLog{r.rec}, nil))})
		d, cancel := r.begin(b)
		r.guard(func() { r.body(d) })
		r.guard(d.saveAll)
		w.ending.Store(true)
		cancel()
		r.cleanUp()
		_, _ = b.Settle(context.Background())
		r.strangers(context.Background(), d, b)
		time.Sleep(grace)
		if err := b.Close(); err != nil {
			r.fail("dye: " + err.Error())
		}
	})
	abandoned := false
	if problem != nil {
		r.fail("dye: " + problem.text(r.options.patience))
		abandoned = problem.kind == stuck || problem.kind == neverEnds
	}
	r.rec.close(abandoned)
}

// remote runs the body in real time, against a running server.
func (r *run) remote() {
	abandoned := false
	defer func() { r.rec.close(abandoned) }()
	b, err := remote.Open(r.test.Context(), r.server)
	if err != nil {
		r.fail("dye: " + err.Error())
		return
	}
	d, cancel := r.begin(b)
	group := newLabelled()
	group.do(func() {
		r.guard(func() { r.body(d) })
		r.guard(d.saveAll)
		cancel()
		r.cleanUp()
	})
	ctx, stop := context.WithTimeout(context.Background(), r.options.patience)
	defer stop()
	r.strangers(ctx, d, b)
	if list := group.end(r.options.patience); len(list) > 0 {
		r.fail("dye: " + (&trouble{kind: leftBehind, goroutines: list}).text(0))
		abandoned = true
	}
	if err := b.Close(); err != nil {
		r.fail("dye: " + err.Error())
	}
}

const waitTaken = "wait already in progress"

const waitHint = "synctest.Wait is the pipeline's own in a bubble of dye.Test: use d.Settle() in its place"

// wait is synctest.Wait for the gate. Only one goroutine may call it at a time; a body that does so, too, would end the test
// binary by a panic of the gate's goroutine.
func (r *run) wait() {
	for !r.tryWait() {
		time.Sleep(time.Nanosecond) // lets the other Wait return
	}
}

func (r *run) tryWait() (done bool) {
	defer func() {
		if p := recover(); p != nil {
			if p != waitTaken {
				panic(p)
			}
			r.misused.Do(func() { r.fail("dye: " + waitHint) })
		}
	}()
	synctest.Wait()
	return true
}

func (r *run) begin(b backend.Backend) (*T, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	r.recordings = &recordings{prefix: r.recordPrefix()}
	d := &T{
		TB: r.test, rec: r.rec, backend: b, options: r.options, bubble: currentBubble() != 0, seed: r.seed, repeat: r.repeatLine(),
		update: r.update, recordings: r.recordings,
	}
	d.ctx = owned(ctx, d)
	return d, cancel
}

// guard runs f on a goroutine of its own, so that FailNow ends f and not the run, and takes a panic of f for a failure.
func (r *run) guard(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r.fail(panicText(p, debug.Stack()))
			}
		}()
		f()
	}()
	<-done
}

// panicText says where a panic came from: the frames between it and the harness.
func panicText(p any, stack []byte) string {
	g, _ := parseGoroutine(string(stack))
	frames := g.frames
	if i := slices.IndexFunc(frames, func(f frame) bool { return f.function == "panic" }); i >= 0 {
		frames = frames[i+1:]
	}
	text := fmt.Sprintf("panic: %v", p)
	for _, f := range frames {
		if strings.HasPrefix(f.function, module+"dye.(*run).") {
			break
		}
		text += fmt.Sprintf("\n%s:%d  %s", f.file, f.line, f.function)
	}
	if p == waitTaken {
		text += "\n" + waitHint
	}
	g.frames = frames
	at := g.at()
	return fmt.Sprintf("%s:%d: %s", shortFile(at.file), at.line, text)
}

func (r *run) cleanUp() {
	for f := r.rec.nextCleanup(); f != nil; f = r.rec.nextCleanup() {
		r.guard(f)
	}
}

func (r *run) fail(text string) {
	r.rec.log("", text)
	r.rec.fail()
}

func (r *run) spinning(client, operation string) {
	r.fail(fmt.Sprintf("dye: client %q calls %s again and again without anything happening or time passing, and so time never can:"+
		" let it wait (WaitTimeSeconds, a sleep between calls) as it should against AWS, too", client, operation))
}
