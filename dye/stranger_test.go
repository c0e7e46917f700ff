package dye_test

import (
	"context"
	"testing"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/pipeline"
)

// shared is what a suite that was written in a hurry keeps in a package variable.
var shared struct {
	endpoint dye.Endpoint
	made     chan struct{}
	sent     chan struct{}
}

// The consumer finds the other test's order in its queue: state pollution between tests, which passes or fails with their timing.
func TestChildShared(t *testing.T) {
	onlyInChild(t)
	shared.made, shared.sent = make(chan struct{}), make(chan struct{})
	t.Run("consumer", func(t *testing.T) {
		t.Parallel()
		dye.Test(t, func(d *dye.T) {
			orders(d, 0)
			shared.endpoint = d.AWS("shop")
			close(shared.made)
			<-shared.sent
			if bodies, err := (backendtest.SQS{}).Receive(d.Context(), d.AWS("worker"), "orders"); err != nil || len(bodies) != 1 {
				d.Errorf("%v, %v", bodies, err)
			}
		})
	})
	t.Run("producer", func(t *testing.T) {
		t.Parallel()
		dye.Test(t, func(d *dye.T) {
			<-shared.made
			d.Dye(func(ctx context.Context) error {
				return backendtest.SQS{}.Send(ctx, shared.endpoint, "orders", placed(1), 0)
			})
			close(shared.sent)
		})
	})
}

func TestStrangers_fail_the_test_that_consumes_them_R2_7(t *testing.T) {
	got := child(t, "^TestChildShared$", serve(t, pipeline.Options{}))
	got.fails(t, `dye: TestChildShared/consumer consumed an event of TestChildShared/producer: OrderPlaced from queue:orders, received by client:worker, is of its flow dye-[0-9a-f]{8}`)
	got.says(t, `--- FAIL: TestChildShared/consumer`)
	got.says(t, `--- PASS: TestChildShared/producer`)
}
