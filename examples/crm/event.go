package crm

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
)

// SourceContact is the source of the events of contacts, SourceAccount that of accounts.
const (
	SourceContact = "crm.contact"
	SourceAccount = "crm.account"
)

// Meta is what every event of the CRM says besides its own fields.
type Meta struct {
	TenantID   string    `json:"tenant_id"`
	EntityID   string    `json:"entity_id"`
	Version    int       `json:"version"` // of the entity, from 1
	EventID    string    `json:"event_id"`
	OccurredAt time.Time `json:"occurred_at"`
}

// AccountOpened says that an account exists.
type AccountOpened struct {
	Meta `dynamodbav:"-"`
	Name string `json:"name" dynamodbav:"name"`
}

// ContactCreated says that a contact exists.
type ContactCreated struct {
	Meta      `dynamodbav:"-"`
	Name      string `json:"name" dynamodbav:"name"`
	Email     string `json:"email" dynamodbav:"email"`
	AccountID string `json:"account_id,omitempty" dynamodbav:"account_id,omitempty"`
}

// ContactUpdated says which fields of a contact changed; a nil field did not.
type ContactUpdated struct {
	Meta  `dynamodbav:"-"`
	Name  *string `json:"name,omitempty" dynamodbav:"name,omitempty"`
	Email *string `json:"email,omitempty" dynamodbav:"email,omitempty"`
	Phone *string `json:"phone,omitempty" dynamodbav:"phone,omitempty"`
}

// ContactMerged says that a contact absorbed another one, and what it took over; a nil field was not taken over.
type ContactMerged struct {
	Meta        `dynamodbav:"-"`
	DuplicateID string  `json:"duplicate_id" dynamodbav:"duplicate_id"`
	Phone       *string `json:"phone,omitempty" dynamodbav:"phone,omitempty"`
	AccountID   *string `json:"account_id,omitempty" dynamodbav:"account_id,omitempty"`
}

// ContactDeactivated says that a contact is no longer in use.
type ContactDeactivated struct {
	Meta       `dynamodbav:"-"`
	Reason     string `json:"reason" dynamodbav:"reason"`
	MergedInto string `json:"merged_into,omitempty" dynamodbav:"merged_into,omitempty"`
}

// The detail-type of each event is its Go name.
const (
	typeAccountOpened      = "AccountOpened"
	typeContactCreated     = "ContactCreated"
	typeContactUpdated     = "ContactUpdated"
	typeContactMerged      = "ContactMerged"
	typeContactDeactivated = "ContactDeactivated"
)

// detail is an event's detail on the bus: the pipe's template fills it from the item in the event store, where the event's own
// fields are one map. A pipe hands that map on as DynamoDB writes it: {"name": {"S": "Ada"}}.
type detail struct {
	TenantID   string          `json:"tenant_id"`
	EntityID   string          `json:"entity_id"`
	Version    string          `json:"version"`
	EventID    string          `json:"event_id"`
	OccurredAt time.Time       `json:"occurred_at"`
	Data       json.RawMessage `json:"data"`
}

// detailTemplate is the pipe's input template: it makes a detail of an item in the event store.
const detailTemplate = `{"tenant_id": <$.dynamodb.NewImage.tenant_id.S>, "entity_id": <$.dynamodb.NewImage.entity_id.S>, ` +
	`"version": <$.dynamodb.NewImage.version.N>, "event_id": <$.dynamodb.NewImage.event_id.S>, ` +
	`"occurred_at": <$.dynamodb.NewImage.occurred_at.S>, "data": <$.dynamodb.NewImage.detail.M>}`

// UnmarshalJSON reads an event's detail as it is on the bus.
func (e *AccountOpened) UnmarshalJSON(raw []byte) error { return decodeDetail(raw, &e.Meta, e) }

// UnmarshalJSON reads an event's detail as it is on the bus.
func (e *ContactCreated) UnmarshalJSON(raw []byte) error { return decodeDetail(raw, &e.Meta, e) }

// UnmarshalJSON reads an event's detail as it is on the bus.
func (e *ContactUpdated) UnmarshalJSON(raw []byte) error { return decodeDetail(raw, &e.Meta, e) }

// UnmarshalJSON reads an event's detail as it is on the bus.
func (e *ContactMerged) UnmarshalJSON(raw []byte) error { return decodeDetail(raw, &e.Meta, e) }

// UnmarshalJSON reads an event's detail as it is on the bus.
func (e *ContactDeactivated) UnmarshalJSON(raw []byte) error { return decodeDetail(raw, &e.Meta, e) }

func decodeDetail(raw []byte, m *Meta, fields any) error {
	var d detail
	if err := json.Unmarshal(raw, &d); err != nil {
		return fmt.Errorf("event detail: %w", err)
	}
	version, err := strconv.Atoi(d.Version)
	if err != nil {
		return fmt.Errorf("event detail: version: %w", err)
	}
	values, err := attributevalue.UnmarshalMapJSON(d.Data)
	if err != nil {
		return fmt.Errorf("event detail: data: %w", err)
	}
	if err := attributevalue.UnmarshalMap(values, fields); err != nil {
		return fmt.Errorf("event detail: data: %w", err)
	}
	*m = Meta{TenantID: d.TenantID, EntityID: d.EntityID, Version: version, EventID: d.EventID, OccurredAt: d.OccurredAt}
	return nil
}
