package crm

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	events "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	pipe "github.com/aws/aws-sdk-go-v2/service/pipes/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queue "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Names of what Provision creates. A tenant's rule and queue are called after it.
const (
	eventTable   = "crm-events"
	contactTable = "crm-contacts"
	busName      = "crm"
	pipeName     = "crm-events-to-bus"

	visibilityTimeout = 30 // s: a failed event is tried again then (CRM-1.5)
	maxReceiveCount   = 5
)

// QueueName returns the name of the queue that a tenant's contact events come to.
func QueueName(tenant string) string { return tenant + "-contacts" }

// DLQName returns the name of the queue for events of the tenant that could not be applied.
func DLQName(tenant string) string { return tenant + "-contacts-dlq" }

// Provision creates the CRM's topology for these tenants through the AWS API: event store with its stream, read model, pipe,
// bus, and a rule, a queue and a dead-letter queue per tenant.
func Provision(ctx context.Context, cfg aws.Config, tenants ...string) error {
	tables := dynamodb.NewFromConfig(cfg)
	stream, err := createTables(ctx, tables)
	if err != nil {
		return err
	}
	bus := eventbridge.NewFromConfig(cfg)
	created, err := bus.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String(busName)})
	if err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	if err := createPipe(ctx, pipes.NewFromConfig(cfg), stream, aws.ToString(created.EventBusArn)); err != nil {
		return err
	}
	queues := sqs.NewFromConfig(cfg)
	for _, tenant := range tenants {
		if err := addTenant(ctx, bus, queues, tenant); err != nil {
			return fmt.Errorf("tenant %s: %w", tenant, err)
		}
	}
	return nil
}

func createTables(ctx context.Context, client *dynamodb.Client) (streamARN string, err error) {
	out, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String(eventTable), BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: []ddb.AttributeDefinition{
			{AttributeName: aws.String("entity"), AttributeType: ddb.ScalarAttributeTypeS},
			{AttributeName: aws.String("version"), AttributeType: ddb.ScalarAttributeTypeN},
		},
		KeySchema: []ddb.KeySchemaElement{
			{AttributeName: aws.String("entity"), KeyType: ddb.KeyTypeHash},
			{AttributeName: aws.String("version"), KeyType: ddb.KeyTypeRange},
		},
		StreamSpecification: &ddb.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: ddb.StreamViewTypeNewImage},
	})
	if err != nil {
		return "", fmt.Errorf("event store: %w", err)
	}
	_, err = client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String(contactTable), BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: []ddb.AttributeDefinition{
			{AttributeName: aws.String("tenant_id"), AttributeType: ddb.ScalarAttributeTypeS},
			{AttributeName: aws.String("contact_id"), AttributeType: ddb.ScalarAttributeTypeS},
		},
		KeySchema: []ddb.KeySchemaElement{
			{AttributeName: aws.String("tenant_id"), KeyType: ddb.KeyTypeHash},
			{AttributeName: aws.String("contact_id"), KeyType: ddb.KeyTypeRange},
		},
	})
	if err != nil {
		return "", fmt.Errorf("read model: %w", err)
	}
	for _, table := range []string{eventTable, contactTable} {
		active := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay, o.MaxDelay = time.Second, 5*time.Second })
		if err := active.Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(table)}, time.Minute); err != nil {
			return "", fmt.Errorf("%s: %w", table, err)
		}
	}
	return aws.ToString(out.TableDescription.LatestStreamArn), nil
}

func createPipe(ctx context.Context, client *pipes.Client, streamARN, busARN string) error {
	_, err := client.CreatePipe(ctx, &pipes.CreatePipeInput{
		Name: aws.String(pipeName), RoleArn: aws.String("arn:aws:iam::000000000000:role/crm-pipe"),
		Source: &streamARN, Target: &busARN,
		SourceParameters: &pipe.PipeSourceParameters{
			DynamoDBStreamParameters: &pipe.PipeSourceDynamoDBStreamParameters{StartingPosition: pipe.DynamoDBStreamStartPositionTrimHorizon, BatchSize: aws.Int32(10)},
			FilterCriteria:           &pipe.FilterCriteria{Filters: []pipe.Filter{{Pattern: aws.String(`{"eventName":["INSERT"]}`)}}},
		},
		TargetParameters: &pipe.PipeTargetParameters{
			InputTemplate: aws.String(detailTemplate),
			EventBridgeEventBusParameters: &pipe.PipeTargetEventBridgeEventBusParameters{
				DetailType: aws.String("$.dynamodb.NewImage.type.S"), Source: aws.String("$.dynamodb.NewImage.source.S"),
			},
		},
	})
	if err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	return nil
}

func addTenant(ctx context.Context, bus *eventbridge.Client, queues *sqs.Client, tenant string) error {
	_, dlqARN, err := createQueue(ctx, queues, DLQName(tenant), nil)
	if err != nil {
		return err
	}
	redrive, err := json.Marshal(map[string]any{"deadLetterTargetArn": dlqARN, "maxReceiveCount": maxReceiveCount})
	if err != nil {
		return err
	}
	_, arn, err := createQueue(ctx, queues, QueueName(tenant), map[string]string{
		string(queue.QueueAttributeNameRedrivePolicy):     string(redrive),
		string(queue.QueueAttributeNameVisibilityTimeout): fmt.Sprint(visibilityTimeout),
	})
	if err != nil {
		return err
	}
	pattern, err := json.Marshal(map[string]any{"source": []string{SourceContact}, "detail": map[string]any{"tenant_id": []string{tenant}}})
	if err != nil {
		return err
	}
	if _, err = bus.PutRule(ctx, &eventbridge.PutRuleInput{EventBusName: aws.String(busName), Name: &tenant, EventPattern: aws.String(string(pattern))}); err != nil {
		return fmt.Errorf("rule: %w", err)
	}
	put, err := bus.PutTargets(ctx, &eventbridge.PutTargetsInput{
		EventBusName: aws.String(busName), Rule: &tenant, Targets: []events.Target{{Id: aws.String("contacts"), Arn: &arn}},
	})
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if put.FailedEntryCount > 0 {
		return fmt.Errorf("target: %s", aws.ToString(put.FailedEntries[0].ErrorMessage))
	}
	return nil
}

func createQueue(ctx context.Context, client *sqs.Client, name string, attributes map[string]string) (url, arn string, err error) {
	made, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		return "", "", fmt.Errorf("queue %s: %w", name, err)
	}
	got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: made.QueueUrl, AttributeNames: []queue.QueueAttributeName{queue.QueueAttributeNameQueueArn}})
	if err != nil {
		return "", "", fmt.Errorf("queue %s: %w", name, err)
	}
	return aws.ToString(made.QueueUrl), got.Attributes[string(queue.QueueAttributeNameQueueArn)], nil
}
