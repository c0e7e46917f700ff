package embedded_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/backend/embedded"
)

func TestBackend_is_conformant_in_a_bubble_R1_5(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := func() (backend.Backend, error) {
			return embedded.New(embedded.Options{Seed: 7, Wait: synctest.Wait}), nil
		}
		if err := backendtest.Check(t.Context(), open, backendtest.SQS{}); err != nil {
			t.Error(err)
		}
	})
}

func TestBackend_is_conformant_on_a_manual_clock(t *testing.T) {
	open := func() (backend.Backend, error) { return embedded.New(embedded.Options{}), nil }
	if err := backendtest.Check(t.Context(), open, backendtest.SQS{}); err != nil {
		t.Error(err)
	}
}

func TestDrain_jumps_over_empty_long_polls_R1_7(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := embedded.New(embedded.Options{Wait: synctest.Wait})
		sqs, app := backendtest.SQS{}, b.Endpoint("app")
		if err := sqs.CreateQueue(t.Context(), app, "orders"); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		polls := 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx.Err() == nil {
				polls++
				_, _ = sqs.Wait(ctx, b.Endpoint("worker"), "orders", 20*time.Second)
			}
		}()
		if _, err := b.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		q, err := b.Drain(ctx, 100*365*24*time.Hour)
		if err != nil || !q.Quiet {
			t.Fatalf("quiet %t, error %v", q.Quiet, err)
		}
		if polls != 1 {
			t.Errorf("an empty poll woke %d times while time was drained", polls-1)
		}
		if passed := time.Since(start); passed != 100*365*24*time.Hour {
			t.Errorf("%v passed", passed)
		}
		if _, err := b.Advance(ctx, time.Minute); err != nil {
			t.Fatal(err)
		}
		if polls != 4 {
			t.Errorf("after the drain %d polls began in a minute; want 3 of 20 s", polls-1)
		}
		stop()
		<-done
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSpinning_is_told_once_and_held(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		b := embedded.New(embedded.Options{Wait: synctest.Wait, Spinning: func(client, operation string) { told = append(told, client+" "+operation) }})
		sqs := backendtest.SQS{}
		if err := sqs.CreateQueue(t.Context(), b.Endpoint("app"), "orders"); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx.Err() == nil {
				_, _ = sqs.Receive(ctx, b.Endpoint("eager"), "orders")
			}
		}()
		if _, err := b.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		if len(told) != 1 || told[0] != "eager AmazonSQS.ReceiveMessage" {
			t.Errorf("told %q", told)
		}
		stop()
		<-done
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestClose_outside_a_bubble_fails_later_calls(t *testing.T) {
	b := embedded.New(embedded.Options{})
	e := b.Endpoint("app")
	for range 2 {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.Transport.RoundTrip(r)
	if err == nil {
		answer.Body.Close()
		t.Fatal("a closed pipeline answered")
	}
	if errors.Is(err, context.Canceled) {
		t.Errorf("the error does not say why: %v", err)
	}
}
