package dye

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// startDate is where a bubble's clock stands when the body begins: synctest starts in 2000, before the certificates and
// fixtures of most systems are valid.
var startDate = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// watch is what the outside of a bubble knows about its inside.
type watch struct {
	number atomic.Uint64 // of the bubble
	ending atomic.Bool   // the body is over: what is still to do takes milliseconds, or for ever
	done   chan struct{}
	panic  string // of package synctest; "" if none
}

// trouble says why a bubble did not end as it should.
type trouble struct {
	kind       troubleKind
	goroutines []goroutine
	others     []goroutine // of the user's that wait as they should: one of them may hold what the first wait for
}

type troubleKind int

const (
	leftBehind troubleKind = iota + 1 // the body is over, and goroutines of it are not
	deadlocked                        // everything waits, and nothing is due that could go on
	stuck                             // something waits for what is not of the bubble, so that virtual time cannot pass
	neverEnds                         // the body is over, and something keeps running
)

// runBubble runs f in a testing/synctest bubble and watches it from outside in real time. It returns when the bubble has ended,
// or when it must be abandoned: then its goroutines stay, parked or not, until the process ends, and other tests go on.
//
// synctest answers goroutines that are left behind with a panic on the goroutine that opened the bubble, which would end the
// test binary; here that goroutine is one of our own, and the panic is told as the trouble it is.
func runBubble(t *testing.T, patience time.Duration, w *watch, f func()) *trouble {
	w.done = make(chan struct{})
	go func() {
		defer close(w.done)
		defer w.recover()
		synctest.Test(t, func(*testing.T) {
			w.number.Store(currentBubble())
			time.Sleep(time.Until(startDate))
			f()
		})
	}()
	return w.wait(patience)
}

func (w *watch) recover() {
	switch p := recover().(type) {
	case nil:
	case error:
		if !strings.HasPrefix(p.Error(), "deadlock:") {
			panic(p)
		}
		w.panic = p.Error()
	default:
		panic(p)
	}
}

// wait looks ten times per patience at where the bubble's goroutines are.
func (w *watch) wait(patience time.Duration) *trouble {
	look := time.NewTicker(max(patience/10, time.Millisecond))
	defer look.Stop()
	since, ended := time.Now(), time.Time{}
	var before []uint64
	for {
		select {
		case <-w.done:
			return w.over()
		case now := <-look.C:
			if w.ending.Load() && ended.IsZero() {
				ended = now
			}
			list := w.undurable()
			if !ended.IsZero() && now.Sub(ended) >= patience && len(list) > 0 {
				return &trouble{kind: neverEnds, goroutines: list}
			}
			ids := identities(list)
			if slices.ContainsFunc(list, func(g goroutine) bool { return g.working() }) {
				ids = nil // something goes on
			}
			if len(ids) == 0 || !slices.Equal(ids, before) {
				before, since = ids, now
				continue
			}
			if now.Sub(since) >= patience {
				return &trouble{kind: stuck, goroutines: list, others: w.durable()}
			}
		}
	}
}

// undurable returns the goroutines of the bubble that keep its time from passing: at work, or waiting for what is not of the
// bubble.
func (w *watch) undurable() []goroutine {
	return slices.DeleteFunc(inBubble(w.number.Load()), func(g goroutine) bool { return g.durable() })
}

// durable returns the other goroutines of the user's.
func (w *watch) durable() []goroutine {
	return slices.DeleteFunc(inBubble(w.number.Load()), func(g goroutine) bool { return !g.durable() || g.own() })
}

// over looks at what is left of a bubble that has ended.
func (w *watch) over() *trouble {
	if w.panic == "" {
		return nil
	}
	list := slices.DeleteFunc(inBubble(w.number.Load()), func(g goroutine) bool { return g.own() })
	if w.ending.Load() {
		return &trouble{kind: leftBehind, goroutines: list}
	}
	return &trouble{kind: deadlocked, goroutines: list}
}

func identities(list []goroutine) []uint64 {
	var ids []uint64
	for _, g := range list {
		ids = append(ids, g.id)
	}
	slices.Sort(ids)
	return ids
}

// text says what happened, which goroutines show it and what to do.
func (k *trouble) text(patience time.Duration) string {
	var b strings.Builder
	switch k.kind {
	case leftBehind:
		b.WriteString("the test is over, and goroutines that it started are not: let them end when d.Context() does, or stop them in d.Cleanup")
	case deadlocked:
		b.WriteString("every goroutine of the test waits, nothing is scheduled, and so nothing can ever go on")
	case stuck:
		fmt.Fprintf(&b, "the test hangs for %v of real time: goroutines wait for something that is not of the test's bubble (a mutex held across a wait,"+
			" a real socket, a channel from outside), and so virtual time cannot pass; the test was abandoned", patience)
	case neverEnds:
		fmt.Fprintf(&b, "the test is over, and for %v of real time something of it kept running without a pause: end it when d.Context() does;"+
			" the test was abandoned", patience)
	}
	list(&b, k.goroutines)
	if len(k.others) > 0 {
		b.WriteString("\n  one of these may be what they wait for:")
		list(&b, k.others)
	}
	return b.String()
}

func list(b *strings.Builder, goroutines []goroutine) {
	const most = 8
	for i, g := range goroutines {
		if i == most {
			fmt.Fprintf(b, "\n  and %d more", len(goroutines)-most)
			return
		}
		b.WriteString("\n  " + strings.ReplaceAll(g.String(), "\n", "\n  "))
	}
}
