package engine

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func manual(t testing.TB, o Options) (*Engine, *ManualClock) {
	clock := NewManualClock(start)
	o.Clock = clock
	e := New(o)
	t.Cleanup(e.Close)
	return e, clock
}

func TestManualClock_fires_what_is_due_and_never_moves_back(t *testing.T) {
	c := NewManualClock(start.In(time.FixedZone("", 3600)))
	fired := make(chan string, 4)
	c.AfterFunc(2*time.Second, func() { fired <- "two" })
	stopped := c.AfterFunc(time.Second, func() { fired <- "stopped" })
	if !stopped.Stop() || stopped.Stop() {
		t.Error("Stop must report true once")
	}
	c.AfterFunc(0, func() { fired <- "now" })
	if got := <-fired; got != "now" {
		t.Errorf("a timer of zero: got %s", got)
	}
	c.Set(start.Add(2*time.Second - 1))
	c.Set(start)
	if now := c.Now(); !now.Equal(start.Add(2*time.Second-1)) || now.Location() != time.UTC {
		t.Errorf("the clock stands at %v", now)
	}
	c.Set(start.Add(2 * time.Second))
	if got := <-fired; got != "two" {
		t.Errorf("got %s", got)
	}
	if len(fired) != 0 {
		t.Error("something fired twice, or after Stop")
	}
}

func TestSchedule_runs_what_is_due_in_order_R1_5(t *testing.T) {
	e, _ := manual(t, Options{})
	var j journal
	at := func(s int, what string) {
		e.Schedule(&Task{Due: start.Add(time.Duration(s) * time.Second), What: what, Run: func() { j.add(fmt.Sprint(what, e.Now().Sub(start))) }})
	}
	at(3, "c")
	at(1, "a") // earlier than what the timer is armed for
	at(3, "d") // same instant: as scheduled
	at(2, "b")
	at(9, "never")
	settle(t, e)
	if got := j.all(); len(got) != 0 {
		t.Fatalf("ran before it was due: %v", got)
	}
	advance(t, e, 4*time.Second)
	if got, want := j.all(), []string{"a1s", "b2s", "c3s", "d3s"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if next, ok := e.NextDue(); !ok || !next.Equal(start.Add(9*time.Second)) {
		t.Errorf("next is due at %v, %v", next, ok)
	}
	if got := e.Now(); !got.Equal(start.Add(4 * time.Second)) {
		t.Errorf("Advance left the clock at %v", got)
	}
}

func TestSchedule_task_may_schedule_tasks(t *testing.T) {
	e, _ := manual(t, Options{})
	var j journal
	e.Schedule(&Task{Due: start.Add(time.Second), Run: func() {
		e.Schedule(&Task{Due: start, Run: func() { j.add("past is now, " + e.Now().Sub(start).String()) }})
		e.Schedule(&Task{Due: start.Add(2 * time.Second), Run: func() { j.add("later") }})
		j.add("first")
	}})
	advance(t, e, time.Minute)
	if got, want := j.all(), []string{"first", "past is now, 1s", "later"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSchedule_forgets_at_reset_and_close(t *testing.T) {
	e, clock := manual(t, Options{Build: buildMailbox})
	var j journal
	mine, other := e.Scope(account, region), e.Scope("222222222222", region)
	for i, s := range []*Scope{mine, other, mine} {
		e.Schedule(&Task{Due: start.Add(time.Duration(i+1) * time.Second), Scope: s, Run: func() { j.add(s.Account) }})
	}
	e.Reset(account)
	advance(t, e, time.Minute)
	if got := j.all(); !slices.Equal(got, []string{other.Account}) {
		t.Errorf("after the reset of %s: got %v", account, got)
	}
	if mailboxOf(e).resets != 1 || other.Built().(*mailbox).resets != 0 {
		t.Error("Reset must reach the services of that account, and no others")
	}
	e.Schedule(&Task{Due: e.Now().Add(time.Second), Run: func() { j.add("after close") }})
	e.Close()
	e.Schedule(&Task{Run: func() { j.add("scheduled after close") }})
	clock.Set(e.Now().Add(time.Hour))
	if q := e.Quiescent(); !q.Quiet || len(q.Pending) != 0 || len(j.all()) != 1 {
		t.Errorf("after Close: %+v, %v", q, j.all())
	}
}

// The clock moves while others schedule: no task may be left behind with a timer that was armed for a stale distance.
func TestSchedule_loses_no_task_while_the_clock_moves(t *testing.T) {
	for round := range 200 {
		e, clock := manual(t, Options{})
		var ran atomic.Int32
		var wg sync.WaitGroup
		const tasks = 8
		for i := range tasks {
			wg.Go(func() {
				e.Schedule(&Task{Due: start.Add(time.Duration(i%4) * time.Millisecond), Run: func() { ran.Add(1) }})
			})
		}
		wg.Go(func() {
			for i := range 10 {
				clock.Set(start.Add(time.Duration(i) * time.Millisecond))
			}
		})
		wg.Wait()
		settle(t, e) // hangs on a task that is due and has no timer
		if got := ran.Load(); got != tasks {
			t.Fatalf("round %d: %d of %d tasks ran", round, got, tasks)
		}
	}
}

// Against a plain model: a stable sort by due time, cut at the horizon.
func TestAdvance_runs_each_task_once_at_its_instant_R1_5(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		clock := NewManualClock(start)
		e := New(Options{Clock: clock})
		defer e.Close()
		dues := rapid.SliceOfN(rapid.IntRange(0, 6), 0, 20).Draw(r, "dues")
		var j journal
		type task struct {
			due int
			id  string
		}
		var model []task
		for i, due := range dues {
			model = append(model, task{due, fmt.Sprintf("%d at %ds", i, due)})
			e.Schedule(&Task{Due: start.Add(time.Duration(due) * time.Second), Run: func() { j.add(fmt.Sprintf("%d at %ds", i, int(e.Now().Sub(start).Seconds()))) }})
		}
		slices.SortStableFunc(model, func(a, b task) int { return a.due - b.due })
		horizon := 0
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 3), 1, 4).Draw(r, "steps") {
			horizon += step
			if q, err := e.Advance(soon(t), time.Duration(step)*time.Second); err != nil || !q.Quiet {
				r.Fatalf("%v %+v", err, q)
			}
		}
		var want []string
		for _, m := range model {
			if m.due <= horizon {
				want = append(want, m.id)
			}
		}
		if got := j.all(); !slices.Equal(got, want) {
			r.Fatalf("to %ds: got %v, want %v", horizon, got, want)
		}
	})
}

