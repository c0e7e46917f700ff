package engine

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// gated runs f in a bubble behind a gate and closes the engine afterwards.
func gated(t *testing.T, seed uint64, f func(t *testing.T, e *Engine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate(seed, synctest.Wait)
		e := New(Options{Build: buildMailbox, Gate: gate, Seed: seed})
		ended := make(chan struct{})
		go func() { gate.Run(e); close(ended) }()
		f(t, e)
		e.Close()
		<-ended
	})
}

// randomID is another at each run, as a UUID of user code is.
func randomID() string {
	return fmt.Sprintf("%08x-%04x-4000-8000-%012x", rand.Uint32(), rand.Intn(1<<16), rand.Int63n(1<<48))
}

// workload is three producers that put and delete things with random ids, three pollers under one name, and tasks; it returns a
// digest of the order in which the calls were served, with ids by order of first sight.
func workload(t *testing.T, seed uint64) (digest string) {
	gated(t, seed, func(t *testing.T, e *Engine) {
		var served []string
		ids := map[string]string{}
		serve := func(c *Call, note string, f func()) {
			e.Do(c, func() ([]byte, error) {
				served = append(served, c.Client+" "+c.Operation+" "+note) // one call at a time: the race detector would tell
				if f != nil {
					f()
				}
				return nil, nil
			})
		}
		name := func(id string) string {
			if ids[id] == "" {
				ids[id] = fmt.Sprintf("id%d", len(ids))
			}
			return ids[id]
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for range 3 {
					id := randomID()
					body := fmt.Sprintf(`{"QueueUrl":"q","MessageBody":%q}`, id)
					if rand.Intn(2) == 0 {
						body = fmt.Sprintf(`{"MessageBody":%q,"QueueUrl":"q"}`, id)
					}
					c := call(t.Context(), e, "producer", "SendMessage", body)
					var note string
					e.Do(c, func() ([]byte, error) {
						note = name(id)
						served = append(served, "producer SendMessage "+note)
						e.Send(deliveryTo("queue:a"), nil)
						e.Schedule(&Task{Due: e.Now().Add(time.Second), Channel: "x", Run: func() { served = append(served, "task of "+note) }})
						return nil, nil
					})
					serve(call(t.Context(), e, "producer", "DeleteMessage", fmt.Sprintf(`{"ReceiptHandle":%q}`, id)), note, nil)
				}
			})
		}
		for i := range 3 {
			wg.Go(func() {
				m := mailboxOf(e)
				for range 3 {
					got := m.take(call(t.Context(), e, "consumer", "ReceiveMessage", fmt.Sprintf(`{"n":%d}`, i)), "queue:a", 5*time.Second)
					serve(call(t.Context(), e, "consumer", "PutItem", fmt.Sprintf(`{"n":%d}`, i)), fmt.Sprint(i, " got ", len(got)), nil)
				}
			})
		}
		wg.Wait()
		h := fnv.New64a()
		fmt.Fprint(h, strings.Join(served, "\n"))
		digest = fmt.Sprint(h.Sum64())
	})
	return digest
}

func TestGate_one_seed_is_one_order_R1_8(t *testing.T) {
	traces := map[string]int{}
	for range 1000 {
		traces[workload(t, 42)]++
	}
	if len(traces) != 1 {
		t.Errorf("1000 runs of one seed: %d orders %v", len(traces), traces)
	}
}

func TestGate_seeds_explore_R1_8(t *testing.T) {
	traces := map[string]bool{}
	for seed := range uint64(100) {
		traces[workload(t, seed)] = true
	}
	if len(traces) < 95 {
		t.Errorf("100 seeds: only %d orders", len(traces))
	}
}

// The order in which goroutines reach the gate must not matter, nor how many of them were compared.
func TestGate_learns_ids_of_calls_that_were_alone_R1_8(t *testing.T) {
	first := map[bool]int{}
	for range 200 {
		gated(t, 7, func(t *testing.T, e *Engine) {
			older, newer := randomID(), randomID()
			for _, id := range []string{older, newer} {
				e.Do(call(t.Context(), e, "a", "Put", `{"id":"`+id+`"}`), func() ([]byte, error) { return nil, nil })
			}
			var order []string
			var wg sync.WaitGroup
			for _, id := range []string{older, newer} {
				wg.Go(func() {
					e.Do(call(t.Context(), e, "a", "Delete", `{"id":"`+id+`"}`), func() ([]byte, error) { order = append(order, id); return nil, nil })
				})
			}
			wg.Wait()
			first[order[0] == older]++
		})
	}
	if len(first) != 1 {
		t.Errorf("which of two is deleted first depends on their random ids: %v", first)
	}
}

