package sqs

import (
	"errors"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestOperations_from_JSON_to_JSON(t *testing.T) {
	f := newFixture(t, engine.Options{})
	steps := []struct{ operation, request, answer string }{
		{"CreateQueue", `{"QueueName":"q","Attributes":{"VisibilityTimeout":"10"}}`, `{"QueueUrl":"http://127.0.0.1:4566/000000000001/q"}`},
		{"GetQueueUrl", `{"QueueName":"q"}`, `{"QueueUrl":"http://127.0.0.1:4566/000000000001/q"}`},
		{"GetQueueAttributes", `{"QueueUrl":"q","AttributeNames":["VisibilityTimeout","FifoQueue"]}`, `{"Attributes":{"VisibilityTimeout":"10"}}`},
		{"ReceiveMessage", `{"QueueUrl":"q"}`, `{}`},
		{"PurgeQueue", `{"QueueUrl":"q"}`, ``},
		{"ListQueueTags", `{"QueueUrl":"q"}`, `{}`},
	}
	for _, s := range steps {
		if got, err := f.do(s.operation, s.request); err != nil || got != s.answer {
			t.Errorf("%s %s: %s, %v\nwant %s", s.operation, s.request, got, err, s.answer)
		}
	}
	sent, err := f.do("SendMessage", `{"QueueUrl":"q","MessageBody":"hello <world>","MessageAttributes":{"Foo":{"DataType":"String","StringValue":"Bar"}}}`)
	if err != nil || !strings.Contains(sent, `"MD5OfMessageAttributes":"ae7155c6026991b6d54b11589678bf9c"`) || !strings.Contains(sent, `"MD5OfMessageBody":"f86f4fe790439eae6a63782aec18f9d9"`) {
		t.Errorf("%s, %v", sent, err)
	}
	got, err := f.do("ReceiveMessage", `{"QueueUrl":"q","MessageSystemAttributeNames":["ApproximateReceiveCount"],"MessageAttributeNames":["All"]}`)
	if err != nil || !strings.Contains(got, `"Body":"hello <world>"`) || !strings.Contains(got, `"Attributes":{"ApproximateReceiveCount":"1"}`) || !strings.Contains(got, `"MessageAttributes":{"Foo":{"StringValue":"Bar","DataType":"String"}}`) {
		t.Errorf("%s, %v", got, err)
	}
}

func TestOperations_refuse_with_namespaced_types_and_query_codes(t *testing.T) {
	f := newFixture(t, engine.Options{})
	if _, err := f.do("CreateQueue", `{"QueueName":"q"}`); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ operation, request, typ, query, message string }{
		{"SendMessage", `{"MessageBody":"x"}`, "com.amazon.coral.service#MissingRequiredParameterException", "MissingParameter;Sender", "The request must contain the parameter QueueUrl."},
		{"SendMessage", `{"QueueUrl":"missing","MessageBody":"x"}`, "com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue;Sender", "The specified queue does not exist."},
		{"ReceiveMessage", `{"QueueUrl":"q","MaxNumberOfMessages":11}`, "com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue;Sender", "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."},
		{"ReceiveMessage", `{"QueueUrl":"q","WaitTimeSeconds":21}`, "com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue;Sender", "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."},
		{"GetQueueAttributes", `{"QueueUrl":"q","AttributeNames":["Color"]}`, "com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName;Sender", "Unknown Attribute Color."},
		{"CreateQueue", `{"QueueName":"r","Attributes":{"Color":"red"}}`, "com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName;Sender", "Unknown Attribute Color."},
		{"DeleteMessage", `{"QueueUrl":"q","ReceiptHandle":"x"}`, "com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid;Sender", `The input receipt handle "x" is not a valid receipt handle.`},
		{"SendMessageBatch", `{"QueueUrl":"q"}`, "com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest;Sender", "There should be at least one SendMessageBatchRequestEntry in the request."},
		{"SendMessage", `{"QueueUrl":"q","MessageBody":"x","MessageAttributes":{"a":{"StringValue":"x"}}}`, "com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue;Sender", "The message (user) attribute 'a' must contain a non-empty message attribute type."},
	} {
		_, err := f.do(row.operation, row.request)
		e, ok := errors.AsType[*wire.Error](err)
		if !ok || e.Type() != row.typ || e.QueryError() != row.query || e.Message != row.message {
			t.Errorf("%s %s: %v\nwant %s (%s): %s", row.operation, row.request, err, row.typ, row.query, row.message)
		}
	}
	out, err := f.do("SendMessageBatch", `{"QueueUrl":"q","Entries":[{"Id":"a"},{"Id":"b","MessageBody":"x"}]}`)
	if err != nil || !strings.Contains(out, `"Failed":[{"Id":"a","SenderFault":true,"Code":"MissingParameter","Message":"The request must contain the parameter MessageBody."}]`) {
		t.Errorf("a faulty entry: %s, %v", out, err)
	}
}

func FuzzReceiptHandle(f *testing.F) {
	f.Add(receipt{queue: 7, seq: 9, count: 3}.handle())
	f.Add("")
	f.Add(strings.Repeat("A", 40))
	f.Fuzz(func(t *testing.T, handle string) {
		if r, ok := parseReceipt(handle); ok && r.handle() != handle {
			t.Errorf("%q is read as %+v, whose handle is %q", handle, r, r.handle())
		}
	})
}

func FuzzQueueURL(f *testing.F) {
	for _, url := range []string{"http://h/1/q", "q", "//", "https://", "?", "a/b/c/", "http://h"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		name := queueName(url)
		if strings.ContainsAny(name, "/?#") {
			t.Errorf("%q names the queue %q", url, name)
		}
		if account, region := queueOwner(url); account != "" && !event.IsAccount(account) || account == "" && region != "" {
			t.Errorf("%q is of account %q, region %q", url, account, region)
		}
		if validQueueName(name) && queueName(queueURL("http://host:4566", "000000000000", name)) != name {
			t.Errorf("%q does not survive its URL", name)
		}
	})
}
