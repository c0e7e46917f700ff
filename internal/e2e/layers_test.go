package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
	"github.com/dyetrace/dyetrace/layer"
)

// A consumer as it is in production: the SDK's clients, batches, and a read model in DynamoDB whose writes are conditional on the
// version, so that redeliveries, duplicates, other orders and late results change nothing.

type renamed struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Name    string `json:"name"`
}

// EventType is what the event is called on the bus.
func (renamed) EventType() string { return "ContactRenamed" }

type projector struct {
	queues *sqs.Client
	db     *dynamodb.Client
	always bool // writes whatever is there
	single bool // deletes one message a call
}

func (c *projector) run(ctx context.Context) error {
	url, err := c.queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("contacts")})
	if err != nil {
		return err
	}
	for {
		out, err := c.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20})
		if err != nil {
			return err
		}
		var done []types.DeleteMessageBatchRequestEntry
		for i, m := range out.Messages {
			if c.apply(ctx, aws.ToString(m.Body)) == nil {
				done = append(done, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
			}
		}
		if err := c.delete(ctx, url.QueueUrl, done); err != nil {
			return err
		}
	}
}

func (c *projector) delete(ctx context.Context, url *string, done []types.DeleteMessageBatchRequestEntry) error {
	if len(done) == 0 {
		return nil
	}
	if !c.single {
		_, err := c.queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: url, Entries: done})
		return err
	}
	for _, e := range done {
		if _, err := c.queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: e.ReceiptHandle}); err != nil {
			return err
		}
	}
	return nil
}

func (c *projector) apply(ctx context.Context, body string) error {
	var e renamed
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return err
	}
	in := &dynamodb.PutItemInput{TableName: aws.String("contacts"), Item: map[string]dbtypes.AttributeValue{
		"id": &dbtypes.AttributeValueMemberS{Value: e.ID}, "name": &dbtypes.AttributeValueMemberS{Value: e.Name},
		"version": &dbtypes.AttributeValueMemberN{Value: strconv.Itoa(e.Version)},
	}}
	if !c.always {
		in.ConditionExpression = aws.String("attribute_not_exists(id) OR version < :new")
		in.ExpressionAttributeValues = map[string]dbtypes.AttributeValue{":new": in.Item["version"]}
	}
	_, err := c.db.PutItem(ctx, in)
	if _, older := errors.AsType[*dbtypes.ConditionalCheckFailedException](err); older {
		return nil
	}
	return err
}

func (c *projector) state(ctx context.Context) (any, error) {
	out, err := c.db.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("contacts"), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, item := range out.Items {
		names[item["id"].(*dbtypes.AttributeValueMemberS).Value] = item["name"].(*dbtypes.AttributeValueMemberS).Value
	}
	return names, nil
}

func renames(t testing.TB, names ...string) layer.Cases {
	var bodies []string
	for i, name := range names {
		raw, err := json.Marshal(renamed{ID: "c-1", Version: i + 1, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(raw))
	}
	return layer.Cases{Events: layer.Bodies(bodies...), Want: map[string]any{"c-1": names[len(names)-1]}}
}

func (c projector) under(d *dye.T) layer.Consumer {
	cfg := dyeaws.Config(d, "projector")
	c.queues, c.db = sqs.NewFromConfig(cfg), dynamodb.NewFromConfig(cfg)
	table(d, "contacts")
	return layer.Consumer{Run: c.run, State: c.state, Queue: "contacts"}
}

func TestConsumer_with_the_SDK_bears_what_a_queue_may_do_R2_14(t *testing.T) {
	needsSeeds(t)
	for _, single := range []bool{false, true} {
		t.Run(fmt.Sprintf("single=%t", single), func(t *testing.T) {
			dye.Consumer(t, renames(t, "Ada", "Ada L.", "Ada Lovelace"), projector{single: single}.under)
		})
	}
}

func TestChildProjectorWritesAlways(t *testing.T) {
	onlyInChild(t)
	dye.Consumer(t, renames(t, "Ada", "Ada L.", "Ada Lovelace"), projector{always: true}.under)
}

func TestConsumer_with_the_SDK_that_writes_whatever_is_there_is_caught_R2_14(t *testing.T) {
	out, failed := child(t, "TestChildProjectorWritesAlways", nil)
	if !failed {
		t.Error("it passed")
	}
	says(t, out, `case out of order FAILED`, `order 3 2 1`, `c-1: want "Ada Lovelace", got "Ada"`, `again:  go test .*internal/e2e -run '.*out_of_order`,
		`case slow FAILED`, `plain          ok`, `redelivered    ok`, `out of order   FAILED`, `partial batch  ok`, `crash          ok, 2 runs`, `slow           FAILED`)
}

func TestProducer_with_the_SDK_R2_14(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		d.Covers("R2.14")
		bus := eventbridge.NewFromConfig(dyeaws.Config(d, "contacts"))
		if _, err := bus.CreateEventBus(d.Context(), &eventbridge.CreateEventBusInput{Name: aws.String("crm")}); err != nil {
			d.Fatal(err)
		}
		rename := func(ctx context.Context, name string) error {
			if name == "" {
				return errors.New("a contact needs a name")
			}
			detail, err := json.Marshal(renamed{ID: "c-1", Version: 1, Name: name})
			if err != nil {
				return err
			}
			_, err = bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
				EventBusName: aws.String("crm"), Source: aws.String("crm.contact"), DetailType: aws.String(renamed{}.EventType()), Detail: aws.String(string(detail))}}})
			return err
		}
		d.Produces(layer.Producer{
			Do: func(ctx context.Context) error { return rename(ctx, "Ada") },
			Emits: []layer.Emission{{
				Event: dye.Type("ContactRenamed").On("bus:crm").With("detail.name", "Ada"), Source: "crm.contact", Form: layer.EventBridge,
				Schema: layer.VersionOf[renamed]("v1"),
			}},
		})
		d.Produces(layer.Producer{Fails: true, Do: func(ctx context.Context) error { return rename(ctx, "") }})
	})
}
