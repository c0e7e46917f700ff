package e2e_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dyetrace/dyetrace/dye"
)

func TestChildConsumerIgnoresItsContext(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		app := sqsOf(d, "app")
		url := app.create("orders", nil)
		go func() {
			for {
				_, _ = app.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
			}
		}()
		d.Settle()
	})
}

func TestLeak_of_a_consumer_is_named(t *testing.T) {
	out, failed := child(t, "TestChildConsumerIgnoresItsContext", nil)
	if !failed {
		t.Fatalf("it passed:\n%s", out)
	}
	const here = `trouble_test\.go:\d+ \(e2e_test\.TestChildConsumerIgnoresItsContext`
	says(t, out, "the test is over, and goroutines that it started are not", `at `+here, "started at "+here, "again:")
}

func TestChildMutexAcrossWait(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		app := sqsOf(d, "app")
		url := app.create("orders", nil)
		var mu sync.Mutex
		locked := make(chan struct{})
		go func() {
			mu.Lock()
			defer mu.Unlock()
			close(locked)
			_, _ = app.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
		}()
		<-locked
		mu.Lock() // never comes back
		defer mu.Unlock()
	}, dye.Patience(500*time.Millisecond))
}

func TestMutex_held_across_a_long_poll_is_named(t *testing.T) {
	out, failed := child(t, "TestChildMutexAcrossWait", nil)
	if !failed {
		t.Fatalf("it passed:\n%s", out)
	}
	const here = `trouble_test\.go:\d+ \(e2e_test\.TestChildMutexAcrossWait`
	says(t, out, "hangs for 500ms of real time", `sync\.Mutex\.Lock\] at `+here, "one of these may be what they wait for", `at `+here)
}

func TestChildSpinningConsumer(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		app := sqsOf(d, "eager")
		url := app.create("orders", nil)
		go func() {
			for d.Context().Err() == nil {
				_, _ = app.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url})
			}
		}()
		d.Advance(time.Minute)
	})
}

func TestSpinning_consumer_is_named(t *testing.T) {
	out, failed := child(t, "TestChildSpinningConsumer", nil)
	if !failed {
		t.Fatalf("it passed:\n%s", out)
	}
	says(t, out, `client "eager" calls AmazonSQS.ReceiveMessage again and again`, "--- FAIL")
}

func TestChildLeak(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		app, worker := sqsOf(d, "app"), sqsOf(d, "worker")
		acme, rival := app.create("acme-orders", nil), app.create("rival-orders", nil)
		go worker.consume(d.Context(), acme, func(ctx context.Context, m types.Message) error {
			time.AfterFunc(50*time.Minute, func() { _ = worker.send(d.Context(), rival, *m.Body) })
			return nil
		})
		flow := d.Dye(func(ctx context.Context) error {
			return app.send(ctx, acme, `{"detail-type":"OrderPlaced","detail":{"tenant_id":"acme"}}`)
		})
		flow.Expect(dye.Type("OrderPlaced").On("queue:acme-orders").Exactly(1), dye.Never(dye.On("queue:rival-*")))
	})
}

// A leak from a timer, long after the message was deleted: nothing but the horizon finds it.
func TestLeak_to_another_tenant_50_minutes_later_is_found_R1_7(t *testing.T) {
	out, failed := child(t, "TestChildLeak", nil)
	if !failed {
		t.Fatalf("it passed:\n%s", out)
	}
	says(t, out, `trouble_test\.go:\d+: dye: LEAK`, "never on queue:rival-", "queue:rival-orders at .50m", "again:  go test github.com/dyetrace/dyetrace/internal/e2e -run '.TestChildLeak.' -dye.seed=1")
}
