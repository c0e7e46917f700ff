package crm_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
	"github.com/dyetrace/dyetrace/examples/crm"
	"github.com/dyetrace/dyetrace/layer"
)

// contactEvent is an event of contact c-1 as the pipe makes it of an item in the event store.
func contactEvent(typ string, version int, data string) string {
	return fmt.Sprintf(`{"detail-type":%q,"source":"crm.contact","detail":{"tenant_id":"acme","entity_id":"c-1","version":"%d","event_id":"e-%d",`+
		`"occurred_at":"2026-01-01T00:00:00Z","data":%s}}`, typ, version, version, data)
}

// What SQS may do to the projector, in one table: the read model ends up the same, and only what cannot be applied is dead-lettered.
func TestProjector_bears_its_queue_per_prd_section_1_4(t *testing.T) {
	cases := layer.Cases{Events: layer.Bodies(
		contactEvent("ContactCreated", 1, `{"name":{"S":"Ada"},"email":{"S":"ada@acme.example"}}`),
		contactEvent("ContactUpdated", 2, `{"phone":{"S":"+44 1"}}`),
		contactEvent("ContactUpdated", 3, `{"phone":{"S":"+44 2"}}`),
	)}
	dye.Consumer(t, cases, func(d *dye.T) layer.Consumer {
		d.Covers("CRM-1.4", "CRM-1.5")
		cfg := dyeaws.Config(d, "crm")
		if err := crm.Provision(d.Context(), cfg, "acme"); err != nil {
			d.Fatal(err)
		}
		return layer.Consumer{
			Queue: crm.QueueName("acme"),
			Run:   crm.NewProjector(dyeaws.Config(d, "projector"), "acme", nil).Run,
			State: func(ctx context.Context) (any, error) { return crm.NewContacts(cfg).List(ctx, "acme") },
		}
	})
}
