package dye_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/fake"
	"github.com/dyetrace/dyetrace/layer"
	"github.com/dyetrace/dyetrace/probe"
)

// t is the argument of the test function that each example is the body of: func TestOrders(t *testing.T). The shop of the examples has
// a bus with a rule for each of two tenants, which takes orders of up to 1000 to a queue of the tenant's, with a dead-letter queue.
var t *testing.T

// A stimulus, and what must and must not come of it.
func ExampleTest() {
	dye.Test(t, func(d *dye.T) {
		shop := openStore(d)
		flow := d.Dye(func(ctx context.Context) error {
			return shop.put(ctx, fact("OrderPlaced", "acme", 17, 900))
		})
		flow.Expect(
			dye.Type("OrderPlaced").On("queue:acme-orders").With("detail.order", 17).Exactly(1),
			dye.Never(dye.Tenant("rival"), dye.On("dlq:*")),
			dye.NothingElse(),
		)
	})
}

// Two minutes and a half of retries take milliseconds: a message that is never deleted ends in the dead-letter queue.
func ExampleFlow_Expect() {
	dye.Test(t, func(d *dye.T) {
		shop := openStore(d)
		shop.work(func(awsapi.Client) error { return errors.New("no stock") }) // receives, and never deletes
		shop.place(fact("OrderPlaced", "acme", 17, 900)).Expect(
			dye.Type("OrderPlaced").On("queue:acme-orders").Deliveries(2),
			dye.Type("OrderPlaced").On("dlq:orders-dlq").Exactly(1),
		)
	})
}

// An absence names what must not come as exactly as what must. A misspelt name would be absent for ever, and fails.
func ExampleNever() {
	dye.Test(t, func(d *dye.T) {
		shop := openStore(d)
		shop.place(fact("OrderPlaced", "acme", 17, 1200)).Expect(
			dye.Type("OrderPlaced").On("bus:shop"),
			dye.Never(dye.On("queue:*").With("detail.tenant_id", "acme")), // above 1000 no rule takes it
			dye.Never(dye.Type("OrderRefunded")),
		)
	})
}

// PlanChanged and PlanCharged are a slip apart, and both exist.
func ExampleT_Known() {
	dye.Test(t, func(d *dye.T) {
		d.Known("PlanCharged")
		openStore(d).place(fact("PlanChanged", "acme", 17, 900)).Expect(dye.Type("PlanChanged"), dye.Never(dye.Type("PlanCharged")))
	})
}

// One event causes another: the worker's call is made while it holds the order's message, and no other.
func ExampleChain() {
	dye.Test(t, func(d *dye.T) {
		shop := openStore(d)
		shop.work(func(c awsapi.Client) error {
			return c.JSON(d.Context(), awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": shop.url("rival-orders"), "MessageBody": `{"detail-type":"OrderBooked","detail":{}}`}, nil)
		})
		shop.place(fact("OrderPlaced", "acme", 17, 900)).Expect(dye.Chain("OrderPlaced", "OrderBooked"))
	})
}

// The order in which the pipeline did things, where the channel keeps one; else in any order.
func ExampleInOrder() {
	dye.Test(t, func(d *dye.T) {
		flow := openStore(d).place(fact("OrderPlaced", "acme", 17, 900), fact("OrderPaid", "acme", 17, 900))
		flow.Expect(
			dye.InOrder(dye.Type("OrderPlaced").On("bus:shop"), dye.Type("OrderPaid").On("bus:shop")),
			dye.AnyOrder(dye.Type("OrderPaid").On("queue:acme-orders"), dye.Type("OrderPlaced").On("queue:acme-orders")),
		)
	})
}

// The payload of the only event of a type, compared field by field.
func ExampleOne() {
	dye.Test(t, func(d *dye.T) {
		flow := openStore(d).place(fact("OrderPlaced", "acme", 17, 900))
		type OrderPlaced struct {
			Order  int    `json:"order"`
			Tenant string `json:"tenant_id"`
		}
		d.Diff(OrderPlaced{Order: 17, Tenant: "acme"}, dye.One[OrderPlaced](flow))
	})
}

// A read model: the look is repeated whenever the pipeline has done something, until it sees what it should.
func ExampleT_Eventually() {
	dye.Test(t, func(d *dye.T) {
		shop, booked := openStore(d), 0
		shop.work(func(awsapi.Client) error { booked++; return nil })
		shop.place(fact("OrderPlaced", "acme", 17, 900))
		d.Eventually(probe.Func("orders booked", func(context.Context) (any, error) { return booked, nil }).Is(1))
	})
}

// An event from outside, in the place of a system that is not there.
func ExampleT_Inject() {
	dye.Test(t, func(d *dye.T) {
		openStore(d)
		flow := d.Inject("bus:shop", event.Event{Source: "shop", Type: "OrderPlaced", Body: `{"tenant_id":"acme","order":17,"amount":900}`})
		flow.Expect(dye.Type("OrderPlaced").On("queue:acme-orders"), dye.NothingElse())
	})
}

// Messages of a queue that nobody else reads, by what they say.
func ExampleT_Collect() {
	dye.Test(t, func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 17, 900), fact("OrderPlaced", "acme", 18, 20))
		for _, m := range d.Collect("acme-orders", 1, dye.Type("OrderPlaced").With("detail.amount", expect.Approx(900, 1))) {
			d.Log(m.Body)
		}
	})
}

