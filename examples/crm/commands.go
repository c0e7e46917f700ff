package crm

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Commands is the write side of the CRM. Safe for concurrent use.
type Commands struct{ store store }

// NewCommands returns the write side on an AWS account in which the topology was provisioned.
func NewCommands(cfg aws.Config) *Commands {
	return &Commands{store: store{client: dynamodb.NewFromConfig(cfg), table: eventTable}}
}

// OpenAccount opens an account and returns its id.
func (c *Commands) OpenAccount(ctx context.Context, tenant, name string) (id string, err error) {
	if err := validName(name); err != nil {
		return "", err
	}
	id = newID("account")
	return id, c.emit(ctx, tenant, id, 0, SourceAccount, typeAccountOpened, AccountOpened{Name: name})
}

// CreateContact creates a contact and returns its id (CRM-2.1). Errors: *ValidationError, *NotFoundError for the account.
func (c *Commands) CreateContact(ctx context.Context, tenant string, n NewContact) (id string, err error) {
	if err := validName(n.Name); err != nil {
		return "", err
	}
	if err := validEmail(n.Email); err != nil {
		return "", err
	}
	if n.AccountID != "" {
		events, err := c.store.load(ctx, tenant, n.AccountID)
		if err != nil {
			return "", err
		}
		if len(events) == 0 {
			return "", &NotFoundError{TenantID: tenant, EntityID: n.AccountID}
		}
	}
	id = newID("contact")
	return id, c.emit(ctx, tenant, id, 0, SourceContact, typeContactCreated, ContactCreated{Name: n.Name, Email: n.Email, AccountID: n.AccountID})
}

// UpdateContact changes fields of an active contact (CRM-2.2). Errors: *ValidationError, *NotFoundError, *ConflictError.
func (c *Commands) UpdateContact(ctx context.Context, tenant, id string, change ContactChange) error {
	if change.Name != nil {
		if err := validName(*change.Name); err != nil {
			return err
		}
	}
	if change.Email != nil {
		if err := validEmail(*change.Email); err != nil {
			return err
		}
	}
	have, err := c.contact(ctx, tenant, id)
	if err != nil {
		return err
	}
	updated, any := have.changes(change)
	if !any {
		return nil
	}
	return c.emit(ctx, tenant, id, have.version, SourceContact, typeContactUpdated, updated)
}

// MergeContacts merges duplicate into survivor, in one transaction (CRM-2.3). Errors: *ValidationError, *NotFoundError,
// *ConflictError.
func (c *Commands) MergeContacts(ctx context.Context, tenant, survivorID, duplicateID string) error {
	if survivorID == duplicateID {
		return &ValidationError{Field: "duplicate", Why: "a contact cannot be merged with itself"}
	}
	survivor, err := c.contact(ctx, tenant, survivorID)
	if err != nil {
		return err
	}
	duplicate, err := c.contact(ctx, tenant, duplicateID)
	if err != nil {
		return err
	}
	merged, err := newEvent(tenant, survivorID, survivor.version, SourceContact, typeContactMerged, ContactMerged{
		DuplicateID: duplicateID, Phone: missing(survivor.phone, duplicate.phone), AccountID: missing(survivor.accountID, duplicate.accountID),
	})
	if err != nil {
		return err
	}
	gone, err := newEvent(tenant, duplicateID, duplicate.version, SourceContact, typeContactDeactivated, ContactDeactivated{Reason: "merged", MergedInto: survivorID})
	if err != nil {
		return err
	}
	return c.store.append(ctx, merged, gone)
}

// DeactivateContact takes a contact out of use (CRM-2.5). Errors: *ValidationError, *NotFoundError, *ConflictError.
func (c *Commands) DeactivateContact(ctx context.Context, tenant, id, reason string) error {
	if reason == "" {
		return &ValidationError{Field: "reason", Why: "must not be empty"}
	}
	have, err := c.contact(ctx, tenant, id)
	if err != nil {
		return err
	}
	return c.emit(ctx, tenant, id, have.version, SourceContact, typeContactDeactivated, ContactDeactivated{Reason: reason})
}

// contact loads an active contact.
func (c *Commands) contact(ctx context.Context, tenant, id string) (*contact, error) {
	events, err := c.store.load(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, &NotFoundError{TenantID: tenant, EntityID: id}
	}
	var have contact
	for _, e := range events {
		if err := have.apply(e); err != nil {
			return nil, fmt.Errorf("%s version %d: %w", id, e.Version, err)
		}
	}
	return &have, have.active(id)
}

func (c *Commands) emit(ctx context.Context, tenant, id string, version int, source, typ string, fields any) error {
	e, err := newEvent(tenant, id, version, source, typ, fields)
	if err != nil {
		return err
	}
	return c.store.append(ctx, e)
}
