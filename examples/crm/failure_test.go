package crm_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
	"github.com/dyetrace/dyetrace/examples/crm"
)

func TestConflictingCommands_per_prd_section_1_1(t *testing.T) {
	scenario(t, func(d *dye.T, w world) {
		d.Covers("CRM-1.1")
		id := w.contact(d, crm.NewContact{Name: "Ada Lovelace", Email: "ada@engines.example"})
		outcomes := make([]error, 2)
		flow := d.Dye(func(ctx context.Context) error {
			var both sync.WaitGroup
			for i, name := range []string{"Ada King", "Countess of Lovelace"} {
				both.Go(func() { outcomes[i] = w.UpdateContact(ctx, w.acme, id, crm.ContactChange{Name: &name}) })
			}
			both.Wait()
			return nil
		})
		won := 0
		for _, err := range outcomes {
			if err == nil {
				won++
			} else if _, conflict := errors.AsType[*crm.ConflictError](err); !conflict {
				d.Errorf("neither accepted nor a conflict: %v", err)
			}
		}
		if won == 0 {
			d.Error("no command was accepted")
		}
		flow.Expect(dye.Type("ContactUpdated").Exactly(won), w.isolated(), dye.NothingElse())
		w.reaches(d, id, 1+won)
	})
}

func TestPoisonedEvent_per_prd_section_1_5(t *testing.T) {
	scenario(t, func(d *dye.T, w world) {
		d.Covers("CRM-1.5")
		bus := eventbridge.NewFromConfig(dyeaws.Config(d, "intruder"))
		began := time.Now()
		flow := d.Dye(func(ctx context.Context) error {
			_, err := bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
				EventBusName: aws.String("crm"), Source: aws.String(crm.SourceContact), DetailType: aws.String("ContactCreated"),
				Detail: aws.String(`{"tenant_id":"` + w.acme + `","version":"one"}`),
			}}})
			return err
		})
		healthy := w.contact(d, crm.NewContact{Name: "Ada Lovelace", Email: "ada@engines.example"})
		if waited := time.Since(began); waited > 5*time.Second {
			d.Errorf("contact %s waited %v behind the poisoned event", healthy, waited)
		}
		d.Advance(5 * 30 * time.Second)
		flow.Expect(
			dye.On("queue:"+crm.QueueName(w.acme)).Type("ContactCreated").Exactly(1).Deliveries(5),
			dye.On("dlq:*").Exactly(1),
			dye.Never(dye.Tenant(w.rival)),
		)
		// Who looks into the dead-letter queue finds the event as it was published.
		d.Collect(crm.DLQName(w.acme), 1, dye.Type("ContactCreated").With("detail.version", "one"))
	})
}
