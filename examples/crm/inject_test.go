package crm_test

import (
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/examples/crm"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/probe"
)

// A synthetic transaction: events from a file are put straight on the bus, as the event store's pipe puts them, and the read model is
// looked at until it has them.
func TestContacts_are_projected_per_prd_section_1_4(t *testing.T) {
	scenario(t, func(d *dye.T, w world) {
		d.Covers("CRM-1.4", "CRM-1.3")
		contact := func(tenant, id string) probe.Probe {
			return probe.Item(d.AWS("probe"), "crm-contacts", probe.Key{"tenant_id": tenant, "contact_id": id})
		}
		flow := d.InjectFile("bus:crm", "testdata/contacts.csv")
		// An update may overtake the creation: the projector then looks again a second later.
		flow.LagBelow(2*time.Second, contact(w.acme, "C-1").Is(expect.Has(map[string]any{"name": "Ada Lovelace", "version": 2})))
		d.Eventually(contact(w.acme, "C-2").Is(expect.At("email", expect.Regexp(`@compilers\.example$`)), expect.At("version", 1)))
		d.Consistently(time.Hour, event.Settled, contact(w.rival, "C-1").Is(expect.Absent()))
		flow.Expect(dye.On("queue:"+crm.QueueName(w.acme)).Exactly(3), w.isolated())
	})
}
