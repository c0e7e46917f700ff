package dye

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Outside a bubble a goroutine's profiler labels tell whose it is: it inherits them from the one that started it, and with
// GODEBUG tracebacklabels=1 (Go 1.26) a dump of all goroutines shows them.
const labelKey = "dye"

var (
	runs       atomic.Uint64
	showLabels = sync.OnceFunc(func() {
		setting := os.Getenv("GODEBUG")
		if !strings.Contains(setting, "tracebacklabels=1") {
			os.Setenv("GODEBUG", strings.TrimPrefix(setting+",tracebacklabels=1", ","))
		}
	})
)

// labelled is a group of goroutines: what its do runs, and whatever that starts.
type labelled struct{ name string }

func newLabelled() labelled {
	showLabels()
	return labelled{fmt.Sprintf("run-%d", runs.Add(1))}
}

func (l labelled) do(f func()) {
	pprof.Do(context.Background(), pprof.Labels(labelKey, l.name), func(context.Context) { f() })
}

// left returns the goroutines of the group that hold the user's code.
func (l labelled) left() []goroutine {
	mark := fmt.Sprintf("%q: %q", labelKey, l.name)
	var list []goroutine
	for _, g := range allGoroutines() {
		if strings.Contains(g.labels, mark) && !g.own() {
			list = append(list, g)
		}
	}
	return list
}

const leftLook = 2 * time.Millisecond

// end waits until all goroutines of the group have ended, and returns those that have not after that time.
func (l labelled) end(grace time.Duration) []goroutine {
	deadline := time.Now().Add(grace)
	for {
		list := l.left()
		if len(list) == 0 || time.Now().After(deadline) {
			return list
		}
		time.Sleep(leftLook)
	}
}
