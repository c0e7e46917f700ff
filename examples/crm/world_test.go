package crm_test

import (
	"context"
	"testing"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
	"github.com/dyetrace/dyetrace/examples/crm"
)

// world is the CRM of one test, with two tenants and their projectors running.
type world struct {
	*crm.Commands
	contacts    *crm.Contacts
	acme, rival string
}

func start(d *dye.T) world {
	d.Helper()
	w := world{acme: d.Tenant("acme"), rival: d.Tenant("rival")}
	cfg := dyeaws.Config(d, "crm")
	if err := crm.Provision(d.Context(), cfg, w.acme, w.rival); err != nil {
		d.Fatalf("provision: %v", err)
	}
	for _, tenant := range []string{w.acme, w.rival} {
		projector := crm.NewProjector(dyeaws.Config(d, "projector-"+tenant), tenant, nil)
		go projector.Run(d.Context())
	}
	w.Commands, w.contacts = crm.NewCommands(cfg), crm.NewContacts(cfg)
	return w
}

// isolated states CRM-1.3 and that nothing failed: in every scenario.
func (w world) isolated() dye.Expectation {
	return dye.Never(dye.Tenant(w.rival), dye.On("queue:"+crm.QueueName(w.rival)), dye.On("dlq:*"))
}

// contact creates a contact, in a flow of its own, as a scenario's precondition and waits until the read model has it.
func (w world) contact(d *dye.T, n crm.NewContact) (id string) {
	d.Helper()
	d.Dye(func(ctx context.Context) (err error) {
		id, err = w.CreateContact(ctx, w.acme, n)
		return err
	})
	w.reaches(d, id, 1)
	return id
}

// reaches waits until the read model has that version of a contact.
func (w world) reaches(d *dye.T, id string, version int) (found crm.Contact) {
	d.Helper()
	d.Eventually(func(ctx context.Context) (err error) {
		if found, err = w.contacts.Get(ctx, w.acme, id); err == nil && found.Version < version {
			err = &versionError{have: found.Version, want: version}
		}
		return err
	})
	return found
}

// rivalIsEmpty looks at the other tenant's read model itself.
func (w world) rivalIsEmpty(d *dye.T) {
	d.Helper()
	if list, err := w.contacts.List(d.Context(), w.rival); err != nil || len(list) > 0 {
		d.Errorf("rival's read model: %v, %v; want it empty", list, err)
	}
}

func scenario(t *testing.T, body func(*dye.T, world)) {
	t.Helper()
	t.Parallel()
	dye.Test(t, func(d *dye.T) {
		w := start(d)
		body(d, w)
		w.rivalIsEmpty(d)
	})
}
