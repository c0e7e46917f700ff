package inject

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
)

// What SendMessageBatch takes at once.
//
// Source: SQS API Reference, SendMessageBatch.
const (
	queueEntries = 10
	queueBytes   = 1 << 20
)

// attributeValue is a message attribute, of SQS and, in another form, of SNS.
type attributeValue struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue string `json:",omitempty"` // base64
}

// message is what SQS and SNS take.
type message struct {
	body       string
	attributes map[string]attributeValue
	trace      string
	group      string
	dedup      string
}

// messageOf reads an event for a queue or topic.
func messageOf(t *transaction, e *event.Event, to event.Place, marks []mark) (*message, int, error) {
	if err := markMessage(e, marks, t.Keep); err != nil {
		return nil, 0, err
	}
	m := &message{body: e.Body, group: e.Key}
	if m.body == "" {
		return nil, 0, errors.New("the body is empty")
	}
	size := len(m.body)
	for name, value := range e.Attributes {
		switch name {
		case nameAWSTrace:
			m.trace = value
			continue
		case event.AttributeDeduplicationID:
			m.dedup = value
			continue
		}
		kind := e.AttributeTypes[name]
		if kind == "" {
			kind = "String"
		}
		a := attributeValue{DataType: kind, StringValue: value}
		if strings.HasPrefix(kind, "Binary") {
			a.StringValue, a.BinaryValue = "", value
		}
		if m.attributes == nil {
			m.attributes = map[string]attributeValue{}
		}
		m.attributes[name] = a
		size += len(name) + len(kind) + len(value)
	}
	switch fifo := isFIFO(to); {
	case fifo && m.group == "":
		return nil, 0, fmt.Errorf("a FIFO %s needs a message group: set Key (in a file @key or \"key\")", to.Kind())
	case !fifo && m.dedup != "":
		return nil, 0, fmt.Errorf("a %s that is not FIFO takes no deduplication id", to.Kind())
	case fifo && m.dedup == "":
		m.dedup = t.uuid()
	}
	return m, size, nil
}

type queueSender struct{}

func (queueSender) most() (entries, bytes int) { return queueEntries, queueBytes }

func (queueSender) prepare(t *transaction, e *event.Event, to event.Place, marks []mark) (any, int, error) {
	return messageOf(t, e, to, marks)
}

// open asks for the queue's URL.
func (queueSender) open(ctx context.Context, c awsapi.Client, to event.Place) (any, error) {
	var out struct{ QueueUrl string }
	err := c.JSON(ctx, awsapi.SQS, "GetQueueUrl", map[string]any{"QueueName": to.Name()}, &out)
	return out.QueueUrl, err
}

// queueEntry is an entry of SendMessageBatch.
type queueEntry struct {
	Id                      string
	MessageBody             string
	MessageAttributes       map[string]attributeValue `json:",omitempty"`
	MessageSystemAttributes map[string]attributeValue `json:",omitempty"`
	MessageGroupId          string                    `json:",omitempty"`
	MessageDeduplicationId  string                    `json:",omitempty"`
}

func (queueSender) send(ctx context.Context, c awsapi.Client, url any, batch []*job) error {
	entries := make([]queueEntry, len(batch))
	for i, j := range batch {
		m := j.load.(*message)
		entries[i] = queueEntry{
			Id: strconv.Itoa(i), MessageBody: m.body, MessageAttributes: m.attributes, MessageGroupId: m.group, MessageDeduplicationId: m.dedup,
		}
		if m.trace != "" {
			entries[i].MessageSystemAttributes = map[string]attributeValue{nameAWSTrace: {DataType: "String", StringValue: m.trace}}
		}
	}
	var out struct {
		Successful []struct{ Id, MessageId string }
		Failed     []struct {
			Id, Code, Message string
			SenderFault       bool
		}
	}
	if err := c.JSON(ctx, awsapi.SQS, "SendMessageBatch", map[string]any{"QueueUrl": url, "Entries": entries}, &out); err != nil {
		return err
	}
	told := make([]bool, len(batch))
	at := func(id string) *Result {
		i, err := strconv.Atoi(id)
		if err != nil || i < 0 || i >= len(batch) {
			return &Result{} // of nothing that was asked for
		}
		told[i] = true
		return batch[i].result
	}
	for _, done := range out.Successful {
		at(done.Id).ID = done.MessageId
	}
	for _, f := range out.Failed {
		e := &awsapi.Error{Service: "sqs", Operation: "SendMessageBatch", Code: f.Code, Message: f.Message}
		if !f.SenderFault {
			e.Status = 500 // the service's own fault, which may pass
		}
		at(f.Id).Err = e
	}
	for i, j := range batch {
		if !told[i] {
			j.result.Err = incomplete("sqs", "SendMessageBatch", len(out.Successful)+len(out.Failed), len(batch))
		}
	}
	return nil
}
