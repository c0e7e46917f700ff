package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dyetrace/dyetrace/event"
)

const labelKey = "dyetrace"

var engineNumber atomic.Uint64

// labels finds the goroutines that were started through the engine, and those they started: a goroutine inherits its
// creator's profiler labels, and with GODEBUG tracebacklabels=1 (Go 1.26) runtime.Stack prints them.
type labels struct {
	once sync.Once
	name string
	used atomic.Bool
}

// Go runs f on a goroutine of its own, as a consumer of this pipeline. The engine is not quiescent while that goroutine, or one
// that it starts with a go statement, is anywhere but in a parked poll. Not covered: time.AfterFunc, and workers that already
// ran before.
func (e *Engine) Go(ctx context.Context, consumer string, f func(context.Context)) {
	l := &e.labs
	l.once.Do(func() {
		l.name = fmt.Sprintf("engine-%d", engineNumber.Add(1))
		setting := os.Getenv("GODEBUG")
		if !strings.Contains(setting, "tracebacklabels=1") {
			os.Setenv("GODEBUG", strings.TrimPrefix(setting+",tracebacklabels=1", ","))
		}
		l.used.Store(true)
	})
	go pprof.Do(ctx, pprof.Labels(labelKey, l.name, "consumer", consumer), f)
}

// busy lists the labelled goroutines that are not parked in a poll.
func (l *labels) busy() []event.Pending {
	if !l.used.Load() {
		return nil
	}
	buf := make([]byte, 1<<18)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	var list []event.Pending
	mark := []byte(fmt.Sprintf("%q: %q", labelKey, l.name))
	for _, g := range bytes.Split(buf[:n], []byte("\n\n")) {
		header, _, _ := bytes.Cut(g, []byte("\n"))
		if !bytes.Contains(header, mark) || bytes.Contains(g, []byte("engine.(*Poll).Wait(")) && !bytes.Contains(header, []byte("[runn")) {
			continue
		}
		list = append(list, event.Pending{What: "consumer code is running: " + string(header), Count: 1, Work: true})
	}
	return list
}
