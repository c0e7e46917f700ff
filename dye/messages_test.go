package dye_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/dye"
)

// store is a bus with a rule and a queue for each of two tenants, and a worker that books acme's orders.
type store struct {
	d *dye.T
	c awsapi.Client
}

func openStore(d *dye.T) store {
	d.Helper()
	s := store{d, awsapi.New(d.AWS("shop"))}
	s.call(awsapi.EventBridge, "CreateEventBus", map[string]any{"Name": "shop"})
	s.call(awsapi.SQS, "CreateQueue", map[string]any{"QueueName": "orders-dlq"})
	for _, tenant := range []string{"acme", "rival"} {
		s.call(awsapi.SQS, "CreateQueue", map[string]any{"QueueName": tenant + "-orders", "Attributes": map[string]string{
			"VisibilityTimeout": "30", "RedrivePolicy": `{"deadLetterTargetArn":"` + s.arn("orders-dlq") + `","maxReceiveCount":"2"}`}})
		s.rule(tenant, `{"detail":{"tenant_id":["`+tenant+`"],"amount":[{"numeric":["<",1000]}]}}`, s.arn(tenant+"-orders"))
	}
	return s
}

func (s store) arn(queue string) string {
	return "arn:aws:sqs:" + s.d.AWS().Region + ":" + s.d.AWS().AccountID + ":" + queue
}

func (s store) url(queue string) string {
	return s.d.AWS().URL + "/" + s.d.AWS().AccountID + "/" + queue
}

func (s store) call(service awsapi.JSONService, operation string, in map[string]any) {
	s.d.Helper()
	must(s.d, s.c.JSON(s.d.Context(), service, operation, in, nil))
}

func (s store) rule(name, pattern, target string) {
	s.d.Helper()
	s.call(awsapi.EventBridge, "PutRule", map[string]any{"EventBusName": "shop", "Name": name, "EventPattern": pattern})
	s.call(awsapi.EventBridge, "PutTargets", map[string]any{"EventBusName": "shop", "Rule": name, "Targets": []map[string]string{{"Id": "1", "Arn": target}}})
}

// place states facts on the bus, in the order given: type, tenant, order number, amount.
func (s store) place(facts ...[4]any) *dye.Flow {
	s.d.Helper()
	return s.d.Dye(func(ctx context.Context) error { return s.put(ctx, facts...) })
}

func (s store) put(ctx context.Context, facts ...[4]any) error {
	for _, f := range facts {
		detail, _ := json.Marshal(map[string]any{"tenant_id": f[1], "order": f[2], "amount": f[3]}) // text and numbers
		in := map[string]any{"Entries": []map[string]any{{"EventBusName": "shop", "Source": "shop", "DetailType": f[0], "Detail": string(detail)}}}
		if err := s.c.JSON(ctx, awsapi.EventBridge, "PutEvents", in, nil); err != nil {
			return err
		}
	}
	return nil
}

func fact(typ, tenant string, order, amount int) [4]any { return [4]any{typ, tenant, order, amount} }

// work receives acme's orders until the test is over, and leaves them there if book fails.
func (s store) work(book func(c awsapi.Client) error) {
	go func() {
		c := awsapi.New(s.d.AWS("worker"))
		for s.d.Context().Err() == nil {
			var got struct {
				Messages []struct{ ReceiptHandle string }
			}
			if c.JSON(s.d.Context(), awsapi.SQS, "ReceiveMessage", map[string]any{"QueueUrl": s.url("acme-orders"), "WaitTimeSeconds": 20}, &got) != nil {
				return
			}
			for _, m := range got.Messages {
				if book(c) == nil {
					c.JSON(s.d.Context(), awsapi.SQS, "DeleteMessage", map[string]any{"QueueUrl": s.url("acme-orders"), "ReceiptHandle": m.ReceiptHandle}, nil)
				}
			}
		}
	}()
}

var placedOrder = dye.Type("OrderPlaced").On("queue:acme-orders")

