package engine

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/event"
)

// BenchmarkGate is the cost of a call that does nothing, seeded order included, with that many goroutines that call at the same time,
// each under a name of its own or all under one, so that bodies are compared. The one without a gate is to be taken off.
func BenchmarkGate(b *testing.B) {
	b.Run("none", func(b *testing.B) { benchmarkGate(b, false, 1, "own") })
	for _, n := range []int{1, 8, 64} {
		for _, name := range []string{"own", "one"} {
			b.Run(fmt.Sprintf("goroutines=%d/name=%s", n, name), func(b *testing.B) {
				benchmarkGate(b, true, n, name)
			})
		}
	}
}

func benchmarkGate(b *testing.B, gated bool, n int, name string) {
	b.ReportAllocs()
	b.ResetTimer()                                   // in the bubble, the time would be virtual
	synctest.Test(new(testing.T), func(*testing.T) { // a bubble needs a T; nothing is asked of it
		var o Options
		if gated {
			o.Gate = NewGate(1, synctest.Wait)
		}
		e := New(o)
		if gated {
			go o.Gate.Run(e)
		}
		var wg sync.WaitGroup
		for g := range n {
			wg.Go(func() {
				client := name
				if name == "own" {
					client = fmt.Sprint("client-", g)
				}
				for i := range b.N / n {
					body := fmt.Sprintf(`{"QueueUrl":"http://127.0.0.1:4566/111111111111/acme-contacts","MessageBody":"%d of %d"}`, i, g)
					e.Do(call(b.Context(), e, client, "SendMessage", body), func() ([]byte, error) { return nil, nil })
				}
			})
		}
		wg.Wait()
		e.Close()
	})
}

func BenchmarkRecord(b *testing.B) {
	e := New(Options{HistoryLimit: 10_000})
	b.ReportAllocs()
	for b.Loop() {
		e.Record(event.Hop{Kind: event.KindArrive, Outcome: event.Delivered, To: "queue:a"})
	}
}

// BenchmarkSettle is the cost of finding out that nothing is under way.
func BenchmarkSettle(b *testing.B) {
	e := New(Options{Clock: NewManualClock(start), Build: buildMailbox})
	e.Scope(account, region)
	for b.Loop() {
		e.Settle(b.Context())
	}
}
