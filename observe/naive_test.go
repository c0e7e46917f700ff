package observe_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// faults are what a collector written in an afternoon does wrong.
type faults struct {
	noJitter         bool // polls at fixed times
	neverDeletes     bool
	countsRedelivery bool // as a new event
	missesSurplus    bool // stops at the expected count
	assumesOrder     bool // takes the i-th message for the i-th event
	abortsOnBadBody  bool
}

// naive is such a collector. It returns the order numbers it collected.
func naive(ctx context.Context, b *broker, count int, f faults) (got []int, err error) {
	seen := map[string]bool{}
	enough := time.Time{}
	for i := 0; ; i++ {
		batch, _ := b.Receive(ctx, 0, 30*time.Second)
		for _, m := range batch {
			var body struct{ Detail struct{ N int } }
			if err := json.Unmarshal([]byte(m.Body), &body); err != nil {
				if f.abortsOnBadBody {
					return got, err
				}
				continue
			}
			if !f.neverDeletes {
				_ = b.Ack(ctx, []observe.Message{m})
			}
			if !seen[m.ID] || f.countsRedelivery {
				got = append(got, body.Detail.N)
			}
			seen[m.ID] = true
			if f.assumesOrder && body.Detail.N != len(got) {
				return got, fmt.Errorf("want event %d, got %d", len(got), body.Detail.N)
			}
		}
		if len(got) >= count && (f.missesSurplus || len(got) > count) {
			return got, nil
		}
		if len(got) >= count && enough.IsZero() {
			enough = time.Now()
		}
		if !enough.IsZero() && time.Since(enough) > time.Second {
			return got, nil
		}
		if i > 1000 {
			return got, context.DeadlineExceeded
		}
		pause := 100 * time.Millisecond
		if !f.noJitter {
			pause -= time.Duration(i*37%50) * time.Millisecond
		}
		time.Sleep(pause) //tidy:bubble every caller is inside synctest.Test
	}
}

// collected is what came of a collection.
type collected struct {
	orders []int // order numbers, sorted
	err    error
	b      *broker
}

// Each fault of a naive collector gives a wrong answer where Collect's is right.
func TestCollect_has_none_of_the_six_faults_R2_2(t *testing.T) {
	two := func(b *broker) { b.send("1", order(1), 0); b.send("2", order(2), 0) }
	both := func(c collected) bool { return slices.Equal(c.orders, []int{1, 2}) && c.err == nil }
	for _, c := range []struct {
		name  string
		fault faults
		send  func(*broker)
		right func(collected) bool // both orders were collected, and no harm was done
	}{
		{"no_jitter", faults{noJitter: true}, func(b *broker) { b.send("1", order(1), 0); b.send("2", order(2), 9*time.Second) }, func(c collected) bool {
			return both(c) && !inStep(pausesOf(c.b))
		}},
		{"never_deletes", faults{neverDeletes: true}, two, func(c collected) bool {
			time.Sleep(time.Minute) //tidy:bubble called in synctest.Test below; longer than any of them hides a message
			return both(c) && len(c.b.left()) == 0
		}},
		{"counts_a_redelivery", faults{countsRedelivery: true}, func(b *broker) { b.send("1", order(1), 0).again = true; b.send("2", order(2), 500*time.Millisecond) }, both},
		{"misses_surplus", faults{missesSurplus: true}, func(b *broker) { two(b); b.send("3", order(3), 500*time.Millisecond) }, func(c collected) bool {
			return slices.Equal(c.orders, []int{1, 2, 3})
		}},
		{"assumes_order", faults{assumesOrder: true}, func(b *broker) { b.send("2", order(2), 0); b.send("1", order(1), 0) }, both},
		{"aborts_on_a_bad_body", faults{abortsOnBadBody: true}, func(b *broker) { b.send("bad", "<xml/>", 0); two(b) }, both},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				try := func(collect func(b *broker) ([]int, error)) (collected, bool) {
					b := &broker{}
					c.send(b)
					orders, err := collect(b)
					slices.Sort(orders)
					came := collected{orders, err, b}
					return came, c.right(came)
				}
				if came, right := try(func(b *broker) ([]int, error) { return naive(t.Context(), b, 2, faults{}) }); !right {
					t.Errorf("without its fault the naive collector is right, too: %v, %v", came.orders, came.err)
				}
				if came, right := try(func(b *broker) ([]int, error) { return naive(t.Context(), b, 2, c.fault) }); right {
					t.Errorf("the fault shows nothing: %v, %v", came.orders, came.err)
				}
				came, right := try(func(b *broker) (orders []int, err error) {
					got, err := observe.Collect(t.Context(), b, observe.CollectOptions{Count: 2, Seed: 1})
					for _, r := range slices.Concat(got.Events, got.Surplus) {
						orders = append(orders, numberOf(t, r))
					}
					return orders, err
				})
				if !right {
					t.Errorf("Collect: %v, %v", came.orders, came.err)
				}
			})
		})
	}
}

func numberOf(t *testing.T, r *observe.Received) int {
	n, _ := event.Lookup(r.Document.Root, "detail.n")
	number, err := strconv.Atoi(fmt.Sprint(n))
	if err != nil {
		t.Errorf("message %s has no number: %v", r.ID, err)
	}
	return number
}

// What jitter is for: collectors that begin together, as parallel tests do, do not go on asking together.
func TestCollect_spreads_the_polls_of_many_R2_2(t *testing.T) {
	const collectors = 20
	crowd := func(collect func(ctx context.Context, b *broker, n int)) (most int) {
		synctest.Test(t, func(t *testing.T) {
			brokers := make([]*broker, collectors)
			for n := range brokers {
				brokers[n] = &broker{}
			}
			start := time.Now()
			var all sync.WaitGroup
			for n, b := range brokers {
				all.Go(func() { collect(t.Context(), b, n) })
			}
			all.Wait()
			at := map[time.Duration]int{} // polls in each stretch of 10 ms
			for _, b := range brokers {
				for _, when := range b.receives {
					if since := when.Sub(start); since > 3*time.Second && since < 9*time.Second {
						at[since/(10*time.Millisecond)]++
					}
				}
			}
			for _, n := range at {
				most = max(most, n)
			}
		})
		return most
	}
	fixed := crowd(func(ctx context.Context, b *broker, _ int) {
		for range 100 {
			_, _ = b.Receive(ctx, 0, 0)
			time.Sleep(100 * time.Millisecond) //tidy:bubble in crowd's synctest.Test
		}
	})
	if fixed != collectors {
		t.Errorf("without jitter %d of %d ask at once: this test shows nothing", fixed, collectors)
	}
	ours := crowd(func(ctx context.Context, b *broker, n int) {
		_, _ = observe.Collect(ctx, b, observe.CollectOptions{Seed: uint64(n + 1)}) // nothing comes
	})
	if ours > collectors/3 {
		t.Errorf("%d of %d collectors ask within 10ms", ours, collectors)
	}
}

func pausesOf(b *broker) (list []time.Duration) {
	for i, at := range b.receives[1:] {
		list = append(list, at.Sub(b.receives[i]))
	}
	return list
}

// inStep reports whether most pauses are the same: then collectors that begin together go on polling together. A backoff alone does
// not help, since it soon reaches its longest pause.
func inStep(pauses []time.Duration) bool {
	times := map[time.Duration]int{}
	for _, p := range pauses {
		if times[p]++; times[p] > len(pauses)/3 {
			return true
		}
	}
	return false
}
