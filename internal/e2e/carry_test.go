package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
)

// shop is a system whose billing receives orders in batches, and handles the messages of a batch side by side: it sends an invoice
// to a queue, and states on a bus that it did.
type shop struct {
	d       *dye.T
	carrier *dyeaws.Carrier // nil: nobody carries anything
	bare    bool            // calls arrive as at AWS: nothing of dyetrace's comes with them
}

func (s shop) config(name string) aws.Config {
	cfg := dyeaws.Config(s.d, name)
	if s.bare {
		cfg.HTTPClient = &http.Client{Transport: asAtAWS{s.d.AWS(name)}}
	}
	if s.carrier != nil {
		cfg = s.carrier.Carry(cfg)
	}
	return cfg
}

// asAtAWS takes calls to an endpoint without what dyetrace's own transports tell it: the flow, its cause, and on a server who calls.
type asAtAWS struct{ endpoint dye.Endpoint }

func (a asAtAWS) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(untold{r.Context()})
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Dyetrace-") {
			return nil, errors.New("the client itself sends " + name)
		}
	}
	if os.Getenv("DYETRACE_BACKEND") != "" {
		return wire.RoundTrip(r)
	}
	return a.endpoint.Transport.RoundTrip(r)
}

// wire keeps no connection: a test must not leave a goroutine behind.
var wire = &http.Transport{DisableKeepAlives: true}

// untold is a context that ends like its parent and holds nothing.
type untold struct{ context.Context }

func (untold) Value(any) any { return nil }

func (s shop) provision() {
	queues, bus := sqs.NewFromConfig(s.config("setup")), eventbridge.NewFromConfig(s.config("setup"))
	ctx := s.d.Context()
	for _, name := range []string{"orders", "invoices", "ledger"} {
		_, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name})
		s.must(err)
	}
	_, err := bus.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("ledger"), EventPattern: aws.String(`{"source":["billing"]}`)})
	s.must(err)
	e := s.d.AWS("setup")
	_, err = bus.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("ledger"), Targets: []ebtypes.Target{
		{Id: aws.String("1"), Arn: aws.String("arn:aws:sqs:" + e.Region + ":" + e.AccountID + ":ledger")},
	}})
	s.must(err)
}

func (s shop) must(err error) {
	s.d.Helper()
	if err != nil {
		s.d.Fatal(err)
	}
}

func (s shop) url(name string) *string {
	e := s.d.AWS("setup")
	return aws.String(e.URL + "/" + e.AccountID + "/" + name)
}

func (s shop) order(id string) *dye.Flow {
	queues := sqs.NewFromConfig(s.config("shop"))
	return s.d.Dye(func(ctx context.Context) error {
		_, err := queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: s.url("orders"), MessageBody: aws.String(`{"detail-type":"OrderPlaced","detail":{"id":"` + id + `"}}`)})
		return err
	})
}

// bill is one turn of the consumer, and the question after it.
func (s shop) bill() {
	queues, bus := sqs.NewFromConfig(s.config("billing")), eventbridge.NewFromConfig(s.config("billing"))
	handle := func(ctx context.Context, m types.Message) error {
		if s.carrier != nil {
			ctx = s.carrier.Received(ctx, m)
		}
		invoice := strings.Replace(*m.Body, "OrderPlaced", "InvoiceSent", 1)
		if _, err := queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: s.url("invoices"), MessageBody: &invoice}); err != nil {
			return err
		}
		_, err := bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{
			{Source: aws.String("billing"), DetailType: aws.String("Booked"), Detail: aws.String(`{"amount":7}`)},
		}})
		if err != nil {
			return err
		}
		_, err = queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: s.url("orders"), ReceiptHandle: m.ReceiptHandle})
		return err
	}
	for _, want := range []int{2, 0} {
		out, err := queues.ReceiveMessage(s.d.Context(), &sqs.ReceiveMessageInput{QueueUrl: s.url("orders"), MaxNumberOfMessages: 10})
		s.must(err)
		if len(out.Messages) != want {
			s.d.Fatalf("a batch of %d, want %d", len(out.Messages), want)
		}
		var all sync.WaitGroup
		errs := make([]error, len(out.Messages))
		for i, m := range out.Messages {
			all.Go(func() { errs[i] = handle(s.d.Context(), m) })
		}
		all.Wait()
		s.must(errors.Join(errs...))
	}
}

