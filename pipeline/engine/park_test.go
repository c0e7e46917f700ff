package engine

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// polling runs f in a bubble with an engine on package time, without a gate.
func polling(t *testing.T, f func(t *testing.T, e *Engine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := New(Options{Build: buildMailbox})
		defer e.Close()
		f(t, e)
	})
}

//tidy:bubble polling opens a bubble
func TestWait_ends_as_it_should_R1_2(t *testing.T) {
	type outcome struct {
		wake Wake
		at   time.Duration
	}
	for _, tt := range []struct {
		reason string
		patience,
		clientLeaves time.Duration // 0: stays
		meanwhile func(e *Engine, p *Poll)
		want      outcome
	}{
		{"nothing comes", 20 * time.Second, 0, nil, outcome{TimedOut, 20 * time.Second}},
		{"no patience at all", 0, 0, nil, outcome{TimedOut, 0}},
		{"woken", 20 * time.Second, 0, func(_ *Engine, p *Poll) { time.Sleep(7 * time.Second); p.Wake() }, outcome{Woken, 7 * time.Second}},
		{"the client goes away", 20 * time.Second, 3 * time.Second, nil, outcome{Gone, 3 * time.Second}},
		{"the engine is closed", 20 * time.Second, 0, func(e *Engine, _ *Poll) { time.Sleep(time.Second); e.Close() }, outcome{Gone, time.Second}},
		{"held for an hour after 5 s, it waits its other 15 s afterwards", 20 * time.Second, 0, func(e *Engine, _ *Poll) {
			time.Sleep(5 * time.Second)
			e.HoldPolls()
			time.Sleep(time.Hour)
			e.ReleasePolls()
		}, outcome{TimedOut, time.Hour + 20*time.Second}},
		{"held, it can be woken", 20 * time.Second, 0, func(e *Engine, p *Poll) { e.HoldPolls(); time.Sleep(time.Hour); p.Wake() }, outcome{Woken, time.Hour}},
		{"held, the client can leave", 20 * time.Second, time.Hour, func(e *Engine, p *Poll) { e.HoldPolls() }, outcome{Gone, time.Hour}},
		{"held twice and released once", 20 * time.Second, 0, func(e *Engine, _ *Poll) {
			e.HoldPolls()
			time.Sleep(time.Minute)
			e.HoldPolls()
			time.Sleep(time.Minute)
			e.ReleasePolls()
			e.ReleasePolls()
		}, outcome{TimedOut, 2*time.Minute + 20*time.Second}},
	} {
		polling(t, func(t *testing.T, e *Engine) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p := e.NewPoll(call(ctx, e, "a", "ReceiveMessage", ""), tt.patience)
			began := time.Now()
			if tt.clientLeaves > 0 {
				time.AfterFunc(tt.clientLeaves, cancel)
			}
			var got outcome
			done := make(chan struct{})
			e.Scope(account, region).calls.Add(1) // as Do does
			go func() {
				got.wake = p.Wait()
				got.at = time.Since(began)
				close(done)
			}()
			synctest.Wait()
			if tt.meanwhile != nil {
				tt.meanwhile(e, p)
			}
			<-done
			if got != tt.want {
				t.Errorf("%s: got %+v, want %+v", tt.reason, got, tt.want)
			}
			if n := e.Scope(account, region).calls.Load(); n != 1 {
				t.Errorf("%s: %d calls are under way after the wait, want 1", tt.reason, n)
			}
			if len(e.poll.parked) != 0 {
				t.Errorf("%s: the poll is still parked", tt.reason)
			}
		})
	}
}

func TestWait_in_total_takes_no_longer_than_told(t *testing.T) {
	polling(t, func(t *testing.T, e *Engine) {
		e.Scope(account, region).calls.Add(1)
		p := e.NewPoll(call(t.Context(), e, "a", "ReceiveMessage", ""), 20*time.Second)
		began := time.Now()
		for range 3 {
			time.AfterFunc(6*time.Second, p.Wake)
			if w := p.Wait(); w != Woken {
				t.Fatalf("got %v", w)
			}
		}
		if w := p.Wait(); w != TimedOut || time.Since(began) != 20*time.Second {
			t.Errorf("got %v after %v", w, time.Since(began))
		}
	})
}

