package crm_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/examples/crm"
)

type versionError struct{ have, want int }

func (e *versionError) Error() string {
	return fmt.Sprintf("the read model has version %d, not yet %d", e.have, e.want)
}

var volatile = dye.Volatile("entity_id", "event_id", "occurred_at")

func TestContactCreated_per_prd_section_2_1(t *testing.T) {
	scenario(t, func(d *dye.T, w world) {
		d.Covers("CRM-2.1", "CRM-1.3")
		account, err := w.OpenAccount(d.Context(), w.acme, "Analytical Engines")
		if err != nil {
			d.Fatal(err)
		}
		var id string
		flow := d.Dye(func(ctx context.Context) (err error) {
			id, err = w.CreateContact(ctx, w.acme, crm.NewContact{Name: "Ada Lovelace", Email: "ada@engines.example", AccountID: account})
			return err
		})
		flow.Expect(
			dye.InOrder(
				dye.Type("ContactCreated").On("bus:crm").With("detail.tenant_id", w.acme).With("detail.entity_id", id),
				dye.Type("ContactCreated").On("queue:"+crm.QueueName(w.acme)).Exactly(1).Deliveries(1),
			),
			w.isolated(),
			dye.NothingElse(),
		)
		flow.Golden("created", volatile, dye.Volatile("data.account_id.S"))
		want := crm.ContactCreated{Meta: crm.Meta{TenantID: w.acme, Version: 1}, Name: "Ada Lovelace", Email: "ada@engines.example", AccountID: account}
		d.Diff(want, dye.One[crm.ContactCreated](flow), volatile)
		d.Diff(crm.Contact{TenantID: w.acme, ContactID: id, Version: 1, Name: "Ada Lovelace", Email: "ada@engines.example", AccountID: account}, w.reaches(d, id, 1))
	})
}

func TestContactUpdated_per_prd_section_2_2(t *testing.T) {
	scenario(t, func(d *dye.T, w world) {
		d.Covers("CRM-2.2", "CRM-1.3", "CRM-1.4")
		id := w.contact(d, crm.NewContact{Name: "Ada Byron", Email: "ada@engines.example"})
		name, same, phone := "Ada Lovelace", "ada@engines.example", "+44 20 7946 0018"
		flow := d.Dye(func(ctx context.Context) error {
			return w.UpdateContact(ctx, w.acme, id, crm.ContactChange{Name: &name, Email: &same, Phone: &phone})
		})
		flow.Expect(
			dye.Type("ContactUpdated").On("queue:"+crm.QueueName(w.acme)).With("detail.entity_id", id).Exactly(1),
			dye.LagBelow("table:crm-contacts", time.Second, dye.Type("ContactUpdated")),
			w.isolated(),
			dye.NothingElse(),
		)
		// The address did not change, so the event does not speak of it.
		want := crm.ContactUpdated{Meta: crm.Meta{TenantID: w.acme, Version: 2}, Name: &name, Phone: &phone}
		d.Diff(want, dye.One[crm.ContactUpdated](flow), volatile)
		d.Diff(crm.Contact{TenantID: w.acme, ContactID: id, Version: 2, Name: name, Email: same, Phone: phone}, w.reaches(d, id, 2))

		again := d.Dye(func(ctx context.Context) error {
			return w.UpdateContact(ctx, w.acme, id, crm.ContactChange{Name: &name})
		})
		again.Expect(dye.NothingElse()) // a change that changes nothing publishes nothing
	})
}