// messages are failures, by the name of the page in testdata/messages that shows what the reader gets.
var messages = map[string]func(d *dye.T){
	"missing: another value": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 71, 900)).Expect(placedOrder.With("detail.order", 17))
	},
	"missing: a rule did not match": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 17, 1200)).Expect(placedOrder)
	},
	"missing: another type": func(d *dye.T) {
		openStore(d).place(fact("OrderCancelled", "acme", 17, 900), fact("OrderPaid", "acme", 17, 900)).Expect(placedOrder)
	},
	"missing: nothing happened": func(d *dye.T) {
		openStore(d)
		d.Dye(func(context.Context) error { return nil }).Expect(placedOrder)
	},
	"missing: it is due later": func(d *dye.T) {
		s := openStore(d)
		s.call(awsapi.SQS, "SetQueueAttributes", map[string]any{"QueueUrl": s.url("acme-orders"), "Attributes": map[string]string{"DelaySeconds": "600"}})
		s.place(fact("OrderPlaced", "acme", 17, 900)).Expect(placedOrder.Deliveries(1), dye.Within(time.Minute))
	},
	"too many": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 17, 900), fact("OrderPlaced", "acme", 17, 900)).Expect(placedOrder.Exactly(1))
	},
	"another order": func(d *dye.T) {
		openStore(d).place(fact("OrderPaid", "acme", 17, 900), fact("OrderPlaced", "acme", 17, 900)).
			Expect(dye.InOrder(dye.Type("OrderPlaced").On("bus:shop"), dye.Type("OrderPaid").On("bus:shop")))
	},
	"a chain that broke at its consumer": func(d *dye.T) {
		s := openStore(d)
		s.work(func(c awsapi.Client) error {
			return c.JSON(d.Context(), awsapi.EventBridge, "PutEvents", map[string]any{"Entries": []map[string]string{}}, nil)
		})
		s.place(fact("OrderPlaced", "acme", 17, 900)).Expect(dye.Chain("OrderPlaced", "OrderBooked"))
	},
	"a leak": func(d *dye.T) {
		s := openStore(d)
		s.rule("everything", `{"source":["shop"]}`, s.arn("rival-orders"))
		s.place(fact("OrderPlaced", "acme", 17, 900)).Expect(placedOrder, dye.Never(dye.Tenant("rival")), dye.NothingElse())
	},
	"a leak to the bus": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 17, 900), fact("OrderPlaced", "rival", 18, 900)).
			Expect(placedOrder, dye.Never(dye.Tenant("rival")))
	},
	"surplus": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 17, 900), fact("MailSent", "acme", 17, 0)).Expect(placedOrder, dye.NothingElse())
	},
	"to the dead-letter queue": func(d *dye.T) {
		s := openStore(d)
		s.work(func(awsapi.Client) error { return errors.New("no stock") })
		s.place(fact("OrderPlaced", "acme", 17, 900)).Expect(placedOrder, dye.Never(dye.On("dlq:*")))
	},
	"absence of what cannot be": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 17, 900)).Expect(placedOrder, dye.Never(dye.On("queue:revals-orders")), dye.Never(dye.On("queue:acme-orders").Deliveries(1)))
	},
	"absence of a misspelt type": func(d *dye.T) {
		s := openStore(d)
		s.rule("cancelled", `{"detail-type":["OrderCancelled"]}`, s.arn("acme-orders"))
		s.place(fact("OrderPlaced", "acme", 17, 900)).Expect(placedOrder, dye.Never(dye.Type("OrderCanceled")))
	},
	"absence of misspelt fields": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 17, 900)).Expect(placedOrder, dye.Never(dye.Type("OrderPlaced").With("detail.tennant_id", "rival")),
			dye.Never(dye.Tenant("rivla")))
	},
	"too late": func(d *dye.T) {
		s := openStore(d)
		s.call(awsapi.SQS, "SetQueueAttributes", map[string]any{"QueueUrl": s.url("acme-orders"), "Attributes": map[string]string{"DelaySeconds": "60"}})
		s.work(func(c awsapi.Client) error {
			return c.JSON(d.Context(), awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": s.url("rival-orders"), "MessageBody": "{}"}, nil)
		})
		s.place(fact("OrderPlaced", "acme", 17, 900)).Expect(dye.LagBelow("queue:rival-orders", time.Second, dye.Type("OrderPlaced")))
	},
	"One of none": func(d *dye.T) {
		type OrderPaid struct{}
		dye.One[OrderPaid](openStore(d).place(fact("OrderPlaced", "acme", 17, 900)))
	},
	"Diff": func(d *dye.T) {
		type line struct {
			SKU string `json:"sku"`
			N   int    `json:"n"`
		}
		d.Diff(map[string]any{"order": 17, "lines": []line{{"A-1", 1}, {"A-2", 2}}}, map[string]any{"order": 17, "lines": []line{{"A-1", 1}, {"A-3", 2}}, "paid": true})
	},
	"Collect: too few": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 71, 900), fact("OrderPlaced", "acme", 18, 900))
		d.Collect("acme-orders", 1, dye.Type("OrderPlaced").With("detail.order", 17))
	},
	"Collect: too many": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 17, 900), fact("OrderPlaced", "acme", 18, 900))
		d.Collect("acme-orders", 1)
	},
	"Eventually": func(d *dye.T) {
		s := openStore(d)
		booked := 0
		s.work(func(awsapi.Client) error { booked++; return nil })
		s.place(fact("OrderPlaced", "acme", 17, 900), fact("OrderPlaced", "acme", 18, 900))
		d.Eventually(func(context.Context) error {
			if booked < 3 {
				return fmt.Errorf("%d of 3 orders are booked", booked)
			}
			return nil
		})
	},
	"the stimulus failed": func(d *dye.T) {
		s := openStore(d)
		d.Dye(func(ctx context.Context) error {
			return s.c.JSON(ctx, awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": s.url("order"), "MessageBody": "{}"}, nil)
		})
	},
	"the stimulus went elsewhere": func(d *dye.T) {
		s := openStore(d)
		d.Dye(func(ctx context.Context) error {
			e := d.AWS()
			e.URL, e.Transport = "http://127.0.0.1:1", http.DefaultTransport
			return awsapi.New(e).JSON(ctx, awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": s.url("acme-orders"), "MessageBody": "{}"}, nil)
		})
	},
	"missing: another path": func(d *dye.T) {
		openStore(d).place(fact("OrderPlaced", "acme", 17, 900)).Expect(placedOrder.With("order", 17).With("detail.ammount", 900))
	},
	"a goroutine was left behind": func(d *dye.T) {
		go func() { <-make(chan int) }()
	},
	"a panic of the body": func(d *dye.T) {
		var orders map[string]int
		orders["17"] = 1 //lint:ignore SA5000 this is the panic
	},
}

const messageVariable = "DYE_TEST_MESSAGE"

func TestChildMessage(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		d.Covers("SHOP-2.1")
		messages[os.Getenv(messageVariable)](d)
	})
}

