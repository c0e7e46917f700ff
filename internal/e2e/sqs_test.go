package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
)

// queues is a client of SQS with the name that it has in traces.
type queues struct {
	d *dye.T
	*sqs.Client
}

func sqsOf(d *dye.T, client string) queues {
	return queues{d, sqs.NewFromConfig(dyeaws.Config(d, client))}
}

// create makes a queue and returns its URL.
func (q queues) create(name string, attributes map[string]string) string {
	q.d.Helper()
	out, err := q.CreateQueue(q.d.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		q.d.Fatal(err)
	}
	return *out.QueueUrl
}

// redrive makes a queue with a visibility timeout of 30 s whose messages move to NAME-dlq when received more than max times.
func (q queues) redrive(name string, max int) (url, dlq string) {
	q.d.Helper()
	dlq = q.create(name+"-dlq", nil)
	out, err := q.GetQueueAttributes(q.d.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &dlq, AttributeNames: []types.QueueAttributeName{"QueueArn"}})
	if err != nil {
		q.d.Fatal(err)
	}
	policy := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"%d"}`, out.Attributes["QueueArn"], max)
	return q.create(name, map[string]string{"VisibilityTimeout": "30", "RedrivePolicy": policy}), dlq
}

func (q queues) send(ctx context.Context, url, body string) error {
	_, err := q.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
	return err
}

// consume long-polls until ctx ends; a message that handle returns nil for is deleted.
func (q queues) consume(ctx context.Context, url string, handle func(ctx context.Context, m types.Message) error) {
	for ctx.Err() == nil {
		out, err := q.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20, MaxNumberOfMessages: 1,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{"ApproximateReceiveCount"}})
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				q.d.Errorf("receive: %v", err)
			}
			return
		}
		for _, m := range out.Messages {
			if handle(ctx, m) != nil {
				continue
			}
			if _, err := q.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil && ctx.Err() == nil {
				q.d.Errorf("delete: %v", err)
			}
		}
	}
}

func TestReceive_waits_for_a_message_in_virtual_time_R1_5(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration // until something is sent; 0: never
		want  time.Duration
		got   int
	}{
		{"nothing comes: the whole wait passes", 0, 20 * time.Second, 0},
		{"a message comes: the poll ends at that moment", 7 * time.Second, 7 * time.Second, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dye.Test(t, func(d *dye.T) {
				d.Advance(0) // exact times need virtual time
				app, worker := sqsOf(d, "app"), sqsOf(d, "worker")
				url := app.create("orders", nil)
				if c.after > 0 {
					go func() {
						time.Sleep(c.after)
						if err := app.send(d.Context(), url, "{}"); err != nil {
							d.Error(err)
						}
					}()
				}
				start := time.Now()
				out, err := worker.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
				if err != nil {
					d.Fatal(err)
				}
				if passed := time.Since(start); passed != c.want || len(out.Messages) != c.got {
					d.Errorf("%d messages after %v; want %d after %v", len(out.Messages), passed, c.got, c.want)
				}
			})
		})
	}
}

func TestReceive_ends_when_its_context_does_R1_5(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		d.Advance(0) // exact times need virtual time
		app := sqsOf(d, "app")
		url := app.create("orders", nil)
		ctx, stop := context.WithTimeout(d.Context(), 3*time.Second)
		defer stop()
		start := time.Now()
		_, err := app.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			d.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestRedrive_after_five_receives_R1_2(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		app, worker := sqsOf(d, "app"), sqsOf(d, "worker")
		url, _ := app.redrive("tasks", 5)
		start := time.Now()
		var received []time.Duration
		go worker.consume(d.Context(), url, func(context.Context, types.Message) error {
			received = append(received, time.Since(start))
			return errors.New("always fails")
		})
		flow := d.Dye(func(ctx context.Context) error {
			return app.send(ctx, url, `{"detail-type":"TaskSubmitted","detail":{}}`)
		})
		d.Advance(4 * 30 * time.Second)
		flow.Expect(dye.Within(0), dye.Type("TaskSubmitted").On("queue:tasks").Deliveries(5), dye.Type("TaskSubmitted").On("dlq:*").Exactly(0))
		flow.Expect(
			dye.Type("TaskSubmitted").On("queue:tasks").Deliveries(5),
			dye.On("dlq:tasks-dlq").Exactly(1),
			dye.NothingElse(),
		)
		want := []time.Duration{0, 30 * time.Second, 60 * time.Second, 90 * time.Second, 120 * time.Second}
		d.Diff(want, received)
		hops := flow.Hops()
		if moved := hops[len(hops)-1].At.Sub(start); moved != 150*time.Second {
			d.Errorf("moved to the dead-letter queue after %v; want 2m30s", moved)
		}
	})
}

func TestAbsence_is_proved_relative_to_the_bubble_R1_7(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		app, worker := sqsOf(d, "app"), sqsOf(d, "worker")
		acme, rival := app.create("acme-orders", nil), app.create("rival-orders", nil)
		go sqsOf(d, "rival").consume(d.Context(), rival, func(context.Context, types.Message) error { return nil })
		go worker.consume(d.Context(), acme, func(context.Context, types.Message) error { return nil })
		flow := d.Dye(func(ctx context.Context) error {
			return app.send(ctx, acme, `{"detail-type":"OrderPlaced","detail":{"tenant_id":"acme"}}`)
		})
		flow.Expect(dye.Type("OrderPlaced").On("queue:acme-orders").Exactly(1), dye.Never(dye.On("queue:rival-*"), dye.Tenant("rival")), dye.NothingElse())
	})
}

type OrderPlaced struct {
	ID     string `json:"id"`
	Amount int    `json:"amount"`
}

func TestOne_decodes_the_only_event(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		app := sqsOf(d, "app")
		url := app.create("orders", nil)
		flow := d.Dye(func(ctx context.Context) error {
			return app.send(ctx, url, `{"detail-type":"OrderPlaced","detail":{"id":"o-1","amount":12}}`)
		})
		d.Diff(OrderPlaced{Amount: 12}, dye.One[OrderPlaced](flow), dye.Volatile("id"))
	})
}

func TestConfig_serves_a_client_that_asks_for_no_endpoint(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		cfg := dyeaws.Config(d)
		cfg.BaseEndpoint = nil
		client := sqs.NewFromConfig(cfg)
		if _, err := client.CreateQueue(d.Context(), &sqs.CreateQueueInput{QueueName: aws.String("orders")}); err != nil {
			d.Fatal(err)
		}
	})
}
