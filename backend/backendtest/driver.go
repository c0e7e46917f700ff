package backendtest

import (
	"context"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
)

// Driver speaks a backend's protocol as a client of it does. Each call goes through the endpoint's Transport with ctx.
type Driver interface {
	// CreateQueue makes a place that keeps events until they are received; Place is its name in hops and topology.
	CreateQueue(ctx context.Context, e backend.Endpoint, name string) error
	// Send brings an event there, to be received after delay.
	Send(ctx context.Context, e backend.Endpoint, queue, body string, delay time.Duration) error
	// Receive takes what is there now, without waiting, and acknowledges nothing.
	Receive(ctx context.Context, e backend.Endpoint, queue string) (bodies []string, err error)
}

// SQS drives a backend by the Amazon SQS API in its JSON form, without an SDK.
type SQS struct{}

// CreateQueue calls CreateQueue.
func (s SQS) CreateQueue(ctx context.Context, e backend.Endpoint, name string) error {
	return awsapi.New(e).JSON(ctx, awsapi.SQS, "CreateQueue", map[string]any{"QueueName": name}, nil)
}

// Send calls SendMessage.
func (s SQS) Send(ctx context.Context, e backend.Endpoint, queue, body string, delay time.Duration) error {
	in := map[string]any{"QueueUrl": s.url(e, queue), "MessageBody": body, "DelaySeconds": int(delay / time.Second)}
	return awsapi.New(e).JSON(ctx, awsapi.SQS, "SendMessage", in, nil)
}

// Receive calls ReceiveMessage.
func (s SQS) Receive(ctx context.Context, e backend.Endpoint, queue string) ([]string, error) {
	return s.Wait(ctx, e, queue, 0)
}

// Wait calls ReceiveMessage and waits for at most that long, in whole seconds up to 20, for something to come.
func (s SQS) Wait(ctx context.Context, e backend.Endpoint, queue string, wait time.Duration) ([]string, error) {
	var out struct {
		Messages []struct{ Body string }
	}
	in := map[string]any{"QueueUrl": s.url(e, queue), "MaxNumberOfMessages": 10, "WaitTimeSeconds": int(wait / time.Second)}
	if err := awsapi.New(e).JSON(ctx, awsapi.SQS, "ReceiveMessage", in, &out); err != nil {
		return nil, err
	}
	var bodies []string
	for _, m := range out.Messages {
		bodies = append(bodies, m.Body)
	}
	return bodies, nil
}

func (SQS) url(e backend.Endpoint, queue string) string {
	return e.URL + "/" + e.AccountID + "/" + queue
}