func TestWait_wake_before_wait_is_not_lost(t *testing.T) {
	polling(t, func(t *testing.T, e *Engine) {
		e.Scope(account, region).calls.Add(1)
		p := e.NewPoll(call(t.Context(), e, "a", "ReceiveMessage", ""), 20*time.Second)
		p.Wake()
		p.Wake()
		if n := e.Scope(account, region).calls.Load(); n != 1 {
			t.Errorf("a wake-up of a poll that does not wait counts %d calls", n)
		}
		if w := p.Wait(); w != Woken || e.Scope(account, region).calls.Load() != 1 {
			t.Errorf("got %v", w)
		}
		if w := p.Wait(); w != TimedOut {
			t.Errorf("two wake-ups are one: got %v", w)
		}
	})
}

// Between the wake-up and the moment at which the woken goroutine runs, a message is on its way to a consumer.
func TestQuiescent_counts_a_woken_poll_before_it_runs_R1_7(t *testing.T) {
	polling(t, func(t *testing.T, e *Engine) {
		e.Scope(account, region).calls.Add(1)
		p := e.NewPoll(call(t.Context(), e, "a", "ReceiveMessage", ""), 20*time.Second)
		go p.Wait()
		synctest.Wait()
		if q := e.Quiescent(); !q.Quiet {
			t.Fatalf("a parked poll is quiet: %+v", q.Pending)
		}
		p.Wake()
		if e.Scope(account, region).calls.Load() != 1 {
			t.Error("a woken poll is work under way at once")
		}
		synctest.Wait()
	})
}

//tidy:bubble polling opens a bubble
func TestWait_times_of_a_held_poll_that_was_over(t *testing.T) {
	polling(t, func(t *testing.T, e *Engine) {
		e.Scope(account, region).calls.Add(1)
		p := e.NewPoll(call(t.Context(), e, "a", "ReceiveMessage", ""), time.Second)
		time.Sleep(2 * time.Second) // the wait passed before it began
		e.HoldPolls()
		time.AfterFunc(time.Hour, e.ReleasePolls)
		began := time.Now()
		if w := p.Wait(); w != TimedOut || time.Since(began) != time.Hour {
			t.Errorf("got %v after %v: no wait passes while held", w, time.Since(began))
		}
	})
}

func TestReceive_a_client_that_leaves_takes_nothing_R1_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate(1, synctest.Wait)
		e := New(Options{Build: buildMailbox, Gate: gate})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			if got := mailboxOf(e).take(call(ctx, e, "a", "ReceiveMessage", ""), "queue:a", 20*time.Second); got != nil {
				t.Errorf("a client that is gone was handed %v", got)
			}
		}()
		go gate.Run(e)
		gate.Settle()
		// It is woken and leaves while it stands at the gate.
		mailboxOf(e).Receive(deliveryTo("queue:a"))
		cancel()
		gate.Settle()
		if got := mailboxOf(e).boxes["queue:a"]; len(got) != 1 {
			t.Errorf("the message is lost: %v", got)
		}
		e.Close()
	})
}

