package observe_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

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

// Each fault of a naive collector gives a wrong answer where Collect's is right.
func TestCollect_has_none_of_the_six_faults_R2_2(t *testing.T) {
	two := func(b *broker) { b.send("1", order(1), 0); b.send("2", order(2), 0) }
	for _, c := range []struct {
		name  string
		fault faults
		send  func(*broker)
		right func(b *broker, n int, err error) bool // two events were collected, and no harm was done
	}{
		{"no_jitter", faults{noJitter: true}, func(b *broker) { b.send("1", order(1), 0); b.send("2", order(2), 9*time.Second) }, func(b *broker, n int, err error) bool {
			return n == 2 && err == nil && !inStep(pausesOf(b))
		}},
		{"never_deletes", faults{neverDeletes: true}, two, func(b *broker, n int, err error) bool {
			return n == 2 && err == nil && b.messages[0].gone && b.messages[1].gone
		}},
		{"counts_a_redelivery", faults{countsRedelivery: true}, func(b *broker) { b.send("1", order(1), 0).again = true; b.send("2", order(2), time.Second) }, func(_ *broker, n int, err error) bool {
			return n == 2 && err == nil
		}},
		{"misses_surplus", faults{missesSurplus: true}, func(b *broker) { two(b); b.send("3", order(3), 500*time.Millisecond) }, func(_ *broker, n int, _ error) bool {
			return n == 3
		}},
		{"assumes_order", faults{assumesOrder: true}, func(b *broker) { b.send("2", order(2), 0); b.send("1", order(1), 0) }, func(_ *broker, n int, err error) bool {
			return n == 2 && err == nil
		}},
		{"aborts_on_a_bad_body", faults{abortsOnBadBody: true}, func(b *broker) { b.send("bad", "<xml/>", 0); two(b) }, func(_ *broker, n int, err error) bool {
			return n == 2 && err == nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &broker{}
				c.send(b)
				if got, err := naive(t.Context(), b, 2, faults{}); !c.right(b, len(got), err) {
					t.Errorf("without its fault the naive collector is right, too: %v, %v", got, err)
				}
				b = &broker{}
				c.send(b)
				if got, err := naive(t.Context(), b, 2, c.fault); c.right(b, len(got), err) {
					t.Errorf("the fault shows nothing: %v, %v", got, err)
				}
				b = &broker{}
				c.send(b)
				got, err := observe.Collect(t.Context(), b, observe.CollectOptions{Count: 2, Seed: 1})
				if !c.right(b, len(got.Events)+len(got.Surplus), err) {
					t.Errorf("Collect: %v, %v", ids(got.Events), err)
				}
			})
		})
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
