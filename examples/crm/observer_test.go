package crm_test

import (
	"context"
	"testing"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/examples/crm"
)

// Observers beside the CRM see what comes to its bus, its stream and its queues, and neither the CRM nor the expectations notice.
func TestContactCreated_is_announced_per_prd_section_2_1(t *testing.T) {
	scenario(t, func(d *dye.T, w world) {
		d.Covers("CRM-2.1", "CRM-1.3")
		bus := d.Observe("bus:crm", `{"detail-type":["ContactCreated"]}`)
		stream := d.Observe("table:crm-events")
		acme, rival := d.Observe("queue:"+crm.QueueName(w.acme)), d.Observe("queue:"+crm.QueueName(w.rival))
		flow := d.Dye(func(ctx context.Context) error {
			_, err := w.CreateContact(ctx, w.acme, crm.NewContact{Name: "Ada Lovelace", Email: "ada@engines.example"})
			return err
		})
		created := bus.Collect(1) // ends the test if none comes, or two
		d.Logf("%s of %s", created[0].Document.Type, created[0].Document.Source)
		for _, r := range acme.Received() { // everything so far, each event once
			if r.Attempt != 1 || r.Err != nil || r.Document.ID != created[0].ID {
				d.Errorf("%+v", r)
			}
		}
		if n := len(stream.Received()); n != 1 {
			d.Errorf("%d records in the event store's stream, want 1", n)
		}
		fence := rival.Fence()
		if list := rival.Received(); len(list) > 0 {
			d.Errorf("the other tenant got %d events", len(list))
		}
		d.Log("the other tenant got nothing,", fence)
		flow.Expect(dye.Type("ContactCreated").On("queue:*").Exactly(1), w.isolated(), dye.NothingElse())
	})
}