// What passes over a bus, beside the system and without taking anything from it.
func ExampleT_Observe() {
	dye.Test(t, func(d *dye.T) {
		shop := openStore(d)
		bus := d.Observe("bus:shop", `{"detail-type":["OrderPlaced"]}`)
		shop.place(fact("OrderPlaced", "acme", 17, 900), fact("OrderPaid", "acme", 17, 900))
		bus.Collect(1, dye.Type("OrderPlaced"))
	})
}

// Half an hour passes, with everything that is due in it.
func ExampleT_Advance() {
	dye.Test(t, func(d *dye.T) {
		shop := openStore(d)
		shop.call(awsapi.SQS, "SetQueueAttributes", map[string]any{"QueueUrl": shop.url("acme-orders"), "Attributes": map[string]string{"DelaySeconds": "600"}})
		flow := shop.place(fact("OrderPlaced", "acme", 17, 900))
		flow.Expect(dye.Type("OrderPlaced").On("queue:acme-orders").Deliveries(0), dye.Within(time.Minute))
		shop.work(func(awsapi.Client) error { return nil })
		d.Advance(30 * time.Minute)
		flow.Expect(dye.Type("OrderPlaced").On("queue:acme-orders").Deliveries(1), dye.Within(0))
	})
}

// A worker that says of each event what caused it, for transports that carry nothing else.
func ExampleCausationAt() {
	dye.Test(t, func(d *dye.T) {
		shop := openStore(d)
		send := func(ctx context.Context, client, body string) error {
			return awsapi.New(d.AWS(client)).JSON(ctx, awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": shop.url("acme-orders"), "MessageBody": body}, nil)
		}
		flow := d.Dye(func(ctx context.Context) error {
			return send(ctx, "shop", `{"detail-type":"OrderPlaced","detail":{"event_id":"e-1"}}`)
		})
		if err := send(d.Context(), "nobody", `{"detail-type":"OrderBooked","detail":{"event_id":"e-2","causation_id":"e-1"}}`); err != nil {
			d.Fatal(err)
		}
		flow.Expect(dye.Chain("OrderPlaced", "OrderBooked"), dye.NothingElse())
	}, dye.CausationAt("detail.causation_id"))
}

// Somebody else's service, which fails once: the system asks again, and both requests are arrivals of the flow.
func ExampleT_Service() {
	dye.Test(t, func(d *dye.T) {
		billing := d.Service("billing.example.test").On("POST /charges", fake.Status(503), fake.JSON(201, map[string]string{"id": "ch_1"}))
		flow := d.Dye(func(ctx context.Context) error { return chargeOrder(ctx, billing.Client("shop"), billing.URL()) })
		flow.Expect(dye.On(billing.Place()).With("amount", 900).Exactly(2), dye.NothingElse())
	})
}

// What a queue may do to a consumer, as a table of subtests. This one counts stock, and knows an event again.
func ExampleConsumer() {
	moves := layer.Cases{Events: layer.Bodies(`{"id":"1","sku":"A","count":5}`, `{"id":"2","sku":"B","count":7}`)}
	dye.Consumer(t, moves, func(*dye.T) layer.Consumer {
		stock := newStock(false)
		return layer.Consumer{Handle: stock.handle, State: stock.state}
	})
}

// How far a queue behind a delay, or the table of a read model, is behind the event.
func ExampleLagBelow() {
	dye.Test(t, func(d *dye.T) {
		shop := openStore(d)
		shop.place(fact("OrderPlaced", "acme", 17, 900)).Expect(dye.LagBelow("queue:acme-orders", time.Second, dye.Type("OrderPlaced")))
	})
}

func TestExamples(outer *testing.T) {
	for i, example := range []func(){
		ExampleTest, ExampleFlow_Expect, ExampleNever, ExampleT_Known, ExampleChain, ExampleInOrder, ExampleOne, ExampleT_Eventually, ExampleT_Inject,
		ExampleT_Collect, ExampleT_Observe, ExampleT_Advance, ExampleCausationAt, ExampleT_Service, ExampleConsumer, ExampleLagBelow,
	} {
		outer.Run(fmt.Sprint(i+1), func(inner *testing.T) {
			t = inner
			example()
		})
	}
}
