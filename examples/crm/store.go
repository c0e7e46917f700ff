package crm

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// ConflictError says that another command changed the entity first (CRM-1.1). Nothing was appended; try again.
type ConflictError struct{ EntityID string }

// Error names the entity.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s was changed by someone else meanwhile", e.EntityID)
}

// store is the event store: one item per event, keyed by entity and version, so that the condition "no such item yet" is the
// optimistic version check.
type store struct {
	client *dynamodb.Client
	table  string
}

// stored is an item of the event store. Its own fields are the map Detail.
type stored struct {
	Entity     string    `dynamodbav:"entity"` // tenant#id
	Version    int       `dynamodbav:"version"`
	Type       string    `dynamodbav:"type"`
	Source     string    `dynamodbav:"source"`
	TenantID   string    `dynamodbav:"tenant_id"`
	EntityID   string    `dynamodbav:"entity_id"`
	EventID    string    `dynamodbav:"event_id"`
	OccurredAt time.Time `dynamodbav:"occurred_at"`
	Detail     fields    `dynamodbav:"detail"`
}

// fields are an event's own fields, kept as DynamoDB has them until the event's type is known.
type fields map[string]types.AttributeValue

// MarshalDynamoDBAttributeValue returns the map itself.
func (f fields) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberM{Value: f}, nil
}

// UnmarshalDynamoDBAttributeValue takes a map.
func (f *fields) UnmarshalDynamoDBAttributeValue(v types.AttributeValue) error {
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return fmt.Errorf("the detail of an event is %T, not a map", v)
	}
	*f = m.Value
	return nil
}

func entityKey(tenant, id string) string { return tenant + "#" + id }

// newEvent makes the item of the event that follows version of an entity.
func newEvent(tenant, id string, version int, source, typ string, own any) (stored, error) {
	detail, err := attributevalue.MarshalMap(own)
	if err != nil {
		return stored{}, fmt.Errorf("%s: %w", typ, err)
	}
	return stored{
		Entity: entityKey(tenant, id), Version: version + 1, Type: typ, Source: source, TenantID: tenant, EntityID: id,
		EventID: newID("ev"), OccurredAt: time.Now().UTC(), Detail: detail,
	}, nil
}

func newID(prefix string) string {
	var b [10]byte
	rand.Read(b[:])
	return prefix + "-" + hex.EncodeToString(b[:])
}

// append adds events all together or not at all. The error is a *ConflictError if an entity has one of these versions already.
func (s *store) append(ctx context.Context, events ...stored) error {
	items := make([]types.TransactWriteItem, len(events))
	for i, e := range events {
		item, err := attributevalue.MarshalMap(e)
		if err != nil {
			return fmt.Errorf("event store: %w", err)
		}
		items[i] = types.TransactWriteItem{Put: &types.Put{
			TableName: &s.table, Item: item,
			ConditionExpression:      aws.String("attribute_not_exists(#entity)"),
			ExpressionAttributeNames: map[string]string{"#entity": "entity"},
		}}
	}
	_, err := s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
	if canceled, ok := errors.AsType[*types.TransactionCanceledException](err); ok {
		for i, reason := range canceled.CancellationReasons {
			if code := aws.ToString(reason.Code); code == "ConditionalCheckFailed" || code == "TransactionConflict" {
				return &ConflictError{EntityID: events[i].EntityID}
			}
		}
	}
	if err != nil {
		return fmt.Errorf("event store: %w", err)
	}
	return nil
}

// load returns the events of an entity, oldest first.
func (s *store) load(ctx context.Context, tenant, id string) ([]stored, error) {
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#entity = :entity"),
		ExpressionAttributeNames:  map[string]string{"#entity": "entity"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":entity": &types.AttributeValueMemberS{Value: entityKey(tenant, id)}},
	})
	var events []stored
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("event store: %w", err)
		}
		var some []stored
		if err := attributevalue.UnmarshalListOfMaps(page.Items, &some); err != nil {
			return nil, fmt.Errorf("event store: %w", err)
		}
		events = append(events, some...)
	}
	return events, nil
}

func number(n int) *types.AttributeValueMemberN {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}