func TestInferredLineage_of_what_a_client_holds_R2_8(t *testing.T) {
	for _, tt := range []struct {
		reason   string
		holds    []event.Lineage
		told     string // correlation id that the call tells
		want     event.Lineage
		inferred bool
	}{
		{"holds nothing", nil, "", event.Lineage{}, false},
		{"holds one message", []event.Lineage{{Cause: 5, CorrelationID: "x"}}, "", event.Lineage{Cause: 5, CorrelationID: "x"}, true},
		{"holds two of one flow: which one led here is unknown", []event.Lineage{{Cause: 5, CorrelationID: "x"}, {Cause: 6, CorrelationID: "x"}}, "", event.Lineage{CorrelationID: "x"}, true},
		{"holds two flows", []event.Lineage{{Cause: 5, CorrelationID: "x"}, {Cause: 6, CorrelationID: "y"}}, "", event.Lineage{}, false},
		{"tells its own and holds another", []event.Lineage{{Cause: 5, CorrelationID: "x"}}, "z", event.Lineage{CorrelationID: "z"}, false},
		{"tells one of the flows it holds", []event.Lineage{{Cause: 5, CorrelationID: "x"}, {Cause: 6, CorrelationID: "y"}, {Cause: 7}}, "y", event.Lineage{Cause: 6, CorrelationID: "y"}, false},
		{"tells the flow of two that it holds", []event.Lineage{{Cause: 5, CorrelationID: "y"}, {Cause: 6, CorrelationID: "y"}, {Cause: 7, CorrelationID: "x"}}, "y", event.Lineage{CorrelationID: "y"}, false},
		{"tells the one it holds", []event.Lineage{{Cause: 5, CorrelationID: "x"}}, "x", event.Lineage{Cause: 5, CorrelationID: "x"}, false},
	} {
		e, _ := manual(t, Options{Build: buildMailbox})
		if tt.holds != nil {
			e.Received(call(t.Context(), e, "a", "ReceiveMessage", ""), "queue:a", tt.holds)
		}
		c := call(t.Context(), e, "a", "PutItem", "")
		c.CorrelationID = tt.told
		l := c.Lineage("table:t")
		hops, _ := e.Hops(0)
		h := hops[0]
		if got := (event.Lineage{Cause: h.Cause, CorrelationID: h.CorrelationID}); got != tt.want || h.Inferred != tt.inferred {
			t.Errorf("%s: got %+v (inferred %v), want %+v (%v)", tt.reason, got, h.Inferred, tt.want, tt.inferred)
		}
		if l.Cause != h.Seq || l.Fact != 0 || c.Lineage("table:t") != l {
			t.Errorf("%s: effects inherit %+v from hop %d", tt.reason, l, h.Seq)
		}
		if n, _ := e.Hops(0); len(n) != 1 {
			t.Errorf("%s: the call is recorded %d times", tt.reason, len(n))
		}
		other := call(t.Context(), e, "b", "PutItem", "")
		if got := other.Lineage("table:t"); got.CorrelationID != "" {
			t.Errorf("%s: another client inherits %+v", tt.reason, got)
		}
	}
}

// The steps are of pollers A, B … under one name: "A?" asks, "A!" is handed a message, "A-" an empty answer, "Ax" goes away, "5s" passes.
//
//tidy:bubble polling opens a bubble
func TestConsumers_work_ends_when_asked_again_R1_7(t *testing.T) {
	for _, tt := range []struct {
		reason string
		steps  []string
		want   int // messages held
	}{
		{"nothing yet", []string{"A?"}, 0},
		{"at work after an answer", []string{"A?", "A!"}, 1},
		{"done when it asks again", []string{"A?", "A!", "A?"}, 0},
		{"an empty answer is no work", []string{"A?", "A-"}, 0},
		{"two at work, one done", []string{"A?", "B?", "A!", "B!", "B?"}, 1},
		{"two at work, both done", []string{"A?", "B?", "A!", "B!", "B?", "A?"}, 0},
		{"B's wait passes while A works", []string{"A?", "B?", "A!", "B-", "B?"}, 1},
		{"and passes again", []string{"A?", "B?", "A!", "B-", "B?", "B-", "B?"}, 1},
		{"and A is done", []string{"A?", "B?", "A!", "B-", "B?", "A?"}, 0},
		{"one that left is not waited for", []string{"A?", "B?", "A!", "Bx", "A?"}, 0},
		{"one that stopped after an empty answer delays the end", []string{"A?", "B?", "B-", "A!", "A?"}, 1},
		{"but not for ever", []string{"A?", "B?", "B-", "A!", "A?", "5s", "A-", "A?"}, 0},
	} {
		polling(t, func(t *testing.T, e *Engine) {
			calls := map[byte]*Call{}
			for _, step := range tt.steps {
				who := step[0]
				switch step[1] {
				case '?':
					calls[who] = call(t.Context(), e, "consumer", "ReceiveMessage", "")
					e.Asked(calls[who], "queue:a")
				case '!':
					e.Received(calls[who], "queue:a", []event.Lineage{{Cause: 1}})
					e.answered(calls[who])
				case '-':
					e.answered(calls[who])
				case 'x':
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
					calls[who].Context = ctx
					e.answered(calls[who])
				case 's':
					time.Sleep(5 * time.Second)
				}
			}
			n := 0
			for _, p := range e.work.pending(func(*Scope) bool { return true }) {
				n += p.Count
				if !p.Work || p.Place != "queue:a" {
					t.Errorf("%s: %+v", tt.reason, p)
				}
			}
			if n != tt.want {
				t.Errorf("%s: after %v it holds %d, want %d", tt.reason, tt.steps, n, tt.want)
			}
		})
	}
}