func TestQuiescent_lists_what_is_due_later_without_wake_ups_R1_7(t *testing.T) {
	e, _ := manual(t, Options{})
	e.Schedule(&Task{Due: start.Add(time.Hour), What: "retry", Place: "queue:a", Fact: 7, Run: func() {}})
	e.Schedule(&Task{Due: start.Add(time.Minute), Wake: true, Run: func() {}})
	q := settle(t, e)
	if len(q.Pending) != 1 || q.Pending[0].What != "retry" || q.Pending[0].Work || !q.Pending[0].Due.Equal(start.Add(time.Hour)) || q.Pending[0].Fact != 7 {
		t.Errorf("got %+v", q.Pending)
	}
	if next, _ := e.NextDue(); !next.Equal(start.Add(time.Minute)) {
		t.Errorf("a wake-up is due, too: got %v", next)
	}
}

func TestAdvance_needs_a_manual_clock(t *testing.T) {
	e := New(Options{})
	defer e.Close()
	if _, err := e.Advance(t.Context(), time.Second); err != ErrClockNotManual {
		t.Errorf("got %v", err)
	}
}

func TestAdvance_stops_when_something_does_not_rest(t *testing.T) {
	e, _ := manual(t, Options{})
	hold := make(chan struct{})
	e.Schedule(&Task{Due: start.Add(time.Second), Run: func() { <-hold }})
	ctx, cancel := contextOf(50 * time.Millisecond)
	defer cancel()
	q, err := e.Advance(ctx, time.Minute)
	close(hold)
	if err != nil || q.Quiet || !e.Now().Equal(start.Add(time.Second)) {
		t.Errorf("got quiet %v, %v at %v", q.Quiet, err, e.Now())
	}
}
