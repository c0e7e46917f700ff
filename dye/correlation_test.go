package dye_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/observe/sqs"
)

// answer sends to answers what it received from questions, a second after it let go of it: nothing ties the two but the request's
// number in the body.
func answer(d *dye.T) {
	queue, err := sqs.Open(d.Context(), d.AWS("worker"), "questions")
	if err != nil {
		d.Errorf("no queue: %v", err)
		return
	}
	for d.Context().Err() == nil {
		batch, err := queue.Receive(d.Context(), 20*time.Second, time.Minute)
		if err == nil && len(batch) > 0 {
			err = queue.Ack(d.Context(), batch)
		}
		if err != nil {
			return
		}
		for _, m := range batch {
			go func() {
				time.Sleep(time.Second) //tidy:bubble runs in dye.Test only
				// A client of its own: the pipeline does not know that it is the worker's.
				_ = backendtest.SQS{}.Send(d.Context(), d.AWS("outbox"), "answers", strings.Replace(m.Body, "Asked", "Answered", 1), 0)
			}()
		}
	}
}

func TestCorrelationAt_tells_flows_apart_R2_8(t *testing.T) {
	for _, c := range []struct {
		reason string
		opts   []dye.Option
		first  int // answers that the first flow sees
	}{
		{"nothing declared: an unattributed event counts in every flow", nil, 2},
		{"declared", []dye.Option{dye.CorrelationAt("detail.request")}, 1},
	} {
		t.Run(c.reason, func(t *testing.T) {
			dye.Test(t, func(d *dye.T) {
				queues := backendtest.SQS{}
				for _, name := range []string{"questions", "answers"} {
					if err := queues.CreateQueue(d.Context(), d.AWS(), name); err != nil {
						d.Fatal(err)
					}
				}
				go answer(d)
				ask := func(id string) *dye.Flow {
					return d.Dye(func(ctx context.Context) error {
						return queues.Send(ctx, d.AWS(), "questions", fmt.Sprintf(`{"detail-type":"Asked","detail":{"request":%q}}`, id), 0)
					})
				}
				first := ask("r-1")
				second := ask("r-2")
				first.Expect(dye.Type("Answered").On("queue:answers").Exactly(c.first))
				if c.first == 1 {
					second.Expect(dye.Type("Answered").With("detail.request", "r-2").Exactly(1), dye.Type("Asked"), dye.NothingElse())
				}
			}, c.opts...)
		})
	}
}