// A consumer that acknowledges first and acts afterwards is at work until it asks again; the engine must wait for the effect.
//
//tidy:bubble polling opens a bubble
func TestSettle_waits_for_what_a_consumer_does_R1_7(t *testing.T) {
	polling(t, func(t *testing.T, e *Engine) {
		m := mailboxOf(e)
		go func() {
			for t.Context().Err() == nil {
				got := m.take(call(t.Context(), e, "projector", "ReceiveMessage", ""), "queue:a", 20*time.Second)
				for range got {
					time.Sleep(300 * time.Millisecond) // after the acknowledgement
					send(t.Context(), e, "projector", "queue:b", "")
				}
			}
		}()
		synctest.Wait()
		send(t.Context(), e, "client", "queue:a", "flow")
		q := settle(t, e)
		if len(m.boxes["queue:b"]) != 1 || m.boxes["queue:b"][0].CorrelationID != "flow" {
			t.Errorf("quiet at hop %d before the effect was there: %v", q.Seq, m.boxes)
		}
		e.Close()
	})
}

func TestSettle_ends_with_its_context_and_says_who_is_at_work_R1_7(t *testing.T) {
	polling(t, func(t *testing.T, e *Engine) {
		e.Received(call(t.Context(), e, "", "ReceiveMessage", ""), "queue:a", []event.Lineage{{}, {}})
		ctx, cancel := contextOf(time.Second)
		defer cancel()
		began := time.Now()
		q := e.Settle(ctx)
		if q.Quiet || len(q.Pending) != 1 || q.Pending[0].What != "an unnamed client received 2 message(s) from queue:a and has not asked again" {
			t.Errorf("got %+v", q)
		}
		if got := time.Since(began); got != time.Second {
			t.Errorf("took %v", got)
		}
		e.Reset(account)
		if q := e.Quiescent(); !q.Quiet {
			t.Errorf("after a reset: %+v", q.Pending)
		}
	})
}

func TestTopology_is_sorted_and_without_repetition(t *testing.T) {
	e, _ := manual(t, Options{Build: buildMailbox})
	e.Scope(account, region)
	e.Scope(account, "us-east-1")
	e.Scope("222222222222", region)
	if got := e.Topology().Places; !slices.Equal(got, []event.Place{"queue:a"}) {
		t.Errorf("got %v", got)
	}
	if got := e.Topology("333333333333").Places; got != nil {
		t.Errorf("an account without scopes has %v", got)
	}
	var order []string
	for _, s := range e.Scopes() {
		order = append(order, s.Account[:1]+s.Region)
	}
	if want := []string{"1eu-west-1", "1us-east-1", "2eu-west-1"}; !slices.Equal(order, want) {
		t.Errorf("got %v", order)
	}
}

// Who shares a server must not have to wait for what others left behind.
func TestSettle_of_an_account_R2_7(t *testing.T) {
	e, _ := manual(t, Options{Build: buildMailbox})
	e.Received(call(t.Context(), e, "gone", "ReceiveMessage", ""), "queue:a", []event.Lineage{{}})
	e.Schedule(&Task{Due: start.Add(time.Hour), Scope: e.Scope(account, region), What: "theirs", Run: func() {}})
	ctx, cancel := contextOf(5 * time.Second)
	defer cancel()
	if q := e.Settle(ctx, "222222222222"); !q.Quiet || len(q.Pending) != 0 {
		t.Errorf("another account: got %+v", q)
	}
	if q := e.Quiescent(account, "222222222222"); q.Quiet || len(q.Pending) != 2 {
		t.Errorf("the account itself: got %+v", q)
	}
}
