package crm

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Contact is a contact as the read model has it.
type Contact struct {
	TenantID    string `dynamodbav:"tenant_id"`
	ContactID   string `dynamodbav:"contact_id"`
	Version     int    `dynamodbav:"version"` // of the last event applied
	Name        string `dynamodbav:"name"`
	Email       string `dynamodbav:"email"`
	Phone       string `dynamodbav:"phone,omitempty"`
	AccountID   string `dynamodbav:"account_id,omitempty"`
	Deactivated bool   `dynamodbav:"deactivated,omitempty"`
	Reason      string `dynamodbav:"reason,omitempty"`
	MergedInto  string `dynamodbav:"merged_into,omitempty"`
}

// Contacts is the read model. Safe for concurrent use.
type Contacts struct{ client *dynamodb.Client }

// NewContacts returns the read model on an AWS account in which the topology was provisioned.
func NewContacts(cfg aws.Config) *Contacts { return &Contacts{client: dynamodb.NewFromConfig(cfg)} }

// Get returns a contact. The error is a *NotFoundError if the read model does not have it.
func (c *Contacts) Get(ctx context.Context, tenant, id string) (Contact, error) {
	out, err := c.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(contactTable), ConsistentRead: aws.Bool(true), Key: contactKey(tenant, id)})
	if err != nil {
		return Contact{}, fmt.Errorf("read model: %w", err)
	}
	if len(out.Item) == 0 {
		return Contact{}, &NotFoundError{TenantID: tenant, EntityID: id}
	}
	var found Contact
	if err := attributevalue.UnmarshalMap(out.Item, &found); err != nil {
		return Contact{}, fmt.Errorf("read model: %w", err)
	}
	return found, nil
}

// List returns all contacts of a tenant, by id.
func (c *Contacts) List(ctx context.Context, tenant string) ([]Contact, error) {
	pages := dynamodb.NewQueryPaginator(c.client, &dynamodb.QueryInput{
		TableName: aws.String(contactTable), ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("tenant_id = :tenant"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":tenant": &types.AttributeValueMemberS{Value: tenant}},
	})
	var all []Contact
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read model: %w", err)
		}
		var some []Contact
		if err := attributevalue.UnmarshalListOfMaps(page.Items, &some); err != nil {
			return nil, fmt.Errorf("read model: %w", err)
		}
		all = append(all, some...)
	}
	return all, nil
}

func contactKey(tenant, id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"tenant_id": &types.AttributeValueMemberS{Value: tenant}, "contact_id": &types.AttributeValueMemberS{Value: id}}
}

// tooEarlyError says that an event came before the one that precedes it.
type tooEarlyError struct {
	entityID   string
	have, came int
}

func (e *tooEarlyError) Error() string {
	return fmt.Sprintf("version %d of %s came while the read model has %d", e.came, e.entityID, e.have)
}

// apply brings an event into the read model on top of the version before it (CRM-1.4): an event that is there already changes
// nothing, one that came too early is a *tooEarlyError. The condition on the version keeps two projectors from overwriting each
// other.
func (c *Contacts) apply(ctx context.Context, m Meta, change func(*Contact)) error {
	have, err := c.Get(ctx, m.TenantID, m.EntityID)
	if _, missing := errors.AsType[*NotFoundError](err); missing {
		have = Contact{TenantID: m.TenantID, ContactID: m.EntityID}
	} else if err != nil {
		return err
	}
	switch {
	case m.Version <= have.Version:
		return nil
	case m.Version > have.Version+1:
		return &tooEarlyError{entityID: m.EntityID, have: have.Version, came: m.Version}
	}
	next := have
	next.Version = m.Version
	change(&next)
	item, err := attributevalue.MarshalMap(next)
	if err != nil {
		return fmt.Errorf("read model: %w", err)
	}
	_, err = c.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(contactTable), Item: item,
		ConditionExpression:       aws.String("attribute_not_exists(contact_id) OR version = :before"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":before": number(have.Version)},
	})
	if _, overtaken := errors.AsType[*types.ConditionalCheckFailedException](err); overtaken {
		return c.apply(ctx, m, change)
	}
	if err != nil {
		return fmt.Errorf("read model: %w", err)
	}
	return nil
}