func TestContactMerged_per_prd_section_2_3(t *testing.T) {
	scenario(t, func(d *dye.T, w world) {
		d.Covers("CRM-2.3", "CRM-1.1", "CRM-1.3")
		survivor := w.contact(d, crm.NewContact{Name: "Ada Lovelace", Email: "ada@engines.example"})
		duplicate := w.contact(d, crm.NewContact{Name: "A. Lovelace", Email: "countess@engines.example"})
		phone := "+44 20 7946 0018"
		if err := w.UpdateContact(d.Context(), w.acme, duplicate, crm.ContactChange{Phone: &phone}); err != nil {
			d.Fatal(err)
		}
		w.reaches(d, duplicate, 2)
		flow := d.Dye(func(ctx context.Context) error { return w.MergeContacts(ctx, w.acme, survivor, duplicate) })
		flow.Expect(
			dye.AnyOrder( // one transaction, and the bus promises no order
				dye.Type("ContactMerged").On("queue:"+crm.QueueName(w.acme)).With("detail.entity_id", survivor),
				dye.Type("ContactDeactivated").On("queue:"+crm.QueueName(w.acme)).With("detail.entity_id", duplicate),
			),
			w.isolated(),
			dye.NothingElse(),
		)
		d.Diff(crm.ContactMerged{Meta: crm.Meta{TenantID: w.acme, Version: 2}, DuplicateID: duplicate, Phone: &phone}, dye.One[crm.ContactMerged](flow), volatile)
		if got := w.reaches(d, survivor, 2); got.Phone != phone {
			d.Errorf("the survivor took over %q, want %q", got.Phone, phone)
		}
		if got := w.reaches(d, duplicate, 3); !got.Deactivated || got.MergedInto != survivor {
			d.Errorf("the duplicate: deactivated %t, merged into %q; want true, %q", got.Deactivated, got.MergedInto, survivor)
		}
	})
}

func TestContactEmailRejected_emits_nothing_per_prd_section_2_4(t *testing.T) {
	scenario(t, func(d *dye.T, w world) {
		d.Covers("CRM-2.4", "CRM-1.2", "CRM-1.3")
		id := w.contact(d, crm.NewContact{Name: "Ada Lovelace", Email: "ada@engines.example"})
		for _, email := range []string{"", "ada", "ada@", "ada@localhost", "Ada <ada@engines.example>", "a@b.example, c@d.example"} {
			flow := d.Dye(func(ctx context.Context) error {
				_, created := w.CreateContact(ctx, w.acme, crm.NewContact{Name: "Ada Lovelace", Email: email})
				updated := w.UpdateContact(ctx, w.acme, id, crm.ContactChange{Email: &email})
				for _, err := range []error{created, updated} {
					if refused, ok := errors.AsType[*crm.ValidationError](err); !ok || refused.Field != "email" {
						d.Errorf("%q was not refused as an e-mail address: %v", email, err)
					}
				}
				return nil
			})
			flow.Expect(w.isolated(), dye.Never(dye.On("bus:crm"), dye.On("queue:*")), dye.NothingElse())
		}
	})
}

func TestContactDeactivated_per_prd_section_2_5(t *testing.T) {
	scenario(t, func(d *dye.T, w world) {
		d.Covers("CRM-2.5", "CRM-1.2", "CRM-1.3")
		id := w.contact(d, crm.NewContact{Name: "Ada Lovelace", Email: "ada@engines.example"})
		flow := d.Dye(func(ctx context.Context) error { return w.DeactivateContact(ctx, w.acme, id, "left the company") })
		flow.Expect(
			dye.InOrder(dye.Type("ContactDeactivated").On("bus:crm"), dye.Type("ContactDeactivated").On("queue:"+crm.QueueName(w.acme)).Exactly(1)),
			w.isolated(),
			dye.NothingElse(),
		)
		d.Diff(crm.ContactDeactivated{Meta: crm.Meta{TenantID: w.acme, Version: 2}, Reason: "left the company"}, dye.One[crm.ContactDeactivated](flow), volatile)
		if got := w.reaches(d, id, 2); !got.Deactivated || got.Reason != "left the company" {
			d.Errorf("the read model has %+v", got)
		}
		changed := "x@engines.example"
		refused := d.Dye(func(ctx context.Context) error {
			if err := w.UpdateContact(ctx, w.acme, id, crm.ContactChange{Email: &changed}); !isRefused(err) {
				d.Errorf("a deactivated contact was changed: %v", err)
			}
			return nil
		})
		refused.Expect(dye.NothingElse())
	})
}

func isRefused(err error) bool {
	_, ok := errors.AsType[*crm.ValidationError](err)
	return ok
}