//tidy:bubble gated opens a bubble
func TestGate_tasks_of_one_channel_keep_their_order_R1_8(t *testing.T) {
	orders := map[string]bool{}
	for seed := range uint64(50) {
		gated(t, seed, func(t *testing.T, e *Engine) {
			var ran []string
			for i := range 12 {
				channel := string("xyz"[i%3])
				e.Schedule(&Task{Due: e.Now().Add(time.Second), Channel: channel, Run: func() { ran = append(ran, fmt.Sprint(channel, i)) }})
			}
			time.Sleep(2 * time.Second)
			e.Gate().Settle()
			for _, channel := range []string{"x", "y", "z"} {
				last := -1
				for _, r := range ran {
					var i int
					if n, _ := fmt.Sscanf(r, channel+"%d", &i); n == 1 {
						if i < last {
							t.Errorf("seed %d: channel %s ran %v", seed, channel, ran)
						}
						last = i
					}
				}
			}
			if len(ran) != 12 {
				t.Errorf("seed %d: %d tasks ran", seed, len(ran))
			}
			orders[fmt.Sprint(ran)] = true
		})
	}
	if len(orders) < 45 {
		t.Errorf("50 seeds interleave the channels in %d ways", len(orders))
	}
}

//tidy:bubble gated opens a bubble
func TestGate_runs_tasks_by_due_time_first(t *testing.T) {
	gated(t, 1, func(t *testing.T, e *Engine) {
		var ran []time.Duration
		began := e.Now()
		for _, s := range []time.Duration{5, 1, 3} {
			e.Schedule(&Task{Due: began.Add(s * time.Second), Channel: "x", Run: func() { ran = append(ran, e.Now().Sub(began)) }})
		}
		time.Sleep(time.Minute)
		e.Gate().Settle()
		if want := []time.Duration{time.Second, 3 * time.Second, 5 * time.Second}; !slices.Equal(ran, want) {
			t.Errorf("got %v", ran)
		}
	})
}

func TestGate_Settle_waits_for_everything_and_takes_no_time_R1_7(t *testing.T) {
	gated(t, 3, func(t *testing.T, e *Engine) {
		began := time.Now()
		steps := 0
		go func() {
			for range 5 {
				e.Do(call(t.Context(), e, "a", "PutItem", ""), func() ([]byte, error) {
					e.Schedule(&Task{Run: func() { steps++ }})
					return nil, nil
				})
			}
		}()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(e.Gate().Settle)
		}
		wg.Wait()
		if steps != 5 || time.Since(began) != 0 {
			t.Errorf("%d steps in %v", steps, time.Since(began))
		}
		// The engine's own Settle is the gate's, also with a context of outside the bubble or one that never ends.
		if q := e.Settle(context.Background()); !q.Quiet || time.Since(began) != 0 {
			t.Errorf("got %+v after %v", q, time.Since(began))
		}
	})
}

func TestGate_Close_frees_what_is_parked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate(1, synctest.Wait)
		e := New(Options{Gate: gate})
		var wg sync.WaitGroup
		var served journal
		for i := range 4 {
			wg.Go(func() {
				e.Do(call(t.Context(), e, "a", "PutItem", ""), func() ([]byte, error) { served.add(fmt.Sprint(i)); return nil, nil })
			})
		}
		wg.Go(gate.Settle)
		synctest.Wait() // nobody runs the gate: all are parked
		if n := len(served.all()); n != 0 {
			t.Errorf("%d calls went past the gate", n)
		}
		e.Close()
		e.Close()
		wg.Wait()
		if n := len(served.all()); n != 4 {
			t.Errorf("%d of 4 calls were served", n)
		}
		gate.Settle() // returns at once
		e.Do(call(t.Context(), e, "a", "PutItem", ""), func() ([]byte, error) { served.add("after"); return nil, nil })
		gate.Run(e) // ends at once
	})
}

//tidy:bubble gated opens a bubble
func TestHoldPolls_lets_time_jump_to_the_next_cause_R1_7(t *testing.T) {
	gated(t, 1, func(t *testing.T, e *Engine) {
		polls := 0
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil {
				mailboxOf(e).take(call(ctx, e, "a", "ReceiveMessage", ""), "queue:a", 20*time.Second)
				polls++
			}
		}()
		time.Sleep(5 * time.Second)
		e.HoldPolls()
		e.Send(event.Delivery{Account: account, Region: region, To: "queue:a", Event: &event.Event{}, Due: e.Now().Add(24 * time.Hour)}, nil)
		time.Sleep(100 * 365 * 24 * time.Hour)
		e.Gate().Settle()
		if polls != 1 {
			t.Errorf("in a hundred years with one message, %d polls ended", polls)
		}
		e.ReleasePolls()
		time.Sleep(20*time.Second - 1)
		e.Gate().Settle()
		if polls != 1 {
			t.Error("the poll must wait on after its release")
		}
		time.Sleep(time.Nanosecond)
		e.Gate().Settle()
		if polls != 2 {
			t.Errorf("%d polls ended", polls)
		}
		cancel()
		e.Gate().Settle()
	})
}
