package layer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
)

// queue is the queue of a trial, with its dead-letter queue, as seen by whoever fills it.
type queue struct {
	client      awsapi.Client
	name        string
	url         string
	dlq         string // URL; "" if it has none
	visibility  time.Duration
	maxReceives int
	fifo        bool
	sent        []string // message ids, in the order sent
}

// Names of clients in traces: of who sends the events, and of who receives them for a handler.
const (
	producerName = "cases"
	consumerName = "consumer"
)

// openQueue looks the queue up, or makes it with a dead-letter queue.
func openQueue(ctx context.Context, b backend.Backend, name string, c Cases) (*queue, error) {
	q := &queue{client: awsapi.New(b.Endpoint(producerName)), name: name, fifo: c.FIFO}
	if q.fifo && !strings.HasSuffix(name, ".fifo") {
		q.name += ".fifo"
	}
	url, err := q.lookup(ctx, q.name)
	if failed, ok := errors.AsType[*awsapi.Error](err); ok && failed.Missing() {
		url, err = q.create(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	q.url, q.fifo = url, strings.HasSuffix(q.name, ".fifo")
	return q, q.configure(ctx)
}

func (q *queue) lookup(ctx context.Context, name string) (string, error) {
	var out struct{ QueueUrl string }
	err := q.client.JSON(ctx, awsapi.SQS, "GetQueueUrl", map[string]any{"QueueName": name}, &out)
	return out.QueueUrl, err
}

func (q *queue) create(ctx context.Context, c Cases) (string, error) {
	dead, suffix := strings.TrimSuffix(q.name, ".fifo")+"-dlq", ""
	attributes := map[string]string{"VisibilityTimeout": "30"}
	if c.Visibility > 0 {
		attributes["VisibilityTimeout"] = strconv.Itoa(int((c.Visibility + time.Second - 1) / time.Second))
	}
	kind := map[string]string{}
	if q.fifo {
		suffix, kind["FifoQueue"], attributes["FifoQueue"] = ".fifo", "true", "true"
	}
	deadURL, err := q.make(ctx, dead+suffix, kind)
	if err != nil {
		return "", err
	}
	of, err := q.attributes(ctx, deadURL)
	if err != nil {
		return "", err
	}
	receives := 3
	if c.MaxReceives > 0 {
		receives = c.MaxReceives
	}
	attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, of["QueueArn"], receives)
	return q.make(ctx, q.name, attributes)
}

func (q *queue) make(ctx context.Context, name string, attributes map[string]string) (string, error) {
	var out struct{ QueueUrl string }
	err := q.client.JSON(ctx, awsapi.SQS, "CreateQueue", map[string]any{"QueueName": name, "Attributes": attributes}, &out)
	return out.QueueUrl, err
}

func (q *queue) attributes(ctx context.Context, url string) (map[string]string, error) {
	var out struct{ Attributes map[string]string }
	err := q.client.JSON(ctx, awsapi.SQS, "GetQueueAttributes", map[string]any{"QueueUrl": url, "AttributeNames": []string{"All"}}, &out)
	return out.Attributes, err
}

// configure learns what the queue does with messages that are not acknowledged.
func (q *queue) configure(ctx context.Context) error {
	attributes, err := q.attributes(ctx, q.url)
	if err != nil {
		return err
	}
	seconds, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if err != nil {
		return fmt.Errorf("queue %s has the visibility timeout %q", q.name, attributes["VisibilityTimeout"])
	}
	q.visibility = time.Duration(seconds) * time.Second
	if attributes["RedrivePolicy"] == "" {
		return nil
	}
	var policy struct {
		Target string      `json:"deadLetterTargetArn"`
		Max    json.Number `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(attributes["RedrivePolicy"]), &policy); err != nil {
		return fmt.Errorf("the redrive policy of queue %s: %w", q.name, err)
	}
	most, err := strconv.Atoi(policy.Max.String())
	if err != nil {
		return fmt.Errorf("the redrive policy of queue %s: %w", q.name, err)
	}
	q.maxReceives = most
	q.dlq, err = q.lookup(ctx, policy.Target[strings.LastIndexByte(policy.Target, ':')+1:])
	return err
}

// send puts an event into the queue.
func (q *queue) send(ctx context.Context, e event.Event) error {
	in := map[string]any{"QueueUrl": q.url, "MessageBody": e.Body}
	if len(e.Attributes) > 0 {
		attributes := map[string]any{}
		for name, value := range e.Attributes {
			switch typ := e.AttributeTypes[name]; {
			case typ == "":
				attributes[name] = map[string]string{"DataType": "String", "StringValue": value}
			case strings.HasPrefix(typ, "Binary"):
				attributes[name] = map[string]string{"DataType": typ, "BinaryValue": value}
			default:
				attributes[name] = map[string]string{"DataType": typ, "StringValue": value}
			}
		}
		in["MessageAttributes"] = attributes
	}
	if q.fifo {
		in["MessageGroupId"], in["MessageDeduplicationId"] = "all", strconv.Itoa(len(q.sent)+1)
		if e.Key != "" {
			in["MessageGroupId"] = e.Key
		}
	}
	var out struct{ MessageId string }
	err := q.client.JSON(ctx, awsapi.SQS, "SendMessage", in, &out)
	q.sent = append(q.sent, out.MessageId)
	return err
}

// left counts the messages that are in the queue, in flight and delayed ones with them.
func (q *queue) left(ctx context.Context) (n int, err error) {
	attributes, err := q.attributes(ctx, q.url)
	for _, name := range []string{"", "NotVisible", "Delayed"} {
		k, _ := strconv.Atoi(attributes["ApproximateNumberOfMessages"+name])
		n += k
	}
	return n, err
}

// dead returns the bodies of the messages in the dead-letter queue, sorted.
func (q *queue) dead(ctx context.Context) (bodies []string, err error) {
	if q.dlq == "" {
		return nil, nil
	}
	for {
		var out struct {
			Messages []struct{ Body, ReceiptHandle string }
		}
		in := map[string]any{"QueueUrl": q.dlq, "MaxNumberOfMessages": 10, "VisibilityTimeout": 43200}
		if err := q.client.JSON(ctx, awsapi.SQS, "ReceiveMessage", in, &out); err != nil {
			return nil, err
		}
		if len(out.Messages) == 0 {
			slices.Sort(bodies)
			return bodies, nil
		}
		for _, m := range out.Messages {
			bodies = append(bodies, m.Body)
			in := map[string]any{"QueueUrl": q.dlq, "ReceiptHandle": m.ReceiptHandle}
			if err := q.client.JSON(ctx, awsapi.SQS, "DeleteMessage", in, nil); err != nil {
				return nil, err
			}
		}
	}
}

// place is where the queue is in traces.
func (q *queue) place() event.Place { return event.At(event.PlaceQueue, q.name) }
