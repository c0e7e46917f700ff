package crm

import (
	"fmt"
	"net/mail"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
)

// NewContact is what a contact is created from.
type NewContact struct {
	Name      string
	Email     string
	AccountID string // optional
}

// ContactChange names the fields to change; a nil field stays.
type ContactChange struct {
	Name  *string
	Email *string
	Phone *string
}

// ValidationError says why a command was refused (CRM-1.2).
type ValidationError struct {
	Field string
	Why   string
}

// Error names the field and the rule.
func (e *ValidationError) Error() string { return e.Field + ": " + e.Why }

// NotFoundError says that a tenant has no such entity.
type NotFoundError struct{ TenantID, EntityID string }

// Error names both.
func (e *NotFoundError) Error() string {
	return fmt.Sprintf("tenant %s has no %s", e.TenantID, e.EntityID)
}

// contact is the write model: what the events of a contact add up to.
type contact struct {
	version              int
	name, email, phone   string
	accountID            string
	deactivated          bool
	reason, survivedByID string
}

func (c *contact) apply(e stored) error {
	c.version = e.Version
	switch e.Type {
	case typeContactCreated:
		var f ContactCreated
		if err := attributevalue.UnmarshalMap(e.Detail, &f); err != nil {
			return err
		}
		c.name, c.email, c.accountID = f.Name, f.Email, f.AccountID
	case typeContactUpdated:
		var f ContactUpdated
		if err := attributevalue.UnmarshalMap(e.Detail, &f); err != nil {
			return err
		}
		replace(&c.name, f.Name)
		replace(&c.email, f.Email)
		replace(&c.phone, f.Phone)
	case typeContactMerged:
		var f ContactMerged
		if err := attributevalue.UnmarshalMap(e.Detail, &f); err != nil {
			return err
		}
		replace(&c.phone, f.Phone)
		replace(&c.accountID, f.AccountID)
	case typeContactDeactivated:
		var f ContactDeactivated
		if err := attributevalue.UnmarshalMap(e.Detail, &f); err != nil {
			return err
		}
		c.deactivated, c.reason, c.survivedByID = true, f.Reason, f.MergedInto
	}
	return nil
}

func replace(field *string, with *string) {
	if with != nil {
		*field = *with
	}
}

// active refuses changes of a deactivated contact (CRM-2.5).
func (c *contact) active(id string) error {
	if c.deactivated {
		return &ValidationError{Field: "contact", Why: id + " is deactivated"}
	}
	return nil
}

// changes returns the event for those fields of want that differ, and whether any does (CRM-2.2).
func (c *contact) changes(want ContactChange) (ContactUpdated, bool) {
	e := ContactUpdated{Name: differing(want.Name, c.name), Email: differing(want.Email, c.email), Phone: differing(want.Phone, c.phone)}
	return e, e.Name != nil || e.Email != nil || e.Phone != nil
}

func differing(want *string, have string) *string {
	if want == nil || *want == have {
		return nil
	}
	return want
}

// missing returns what is set in other and not in c: what a survivor takes over (CRM-2.3).
func missing(have, other string) *string {
	if have != "" || other == "" {
		return nil
	}
	return &other
}

func validName(name string) error {
	if strings.TrimSpace(name) == "" {
		return &ValidationError{Field: "name", Why: "must not be empty"}
	}
	return nil
}

// validEmail accepts one bare mailbox at a domain with a dot (CRM-2.4).
func validEmail(email string) error {
	a, err := mail.ParseAddress(email)
	_, domain, _ := strings.Cut(email, "@")
	if err != nil || a.Address != email || !strings.Contains(strings.Trim(domain, "."), ".") {
		return &ValidationError{Field: "email", Why: fmt.Sprintf("%q is not the address of a mailbox", email)}
	}
	return nil
}