// volatile is what differs from run to run, or from machine to machine, in a message.
var volatile = []struct {
	find *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`flow dye-[0-9a-f]+`), "flow dye-…"},
	{regexp.MustCompile(`\(\d+\.\d+s\)`), "(…s)"},
	{regexp.MustCompile(`\S*/dye/(\w+_test\.go):\d+`), "$1:…"},
	{regexp.MustCompile(`_test\.go:\d+`), "_test.go:…"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "<uuid>"},
	{regexp.MustCompile(`func\d+(\.\d+)?`), "func…"},
	{regexp.MustCompile(`goroutine \d+`), "goroutine …"},
	{regexp.MustCompile(`after \d+ looks`), "after … looks"}, // how often it looks is no promise
	{regexp.MustCompile(`\(look \d+\)`), "(look …)"},
	{regexp.MustCompile(`dial tcp 127\.0\.0\.1:1: .*`), "dial tcp 127.0.0.1:1: …"}, // each system has its own words
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "<time>"},
}

// Each page answers, as far as it can be asked: what was expected, what came, why it cannot come any more, where it stopped, and how
// to repeat it; in at most 30 lines. Read them when they change.
func TestMessages_are_pages_to_read_R2(t *testing.T) {
	const most = 30
	for _, name := range slices.Sorted(maps.Keys(messages)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := child(t, "^TestChildMessage$", []string{messageVariable + "=" + name})
			if !run.failed {
				t.Fatalf("it did not fail:\n%s", run.output)
			}
			_, page, _ := strings.Cut(run.output, "\n") // after === RUN
			page, _, _ = strings.Cut(page, "=== ATTR")
			for _, v := range volatile {
				page = v.find.ReplaceAllString(page, v.name)
			}
			if n := strings.Count(page, "\n"); n > most {
				t.Errorf("%d lines, the limit is %d", n, most)
			}
			file := filepath.Join("testdata", "messages", strings.NewReplacer(": ", "-", " ", "-").Replace(strings.ToLower(name))+".txt")
			if os.Getenv("DYETRACE_UPDATE") == "1" {
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(page), 0o666)); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if page != strings.ReplaceAll(string(want), "\r\n", "\n") {
				t.Errorf("%s is different (DYETRACE_UPDATE=1 writes it):\n%s", file, page)
			}
		})
	}
}
