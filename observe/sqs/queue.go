package sqs

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Queue is a queue as an observe.Source. Safe for concurrent use.
type Queue struct {
	client awsapi.Client
	url    string
	place  event.Place
}

var _ observe.Source = (*Queue)(nil)

// Open looks the queue up by its name. An error of the service is an *[awsapi.Error].
func Open(ctx context.Context, at backend.Endpoint, name string) (*Queue, error) {
	q := &Queue{client: awsapi.New(at), place: event.At(event.PlaceQueue, name)}
	var out struct{ QueueUrl string }
	if err := q.client.JSON(ctx, awsapi.SQS, "GetQueueUrl", map[string]any{"QueueName": name}, &out); err != nil {
		return nil, fmt.Errorf("queue %s: %w", name, err)
	}
	q.url = out.QueueUrl
	return q, nil
}

// Limits of the service: SQS API Reference, ReceiveMessage and ChangeMessageVisibility.
const (
	longestPoll       = 20 * time.Second
	longestVisibility = 12 * time.Hour
	batchSize         = 10
)

// LongPoll returns 20 s.
func (q *Queue) LongPoll() time.Duration { return longestPoll }

type attribute struct {
	DataType    string
	StringValue string
	BinaryValue string // base64
}

type message struct {
	MessageId         string
	ReceiptHandle     string
	Body              string
	Attributes        map[string]string
	MessageAttributes map[string]attribute
}

// Receive asks for at most ten messages. SQS waits in whole seconds: of a wait with a fraction the fraction is left out.
func (q *Queue) Receive(ctx context.Context, wait, hide time.Duration) ([]observe.Message, error) {
	var out struct{ Messages []message }
	err := q.client.JSON(ctx, awsapi.SQS, "ReceiveMessage", map[string]any{
		"QueueUrl": q.url, "MaxNumberOfMessages": batchSize, "WaitTimeSeconds": int(min(wait, longestPoll) / time.Second),
		"VisibilityTimeout":     int((min(hide, longestVisibility) + time.Second - 1) / time.Second),
		"MessageAttributeNames": []string{"All"}, "MessageSystemAttributeNames": []string{"All"},
	}, &out)
	if err != nil {
		return nil, err
	}
	list := make([]observe.Message, len(out.Messages))
	for i, m := range out.Messages {
		attempt, _ := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
		list[i] = observe.Message{ID: m.MessageId, Handle: m.ReceiptHandle, Place: q.place, Body: m.Body, Attempt: attempt}
		for name, a := range m.MessageAttributes {
			if list[i].Attributes == nil {
				list[i].Attributes = map[string]string{}
			}
			list[i].Attributes[name] = cmp.Or(a.StringValue, a.BinaryValue)
		}
	}
	return list, nil
}

// Ack deletes the messages.
func (q *Queue) Ack(ctx context.Context, messages []observe.Message) error {
	return q.each(ctx, "DeleteMessageBatch", messages, nil)
}

// Return makes the messages visible to others at once. Their receive count stays raised by one: a queue with a redrive policy
// counts that, too.
func (q *Queue) Return(ctx context.Context, messages []observe.Message) error {
	return q.each(ctx, "ChangeMessageVisibilityBatch", messages, map[string]any{"VisibilityTimeout": 0})
}

// each calls a batch operation for all messages, ten at a time, and returns the first error.
func (q *Queue) each(ctx context.Context, operation string, messages []observe.Message, more map[string]any) error {
	var first error
	for len(messages) > 0 {
		n := min(len(messages), batchSize)
		if err := q.batch(ctx, operation, messages[:n], more); err != nil && first == nil {
			first = err
		}
		messages = messages[n:]
	}
	return first
}

func (q *Queue) batch(ctx context.Context, operation string, messages []observe.Message, more map[string]any) error {
	entries := make([]map[string]any, len(messages))
	for i, m := range messages {
		entries[i] = map[string]any{"Id": strconv.Itoa(i), "ReceiptHandle": m.Handle}
		for name, value := range more {
			entries[i][name] = value
		}
	}
	var out struct {
		Failed []struct{ Id, Code, Message string }
	}
	if err := q.client.JSON(ctx, awsapi.SQS, operation, map[string]any{"QueueUrl": q.url, "Entries": entries}, &out); err != nil {
		return err
	}
	if len(out.Failed) > 0 {
		f := out.Failed[0]
		return &awsapi.Error{Service: "sqs", Operation: operation, Code: f.Code, Message: fmt.Sprintf("%d of %d entries failed, the first: %s", len(out.Failed), len(messages), f.Message)}
	}
	return nil
}
