package failuremodes

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// naive skips a test that goes wrong on purpose, unless it is asked for.
func naive(t *testing.T) {
	t.Helper()
	if os.Getenv("NAIVE") == "" {
		t.Skip("goes wrong on purpose: NAIVE=1 go test -run Naive -v")
	}
}

// receive is how it is often done: one call, and what it brings is taken for all there is.
func receive(ctx context.Context, t testing.TB, s *Shop, tenant string, waitSeconds int32) []string {
	t.Helper()
	queue, err := s.queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(tenant + "-packing")})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: waitSeconds})
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, m := range out.Messages {
		bodies = append(bodies, *m.Body)
	}
	return bodies
}

func open(d testingContext, cfg aws.Config, delaySeconds int, leaks bool) *Shop {
	d.Helper()
	s, err := Open(d.Context(), cfg, delaySeconds, leaks, "acme", "rival")
	if err != nil {
		d.Fatal(err)
	}
	return s
}

// testingContext is a *testing.T or a *dye.T.
type testingContext interface {
	testing.TB
	Context() context.Context
}
