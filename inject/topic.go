package inject

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
)

// topicBytes is the most that a message of a topic may have.
//
// Source: SNS API Reference, Publish, Message.
const topicBytes = 256 << 10

type topicSender struct{}

func (topicSender) most() (entries, bytes int) { return 1, topicBytes }

func (topicSender) prepare(t *transaction, e *event.Event, to event.Place, marks []mark) (any, int, error) {
	m, size, err := messageOf(t, e, to, marks)
	if err == nil && m.trace != "" {
		err = fmt.Errorf("a topic takes no %s with a message", nameAWSTrace)
	}
	return m, size, err
}

// open asks for the topic. An endpoint may not know its account, or an emulator have another: then the topic is looked for by name.
func (topicSender) open(ctx context.Context, c awsapi.Client, to event.Place) (any, error) {
	at := c.Endpoint()
	if at.AccountID == "" {
		return findTopic(ctx, c, to.Name())
	}
	arn := strings.Join([]string{"arn", partition(at.Region), "sns", at.Region, at.AccountID, to.Name()}, ":")
	err := c.Query(ctx, awsapi.SNS, "GetTopicAttributes", url.Values{"TopicArn": {arn}}, nil)
	if e, ok := errors.AsType[*awsapi.Error](err); ok && e.Missing() {
		if found, lookErr := findTopic(ctx, c, to.Name()); lookErr == nil {
			return found, nil
		}
	}
	return arn, err
}

// findTopic returns the ARN of a topic.
func findTopic(ctx context.Context, c awsapi.Client, name string) (string, error) {
	arn, err := c.Topic(ctx, name)
	if err == nil && arn == "" {
		err = &awsapi.Error{Service: "sns", Operation: "ListTopics", Code: "NotFound", Message: "there is no topic " + name}
	}
	return arn, err
}

// partition returns the part of AWS that a region is in.
//
// Source: AWS General Reference, "Amazon Resource Names (ARNs)".
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func (topicSender) send(ctx context.Context, c awsapi.Client, arn any, batch []*job) error {
	m := batch[0].load.(*message)
	form := url.Values{"TopicArn": {arn.(string)}, "Message": {m.body}}
	for i, name := range slices.Sorted(maps.Keys(m.attributes)) {
		a := m.attributes[name]
		member := fmt.Sprintf("MessageAttributes.entry.%d.", i+1)
		form.Set(member+"Name", name)
		form.Set(member+"Value.DataType", a.DataType)
		if a.BinaryValue != "" {
			form.Set(member+"Value.BinaryValue", a.BinaryValue)
		} else {
			form.Set(member+"Value.StringValue", a.StringValue)
		}
	}
	if m.group != "" {
		form.Set("MessageGroupId", m.group)
	}
	if m.dedup != "" {
		form.Set("MessageDeduplicationId", m.dedup)
	}
	var out struct{ MessageId string }
	err := c.Query(ctx, awsapi.SNS, "Publish", form, &out)
	batch[0].result.ID = out.MessageId
	return err
}
