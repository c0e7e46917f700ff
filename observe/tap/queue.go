package tap

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/sqs"
)

// ownQueue is a queue that was made for the tap.
type ownQueue struct {
	name, url, arn string
	source         *sqs.Queue
	statements     []statement // of its policy
}

// statement lets a service send to the queue on behalf of one rule or topic.
type statement struct {
	Sid       string
	Effect    string
	Principal map[string]string
	Action    string
	Resource  string
	Condition map[string]map[string]string
}

const longestRetention = "1209600" // 14 days in seconds, SQS's maximum: virtual time passes quickly

// makeQueue makes the tap's queue; attributes are added to those that every such queue has.
func (t *Tap) makeQueue(ctx context.Context, attributes map[string]string) (*ownQueue, error) {
	q := &ownQueue{name: Prefix + t.o.Run}
	all := map[string]string{"MessageRetentionPeriod": longestRetention}
	for name, value := range attributes {
		all[name] = value
	}
	if all["FifoQueue"] == "true" {
		q.name += ".fifo"
	}
	// Before the call: its answer may be lost, and the queue be there.
	t.keep(made{"queue", q.name, func(ctx context.Context) error { return removeQueue(ctx, t.client, q.name) }})
	var out struct{ QueueUrl string }
	in := map[string]any{"QueueName": q.name, "Attributes": all, "tags": t.o.tags(time.Now())}
	if err := t.client.JSON(ctx, awsapi.SQS, "CreateQueue", in, &out); err != nil {
		return nil, t.failed("the queue of the tap could not be made", err)
	}
	q.url = out.QueueUrl
	has, err := t.queueAttributes(ctx, q.url, "QueueArn")
	if err != nil {
		return nil, t.failed("the queue of the tap could not be looked up", err)
	}
	q.arn = has["QueueArn"]
	if q.source, err = sqs.Open(ctx, t.client.Endpoint(), q.name); err != nil {
		return nil, t.failed("the queue of the tap could not be opened", err)
	}
	t.reader = q
	return q, nil
}

func removeQueue(ctx context.Context, c awsapi.Client, name string) error {
	var out struct{ QueueUrl string }
	if err := c.JSON(ctx, awsapi.SQS, "GetQueueUrl", map[string]any{"QueueName": name}, &out); err != nil {
		return err
	}
	return c.JSON(ctx, awsapi.SQS, "DeleteQueue", map[string]any{"QueueUrl": out.QueueUrl}, nil)
}

func (t *Tap) queueAttributes(ctx context.Context, url string, names ...string) (map[string]string, error) {
	var out struct{ Attributes map[string]string }
	err := t.client.JSON(ctx, awsapi.SQS, "GetQueueAttributes", map[string]any{"QueueUrl": url, "AttributeNames": names}, &out)
	return out.Attributes, err
}

// admit lets a service send to the queue for the rule or topic with that ARN.
//
// Source: EventBridge User Guide and SNS Developer Guide, resource-based policies of SQS queues.
func (t *Tap) admit(ctx context.Context, q *ownQueue, service, source string) error {
	q.statements = append(q.statements, statement{
		Sid: fmt.Sprintf("tap%d", len(q.statements)+1), Effect: "Allow", Principal: map[string]string{"Service": service}, Action: "sqs:SendMessage",
		Resource: q.arn, Condition: map[string]map[string]string{"ArnEquals": {"aws:SourceArn": source}},
	})
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": q.statements})
	if err != nil {
		return err
	}
	in := map[string]any{"QueueUrl": q.url, "Attributes": map[string]string{"Policy": string(policy)}}
	if err := t.client.JSON(ctx, awsapi.SQS, "SetQueueAttributes", in, nil); err != nil {
		return t.failed("the queue of the tap could not be opened to "+service, err)
	}
	return nil
}

func (q *ownQueue) longPoll() time.Duration { return q.source.LongPoll() }

// hideRead is how long a message is hidden that is to be deleted at once.
const hideRead = 30 * time.Second

// read takes messages off the queue: nobody else has a use for them. One that could not be deleted comes again, and is known then.
func (q *ownQueue) read(ctx context.Context, wait time.Duration) ([]observe.Message, error) {
	batch, err := q.source.Receive(ctx, wait, hideRead)
	if len(batch) == 0 {
		return nil, err
	}
	return batch, q.source.Ack(context.WithoutCancel(ctx), batch)
}

// queueByName looks a queue up.
func (t *Tap) queueByName(ctx context.Context, name string) (url string, attributes map[string]string, err error) {
	var out struct{ QueueUrl string }
	if err := t.client.JSON(ctx, awsapi.SQS, "GetQueueUrl", map[string]any{"QueueName": name}, &out); err != nil {
		return "", nil, t.absent("queue", err)
	}
	attributes, err = t.queueAttributes(ctx, out.QueueUrl, "All")
	if err != nil {
		return "", nil, t.absent("queue", err)
	}
	return out.QueueUrl, attributes, nil
}

// absent words a refusal to describe the place.
func (t *Tap) absent(kind string, err error) error {
	if missing(err) {
		return t.failed("the "+kind+" does not exist: make it before a tap is attached, and attach the tap before the stimulus", err)
	}
	return t.failed("the "+kind+" could not be looked up", err)
}

// placeOfARN returns the place that an ARN names.
func placeOfARN(kind, arn string) event.Place {
	return event.At(kind, lastPart(arn))
}
