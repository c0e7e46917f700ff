package engine

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// spin keeps a goroutine at work for d of real time without a wait that a scheduler could see.
func spin(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}

// The table of consumer styles: each leaks an effect after it acknowledged, and the engine must not be called quiet before.
func TestSettle_sees_labelled_consumers_through_R1_7(t *testing.T) {
	const rounds = 100
	for _, tt := range []struct {
		reason string
		act    func(effect func())
	}{
		{"acknowledges, then acts", func(effect func()) { spin(100 * time.Microsecond); effect() }},
		{"acknowledges, then starts a goroutine that acts", func(effect func()) { go func() { spin(300 * time.Microsecond); effect() }() }},
		{"a goroutine of a goroutine, through a channel", func(effect func()) {
			ready := make(chan struct{})
			go func() {
				go func() { <-ready; spin(200 * time.Microsecond); effect() }()
				spin(100 * time.Microsecond)
				close(ready)
			}()
		}},
	} {
		e, _ := manual(t, Options{Build: buildMailbox})
		m := mailboxOf(e)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		var effects atomic.Int32
		e.Go(ctx, "projector", func(ctx context.Context) {
			defer close(ended)
			for ctx.Err() == nil {
				for range m.take(call(ctx, e, "projector", "ReceiveMessage", ""), "queue:a", time.Minute) {
					tt.act(func() {
						effects.Add(1)
						send(ctx, e, "projector", "queue:b", "")
					})
				}
			}
		})
		wrong := 0
		for round := range rounds {
			send(t.Context(), e, "client", "queue:a", "")
			settle(t, e)
			if int(effects.Load()) != round+1 {
				wrong++
				for int(effects.Load()) != round+1 {
					spin(time.Millisecond)
				}
			}
		}
		if wrong > 0 {
			t.Errorf("%s: called quiet too early in %d of %d rounds", tt.reason, wrong, rounds)
		}
		cancel()
		<-ended
	}
}

func TestGo_counts_from_its_start_R1_7(t *testing.T) {
	e, _ := manual(t, Options{})
	for range 200 {
		hold := make(chan struct{})
		ended := make(chan struct{})
		e.Go(t.Context(), "worker", func(context.Context) { <-hold; close(ended) })
		if q := e.Quiescent(); q.Quiet {
			t.Fatal("a goroutine that was started is not seen")
		}
		close(hold)
		<-ended
	}
	settle(t, e)
}

func TestGo_names_the_consumer_that_is_at_work_R1_7(t *testing.T) {
	t.Setenv("GODEBUG", "tracebacklabels=0") // somebody sets it for one test: the engine asks for labels at each look
	e, _ := manual(t, Options{})
	other, _ := manual(t, Options{})
	hold := make(chan struct{})
	ended := make(chan struct{})
	e.Go(t.Context(), `a "quoted" name]: `, func(context.Context) { <-hold; close(ended) })
	other.Go(t.Context(), "b", func(context.Context) {})
	settle(t, other)
	for q := e.Quiescent(); ; q = e.Quiescent() {
		if q.Quiet || len(q.Pending) != 1 {
			t.Fatalf("got %+v", q)
		}
		if strings.Contains(q.Pending[0].What, `a \"quoted\" name`) {
			break
		}
	}
	close(hold)
	<-ended
	settle(t, e)
}
