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
	once     sync.Once
	name     string
	used     atomic.Bool
	starting atomic.Int64 // goroutines that do not have their labels yet
}

// Go runs f on a goroutine of its own, as a consumer of this pipeline. The engine is not quiescent while that goroutine, or one
// that it starts with a go statement, is anywhere but in a parked poll. Not covered: time.AfterFunc, and workers that already
// ran before.
func (e *Engine) Go(ctx context.Context, consumer string, f func(context.Context)) {
	l := &e.labs
	l.once.Do(func() {
		l.name = fmt.Sprintf("engine-%d", engineNumber.Add(1))
		l.used.Store(true)
	})
	l.starting.Add(1)
	go pprof.Do(ctx, pprof.Labels(labelKey, l.name, "consumer", consumer), func(ctx context.Context) {
		l.starting.Add(-1)
		f(ctx)
	})
}

// printLabels makes runtime.Stack print labels. It is asked for at each look, because tests set and restore GODEBUG, and without
// labels nobody would ever seem busy.
func printLabels() {
	const wanted = "tracebacklabels=1"
	setting := os.Getenv("GODEBUG")
	if setting != wanted && !strings.HasSuffix(setting, ","+wanted) { // the last one counts
		os.Setenv("GODEBUG", strings.TrimPrefix(setting+","+wanted, ","))
	}
}

// busy lists the labelled goroutines that are not parked in a poll. One that was woken but did not run yet looks parked; it
// counts as a call under way.
func (l *labels) busy() []event.Pending {
	if !l.used.Load() {
		return nil
	}
	if n := l.starting.Load(); n > 0 { // looked at first: when it is 0, the stacks below have all labels
		return []event.Pending{{What: "consumer code is about to start", Count: int(n), Work: true}}
	}
	printLabels()
	buf := make([]byte, 1<<18)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	var list []event.Pending
	mark := fmt.Appendf(nil, "%q: %q", labelKey, l.name)
	for _, g := range bytes.Split(buf[:n], []byte("\n\n")) {
		header, _, _ := bytes.Cut(g, []byte("\n"))
		parked := bytes.Contains(header, []byte(" [chan receive")) && bytes.Contains(g, []byte("/pipeline/engine.(*Poll).Wait("))
		if !bytes.Contains(header, mark) || parked {
			continue
		}
		list = append(list, event.Pending{What: "consumer code is running: " + string(header), Count: 1, Work: true})
	}
	return list
}