func carried(t *testing.T) {
	plain := &dyeaws.Carrier{Attribute: "correlation_id", Path: "detail.meta.flow"}
	trace := dye.CorrelationAt("traceparent", "AWSTraceHeader")
	for _, c := range []struct {
		reason  string
		carrier *dyeaws.Carrier
		bare    bool
		options []dye.Option
		each    int  // invoices and bookings that a flow sees: one is its own, two are anybody's
		chain   bool // that they were caused by the order is known
	}{
		{reason: "nobody helps: billing holds both orders", each: 2},
		{reason: "declared, but nobody carries", options: []dye.Option{trace}, each: 2},
		{reason: "carried", carrier: &dyeaws.Carrier{}, each: 1, chain: true},
		{reason: "carried and declared", carrier: &dyeaws.Carrier{}, options: []dye.Option{trace}, each: 1, chain: true},
		{reason: "carried by a name", carrier: plain, each: 1, chain: true},
		{reason: "as at AWS, carried", carrier: &dyeaws.Carrier{}, bare: true, each: 2},
		{reason: "as at AWS, declared, but nobody carries", bare: true, options: []dye.Option{trace}, each: 2},
		{reason: "as at AWS, carried and declared", carrier: &dyeaws.Carrier{}, bare: true, options: []dye.Option{trace}, each: 1},
		{reason: "as at AWS, carried by a name and declared", carrier: plain, bare: true, options: []dye.Option{dye.CorrelationAt("correlation_id", "detail.meta.flow")}, each: 1},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			dye.Test(t, func(d *dye.T) {
				s := shop{d, c.carrier, c.bare}
				s.provision()
				flows := map[string]*dye.Flow{"o-1": s.order("o-1"), "o-2": s.order("o-2")}
				s.bill()
				for id, flow := range flows {
					expectations := []dye.Expectation{
						dye.Type("InvoiceSent").On("queue:invoices").Exactly(c.each), dye.Type("Booked").On("queue:ledger").Exactly(c.each),
						dye.Type("InvoiceSent").On("queue:invoices").With("detail.id", id).Exactly(1),
					}
					if c.each == 1 {
						expectations = append(expectations, dye.Type("OrderPlaced").With("detail.id", id).Exactly(1), dye.NothingElse())
					}
					if c.chain {
						expectations = append(expectations, dye.Chain("OrderPlaced", "InvoiceSent"), dye.Chain("OrderPlaced", "Booked"))
					}
					flow.Expect(expectations...)
				}
			}, c.options...)
		})
	}
}

func TestCarry_keeps_flows_of_one_batch_apart_R2_8(t *testing.T) {
	carried(t)
}

func TestCarry_keeps_flows_of_one_batch_apart_on_a_server_R2_8(t *testing.T) {
	p := pipeline.New(pipeline.Options{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(listener) }()
	t.Cleanup(func() {
		p.Close()
		<-ended
	})
	t.Setenv("DYETRACE_BACKEND", "http://"+listener.Addr().String())
	carried(t)
}

// Every operation that Carry knows, by the SDK's own clients, from the context of a producer to that of a consumer.
func TestCarry_by_every_way_to_a_queue_R2_8(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		s := shop{d: d, carrier: &dyeaws.Carrier{}, bare: true}
		s.provision()
		queues, topics, bus := sqs.NewFromConfig(s.config("app")), sns.NewFromConfig(s.config("app")), eventbridge.NewFromConfig(s.config("app"))
		topic := func(name string, attributes map[string]string) *string {
			made, err := topics.CreateTopic(d.Context(), &sns.CreateTopicInput{Name: &name})
			s.must(err)
			e := d.AWS("app")
			_, err = topics.Subscribe(d.Context(), &sns.SubscribeInput{
				TopicArn: made.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:" + e.Region + ":" + e.AccountID + ":invoices"), Attributes: attributes,
			})
			s.must(err)
			return made.TopicArn
		}
		raw, wrapped := topic("raw", map[string]string{"RawMessageDelivery": "true"}), topic("wrapped", nil)
		body := aws.String("b")
		for i, c := range []struct {
			way, queue string
			send       func(ctx context.Context) error
		}{
			{"SendMessage", "invoices", func(ctx context.Context) error {
				_, err := queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: s.url("invoices"), MessageBody: body})
				return err
			}},
			{"SendMessageBatch", "invoices", func(ctx context.Context) error {
				_, err := queues.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: s.url("invoices"), Entries: []types.SendMessageBatchRequestEntry{{Id: body, MessageBody: body}}})
				return err
			}},
			{"Publish, raw", "invoices", func(ctx context.Context) error {
				_, err := topics.Publish(ctx, &sns.PublishInput{TopicArn: raw, Message: body})
				return err
			}},
			{"Publish", "invoices", func(ctx context.Context) error {
				_, err := topics.Publish(ctx, &sns.PublishInput{TopicArn: wrapped, Message: body})
				return err
			}},
			{"PublishBatch", "invoices", func(ctx context.Context) error {
				_, err := topics.PublishBatch(ctx, &sns.PublishBatchInput{TopicArn: wrapped, PublishBatchRequestEntries: []snstypes.PublishBatchRequestEntry{{Id: body, Message: body}}})
				return err
			}},
			{"PutEvents", "ledger", func(ctx context.Context) error {
				_, err := bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{
					{Source: aws.String("billing"), DetailType: aws.String("Booked"), Detail: aws.String(`{}`)},
				}})
				return err
			}},
		} {
			id := fmt.Sprint("flow-", i)
			s.must(c.send(event.WithCorrelation(d.Context(), id)))
			d.Settle()
			out, err := queues.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: s.url(c.queue)})
			s.must(err)
			if len(out.Messages) != 1 {
				d.Fatalf("%s: %d messages", c.way, len(out.Messages))
			}
			m := out.Messages[0]
			if got := event.Correlation(dyeaws.Received(d.Context(), m)); got != id {
				d.Errorf("%s: received as of %q, want %q", c.way, got, id)
			}
			_, err = queues.DeleteMessage(d.Context(), &sqs.DeleteMessageInput{QueueUrl: s.url(c.queue), ReceiptHandle: m.ReceiptHandle})
			s.must(err)
		}
	})
}
