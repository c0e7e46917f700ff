package testify

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
	"github.com/dyetrace/dyetrace/observe"
)

// A *dye.T is what testify's functions ask for.
var (
	_ require.TestingT = (*dye.T)(nil)
	_ assert.TestingT  = (*dye.T)(nil)
)

// greeting is what the queue gets.
type greeting struct {
	To string `json:"to"`
}

func TestGreetings_arrive_R2_3(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		queues := sqs.NewFromConfig(dyeaws.Config(d))
		queue, err := queues.CreateQueue(d.Context(), &sqs.CreateQueueInput{QueueName: aws.String("greetings")})
		require.NoError(d, err)

		flow := d.Dye(func(ctx context.Context) error {
			var all error
			for _, body := range []string{`{"to":"ada"}`, `{"to":"grace"}`, `{"to":"joan"}`} {
				_, err := queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String(body)})
				all = errors.Join(all, err)
			}
			return all
		})
		// Absence is a matter of the flow; that no fourth came is shown, and not waited for.
		flow.Expect(dye.On("queue:greetings").Exactly(3), dye.NothingElse())

		// A standard queue promises no order.
		got := d.Collect("greetings", 3)
		assert.ElementsMatch(d, []greeting{{"joan"}, {"ada"}, {"grace"}}, decode(d, got))
		for _, r := range got {
			assert.Equal(d, 1, r.Attempt)
		}
	})
}

// decode is a helper as a team has them: it takes testify's interface, and so it takes a *dye.T.
func decode(t require.TestingT, list []*observe.Received) []greeting {
	var greetings []greeting
	for _, r := range list {
		var g greeting
		require.NoError(t, json.Unmarshal([]byte(r.Body), &g))
		greetings = append(greetings, g)
	}
	return greetings
}

// heard is a test that takes down what is reported, and ends as a *dye.T does.
type heard struct {
	*dye.T
	failed bool
}

func (h *heard) Errorf(string, ...any) { h.failed = true }

// What testify finds wrong fails the run: a diff of two payloads, a missing element.
func TestTestify_reports_through_dye_R2_3(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		h := &heard{T: d}
		assert.ElementsMatch(h, []greeting{{"ada"}}, []greeting{{"grace"}})
		require.True(d, h.failed, "two lists that differ are the same")
	})
}
