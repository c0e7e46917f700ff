package dye_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/pipeline"
)

// orders makes the queue orders and sends these bodies to it, one every delay.
func orders(d *dye.T, delay time.Duration, bodies ...string) {
	d.Helper()
	queues, shop := backendtest.SQS{}, d.AWS("shop")
	if err := queues.CreateQueue(d.Context(), shop, "orders"); err != nil {
		d.Fatal(err)
	}
	for i, body := range bodies {
		if err := queues.Send(d.Context(), shop, "orders", body, time.Duration(i)*delay); err != nil {
			d.Fatal(err)
		}
	}
}

func placed(n int) string {
	return fmt.Sprintf(`{"detail-type":"OrderPlaced","source":"shop","detail":{"n":%d,"lines":[{"sku":"A-%d"}]}}`, n, n)
}

func TestChildCollect(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		orders(d, time.Second, placed(1), `{"detail-type":"OrderLost","detail":{}}`, placed(2))
		got := d.Collect("orders", 2, dye.Type("OrderPlaced").With("detail.lines.*.sku", expect.Regexp("^A-")))
		d.Logf("got %d, the last on %s", len(got), got[1].Place)
		d.Logf("and %d", len(d.Collect("queue:orders", 1)))
	})
}

func TestChildCollectTooFew(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		orders(d, 0, placed(1), placed(7), "not JSON")
		d.Collect("orders", 2, dye.Type("OrderPlaced").Where(dye.Pattern(`{"detail":{"n":[{"numeric":["<",5]}]}}`)))
		d.Log("never here")
	}, dye.Patience(300*time.Millisecond))
}

func TestChildCollectSurplus(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		orders(d, 0, placed(1), placed(2))
		d.Collect("orders", 1)
	})
}

func TestCollect_on_every_backend_R2_2(t *testing.T) {
	server := serve(t, pipeline.Options{})
	for _, backend := range []struct {
		name string
		env  []string
	}{{"embedded", nil}, {"server", server}} {
		for _, c := range []struct {
			test  string
			fails bool
			says  []string
		}{
			{"TestChildCollect", false, []string{"got 2, the last on queue:orders", "and 1"}},
			{"TestChildCollectTooFew", true, []string{
				`collect_test\.go:\d+: dye: Collect from queue:orders, OrderPlaced where pattern .*: 1 of 2 events after .*; 1 other, 1 not JSON, 0 redeliveries`,
				`detail\.n   want .*numeric.*, got 7`, `not JSON, kept: message .*"not JSON"`, "again:"}},
			{"TestChildCollectSurplus", true, []string{"2 events came, 1 was expected", "surplus: OrderPlaced"}},
		} {
			t.Run(backend.name+"/"+c.test, func(t *testing.T) {
				got := child(t, "^"+c.test+"$", backend.env)
				if got.failed != c.fails {
					t.Errorf("failed: %t\n%s", got.failed, got.output)
				}
				got.says(t, c.says...)
			})
		}
	}
}

func TestPattern_in_an_expectation_R2_3(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		orders(d, 0)
		flow := d.Dye(func(ctx context.Context) error {
			return (backendtest.SQS{}).Send(ctx, d.AWS("shop"), "orders", placed(1), 0)
		})
		flow.Expect(
			dye.On("queue:orders").Where(dye.Pattern(`{"source":["shop"],"detail":{"lines":{"sku":[{"prefix":"A-"}]}}}`)).Exactly(1),
			dye.Never(dye.On("queue:orders").Where(dye.Pattern(`{"detail":{"n":[{"anything-but":1}]}}`))),
		)
	})
}
