package firsttest

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
)

func TestGreetingArrives(t *testing.T) {
	dye.Test(t, func(d *dye.T) { // a pipeline and a clock of its own
		queues := sqs.NewFromConfig(dyeaws.Config(d)) // the stock client
		queue, err := queues.CreateQueue(d.Context(), &sqs.CreateQueueInput{QueueName: aws.String("greetings")})
		if err != nil {
			d.Fatal(err)
		}
		flow := d.Dye(func(ctx context.Context) error {
			_, err := queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String(`{"to":"ada"}`)})
			return err
		})
		flow.Expect(dye.On("queue:greetings").With("to", recipient()).Exactly(1), dye.NothingElse())
	})
}
