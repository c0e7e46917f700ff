package embedded_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/backend/embedded"
)

// A step stops where something happens, on either clock, and not where nothing does.
func TestStep_stops_where_something_happens_R2_11(t *testing.T) {
	step := func(t *testing.T, b *embedded.Backend, bubble bool) {
		defer b.Close()
		sqs, app := backendtest.SQS{}, b.Endpoint("app")
		if err := sqs.CreateQueue(t.Context(), app, "orders"); err != nil {
			t.Fatal(err)
		}
		q, err := b.Settle(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		start := q.At
		next := func(most, want time.Duration, hop bool) {
			t.Helper()
			before := q.Seq
			if q, err = b.Step(t.Context(), before, most); err != nil || !q.Quiet {
				t.Fatalf("%+v, %v", q, err)
			}
			if at := q.At.Sub(start); at != want || (q.Seq > before) != hop {
				t.Errorf("stopped at %v, a hop: %t; want %v, %t", at, q.Seq > before, want, hop)
			}
		}
		next(time.Second, time.Second, false)
		if err := sqs.Send(t.Context(), app, "orders", "{}", 0); err != nil {
			t.Fatal(err)
		}
		next(time.Hour, time.Second, true) // it is there already
		if !bubble {
			return // outside, who has received is taken to be at work until it asks again
		}
		if _, err := sqs.Receive(t.Context(), app, "orders"); err != nil {
			t.Fatal(err)
		}
		next(time.Hour, time.Second, true)
		go func() {
			_, _ = sqs.Wait(t.Context(), b.Endpoint("worker"), "orders", 20*time.Second)
			_, _ = sqs.Wait(t.Context(), b.Endpoint("worker"), "orders", 20*time.Second)
		}()
		next(time.Hour, 31*time.Second, true) // its visibility timeout is over, and somebody is waiting for it
	}
	t.Run("in a bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { step(t, embedded.New(embedded.Options{Wait: synctest.Wait}), true) })
	})
	t.Run("manual clock", func(t *testing.T) { step(t, embedded.New(embedded.Options{}), false) })
}
