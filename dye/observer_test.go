package dye_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/pipeline"
)

// shop makes the bus shop with a rule that brings everything to the queue orders, and a worker that deletes what it gets there.
func shop(d *dye.T) {
	d.Helper()
	aws, e := awsapi.New(d.AWS("shop")), d.AWS("shop")
	call := func(service awsapi.JSONService, operation string, in map[string]any) {
		if err := aws.JSON(d.Context(), service, operation, in, nil); err != nil {
			d.Fatal(err)
		}
	}
	call(awsapi.EventBridge, "CreateEventBus", map[string]any{"Name": "shop"})
	call(awsapi.SQS, "CreateQueue", map[string]any{"QueueName": "orders"})
	call(awsapi.EventBridge, "PutRule", map[string]any{"Name": "all", "EventBusName": "shop", "EventPattern": `{"source":[{"prefix":""}]}`})
	call(awsapi.EventBridge, "PutTargets", map[string]any{"Rule": "all", "EventBusName": "shop", "Targets": []any{
		map[string]any{"Id": "1", "Arn": "arn:aws:sqs:" + e.Region + ":" + e.AccountID + ":orders"}}})
}

func place(ctx context.Context, d *dye.T, typ string) error {
	return awsapi.New(d.AWS("shop")).JSON(ctx, awsapi.EventBridge, "PutEvents", map[string]any{"Entries": []any{
		map[string]any{"EventBusName": "shop", "Source": "shop", "DetailType": typ, "Detail": `{"n":1}`}}}, nil)
}

func names(list []*observe.Received) string {
	var types []string
	for _, r := range list {
		types = append(types, r.Document.Type)
	}
	return strings.Join(types, " ")
}

func TestChildObserve(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		shop(d)
		bus, orders := d.Observe("bus:shop", `{"detail-type":["Paid"]}`), d.Observe("orders")
		flow := d.Dye(func(ctx context.Context) error { return errors.Join(place(ctx, d, "Placed"), place(ctx, d, "Paid")) })
		d.Logf("bus %s, queue %s", names(bus.Received()), names(orders.Received()))
		d.Logf("collected %s", names(orders.Collect(1, dye.Type("Paid"))))
		d.Logf("fence %s", orders.Fence())
		bodies, err := (backendtest.SQS{}).Receive(d.Context(), d.AWS("worker"), "orders")
		d.Logf("the worker gets %d, %v", len(bodies), err)
		if _, err := (backendtest.SQS{}).Receive(d.Context(), d.AWS("worker"), "orders"); err != nil {
			d.Error(err)
		}
		// The observer's queue, rule and fences are nothing that an expectation meets.
		flow.Expect(dye.Type("Placed").On("queue:*").Exactly(1), dye.Type("Paid").On("queue:*").Exactly(1), dye.Never(dye.On("queue:dyetrace*")), dye.NothingElse())
	})
}

func TestChildObserveChangesNothing(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		shop(d)
		d.Observe("bus:shop")
		d.Dye(func(ctx context.Context) error { return place(ctx, d, "Placed") }).Expect(
			dye.Type("Placed").On("queue:*").Exactly(1), dye.Type("Placed").On("bus:shop").Exactly(1), dye.NothingElse())
	})
}

func TestChildObserveWrong(t *testing.T) {
	onlyInChild(t)
	for _, at := range []string{"bus:ship", "orders", "table:none"} {
		t.Run(at, func(t *testing.T) {
			dye.Test(t, func(d *dye.T) {
				d.Observe(at)
				d.Log("never here")
			})
		})
	}
}

func TestObserve_on_every_backend_R2_9(t *testing.T) {
	server := serve(t, pipeline.Options{})
	for _, backend := range []struct {
		name, grade string
		env         []string
	}{{"embedded", "PROVED", nil}, {"server", "SETTLED", server}} {
		t.Run(backend.name, func(t *testing.T) {
			got := child(t, "^TestChildObserveChangesNothing$", backend.env)
			if got.failed {
				t.Errorf("an observer changed a flow:\n%s", got.output)
			}
			child(t, "^TestChildObserve$", backend.env).fails(t, "bus Paid, queue Placed Paid", "collected Paid", "fence "+backend.grade, "the worker gets 2, <nil>",
				"queue:dyetrace") // the expectation on a place that does not exist is vacuous
			child(t, "^TestChildObserveWrong$", backend.env).fails(t, `observer_test\.go:\d+: dye: tap bus:ship: the bus does not exist`,
				`dye: tap queue:orders: the queue does not exist`, `dye: tap table:none: the table does not exist`)
		})
	}
}

// What is observed is removed with the test, and until then it takes nothing.
func TestObserve_is_removed_with_the_test_R2_12(t *testing.T) {
	t.Parallel()
	dye.Test(t, func(d *dye.T) {
		shop(d)
		d.Cleanup(func() { // runs after the observers' own
			var out struct{ QueueUrls []string }
			err := awsapi.New(d.AWS()).JSON(context.WithoutCancel(d.Context()), awsapi.SQS, "ListQueues", map[string]any{}, &out)
			if err != nil || len(out.QueueUrls) != 1 {
				d.Errorf("left: %v, %v", out.QueueUrls, err)
			}
		})
		live := d.Observe("bus:shop")
		go func() {
			for i := range 3 {
				time.Sleep(time.Minute)
				_ = place(d.Context(), d, []string{"a", "b", "c"}[i])
			}
		}()
		var seen []*observe.Received
		for r, err := range live.Tap.All(d.Context()) {
			if err != nil {
				d.Fatal(err)
			}
			if seen = append(seen, r); len(seen) == 3 {
				break
			}
		}
		if names(seen) != "a b c" || live.Tap.Place() != event.Place("bus:shop") {
			d.Errorf("%s", names(seen))
		}
	})
}
