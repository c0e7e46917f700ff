package sqs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// TestHostile_delivers_at_least_once_and_in_any_order_R4_4 sends 200 messages and deletes each when it comes: all come, some twice and
// late, not in order; the same seed does the same again; FIFO queues and other queues than those named are left alone.
func TestHostile_delivers_at_least_once_and_in_any_order_R4_4(t *testing.T) {
	const n = 200
	run := func(seed uint64, h Hostile, name string) (got []string) {
		synctest.Test(t, func(t *testing.T) {
			f := newFixture(t, engine.Options{Seed: seed, Interceptors: []engine.Interceptor{h.Interceptor(seed)}})
			attributes := []string{}
			if isFifo(name) {
				attributes = []string{"FifoQueue", "true", "ContentBasedDeduplication", "true"}
			}
			url := f.create(name, attributes...)
			for i := range n {
				f.put(url, fmt.Sprintf("g-%03d", i))
				time.Sleep(10 * time.Millisecond)
			}
			for range 40 {
				for _, m := range f.receive(url, 10, 5) {
					got = append(got, m.Body.V)
					f.delete(url, m.ReceiptHandle.V)
					if sent := f.now().Add(-time.Hour).UnixMilli(); m.Attributes["SentTimestamp"] <= fmt.Sprint(sent) {
						t.Errorf("SentTimestamp %s", m.Attributes["SentTimestamp"])
					}
				}
			}
			for {
				messages := f.receive(url, 10, 20)
				if len(messages) == 0 && len(got) >= n {
					break
				}
				for _, m := range messages {
					got = append(got, m.Body.V)
					f.delete(url, m.ReceiptHandle.V)
				}
			}
		})
		return got
	}
	first := run(7, Hostile{}, "q")
	distinct := slices.Compact(slices.Sorted(slices.Values(first)))
	if len(distinct) != n {
		t.Errorf("%d of %d messages came", len(distinct), n)
	}
	if twice := len(first) - n; twice < n/8 || twice > n/2 {
		t.Errorf("%d of %d messages came twice, want about a quarter", twice, n)
	}
	if slices.IsSorted(first[:n/2]) {
		t.Error("they came in order")
	}
	if again := run(7, Hostile{}, "q"); !slices.Equal(again, first) {
		t.Error("the same seed delivers otherwise")
	}
	if other := run(8, Hostile{}, "q"); slices.Equal(other, first) {
		t.Error("another seed delivers the same")
	}
	for reason, got := range map[string][]string{
		"a FIFO queue": run(7, Hostile{}, "q.fifo"), "a queue that is not named": run(7, Hostile{Queues: []string{"other"}}, "q"),
	} {
		if !slices.Equal(got, distinct) {
			t.Errorf("%s is treated: %s", reason, strings.Join(got, " "))
		}
	}
}

func (f *fixture) now() time.Time { return f.engine.Now() }
