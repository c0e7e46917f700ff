package sqs

import (
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func text(dataType, value string) MessageAttributeValue {
	return MessageAttributeValue{DataType: dataType, StringValue: wire.Some(value)}
}

// The checksums are those that AWS was recorded to answer in the SQS tests of LocalStack.
func TestAttributesMD5_is_what_AWS_answers(t *testing.T) {
	for _, row := range []struct {
		want, reason string
		attributes   map[string]MessageAttributeValue
	}{
		{"ae7155c6026991b6d54b11589678bf9c", "one String", map[string]MessageAttributeValue{"Foo": text("String", "Bar")}},
		{"4c360f3fdafd970e05fae2f149d997f5", "sorted by name", map[string]MessageAttributeValue{
			"Help.Me": text("String", "Me"), "Hello": text("String", "There"), "General": text("String", "Kenobi"),
		}},
		{"8cbe4db156db8a94db8b801b7addb984", "Binary with a control character", map[string]MessageAttributeValue{
			"attr1": {DataType: "Binary", BinaryValue: []byte("traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01")},
		}},
	} {
		if got := attributesMD5(row.attributes); got != row.want {
			t.Errorf("%s: %s, want %s", row.reason, got, row.want)
		}
	}
}

func TestReceive_selects_attributes(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q", "VisibilityTimeout", "0")
	if _, err := f.sqs.SendMessage(f.call("SendMessage"), &SendMessageInput{
		QueueUrl: url, MessageBody: "msg",
		MessageAttributes:       map[string]MessageAttributeValue{"Help.Me": text("String", "Me"), "Hello": text("String", "There"), "General": text("String", "Kenobi")},
		MessageSystemAttributes: map[string]MessageSystemAttributeValue{"AWSTraceHeader": {DataType: "String", StringValue: wire.Some("Root=1-2")}},
	}); err != nil {
		t.Fatal(err)
	}
	all := []string{"General", "Hello", "Help.Me"}
	for _, row := range []struct {
		reason     string
		names      []string
		want       []string
		md5        string
		system     []string
		wantSystem []string
	}{
		{reason: "nothing asked, nothing told"},
		{reason: "All", names: []string{"All"}, want: all, md5: "4c360f3fdafd970e05fae2f149d997f5"},
		{reason: ".* is All", names: []string{".*"}, want: all, md5: "4c360f3fdafd970e05fae2f149d997f5"},
		{reason: "* is All", names: []string{"*"}, want: all, md5: "4c360f3fdafd970e05fae2f149d997f5"},
		{reason: "the checksum covers what is answered", names: []string{"Hello", "General"}, want: []string{"General", "Hello"}, md5: "fca026605781cb4126a1e9044df24232"},
		{reason: "unknown names are passed over", names: []string{"Foo", "Hello"}, want: []string{"Hello"}, md5: "a311262e065454b75da111d535b8dacd"},
		{reason: "by prefix", names: []string{"Hel.*"}, want: []string{"Hello", "Help.Me"}, md5: "83fee93c1bcd8b9a5a923ffacdc636c7"},
		{reason: "names AWS reserves select nothing", names: []string{"AWS."}},
		{reason: "system attributes by name", system: []string{"SenderId", "AWSTraceHeader", "DeadLetterQueueSourceArn"}, wantSystem: []string{"AWSTraceHeader", "SenderId"}},
		{reason: "all system attributes", system: []string{"All"}, wantSystem: []string{"AWSTraceHeader", "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SenderId", "SentTimestamp"}},
	} {
		for _, older := range []bool{false, true} {
			in := &ReceiveMessageInput{QueueUrl: url, MessageAttributeNames: row.names, MessageSystemAttributeNames: row.system}
			if older {
				in.AttributeNames, in.MessageSystemAttributeNames = row.system, nil
			}
			out, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), in)
			if err != nil || len(out.Messages) != 1 {
				t.Fatalf("%s: %v, %d messages", row.reason, err, len(out.Messages))
			}
			m := out.Messages[0]
			if got := wire.SortedKeys(m.MessageAttributes); !slices.Equal(got, row.want) || m.MD5OfMessageAttributes.V != row.md5 {
				t.Errorf("%s: %v with checksum %s", row.reason, got, m.MD5OfMessageAttributes.V)
			}
			if got := wire.SortedKeys(m.Attributes); !slices.Equal(got, row.wantSystem) {
				t.Errorf("%s: system attributes %v, want %v", row.reason, got, row.wantSystem)
			}
		}
	}
}

func TestSend_refuses_what_AWS_refuses(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q", "MaximumMessageSize", "2048")
	eleven := map[string]MessageAttributeValue{}
	for _, c := range "abcdefghijk" {
		eleven[string(c)] = text("String", "x")
	}
	with := func(name string, a MessageAttributeValue) *SendMessageInput {
		return &SendMessageInput{QueueUrl: url, MessageBody: "x", MessageAttributes: map[string]MessageAttributeValue{name: a}}
	}
	for _, row := range []struct {
		code, message string
		in            *SendMessageInput
	}{
		{"MissingParameter", "The request must contain the parameter MessageBody.", &SendMessageInput{QueueUrl: url}},
		{"MissingParameter", "The request must contain the parameter QueueUrl.", &SendMessageInput{MessageBody: "x"}},
		{"AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", &SendMessageInput{QueueUrl: url + "z", MessageBody: "x"}},
		{"AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", &SendMessageInput{QueueUrl: "http://127.0.0.1", MessageBody: "x"}},
		{"InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than 2048 bytes.", &SendMessageInput{QueueUrl: url, MessageBody: strings.Repeat("x", 2049)}},
		{"InvalidMessageContents", invalidCharacters, &SendMessageInput{QueueUrl: url, MessageBody: "a\x00"}},
		{"InvalidMessageContents", invalidCharacters, &SendMessageInput{QueueUrl: url, MessageBody: "é\x1f"}},
		{"InvalidMessageContents", invalidCharacters, &SendMessageInput{QueueUrl: url, MessageBody: "\uffff"}},
		{"InvalidMessageContents", invalidCharacters, &SendMessageInput{QueueUrl: url, MessageBody: "\xff\xfe"}},
		{"InvalidParameterValue", "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", &SendMessageInput{QueueUrl: url, MessageBody: "x", DelaySeconds: wire.Some(int32(901))}},
		{"InvalidParameterValue", "Value group 123 for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.", &SendMessageInput{QueueUrl: url, MessageBody: "x", MessageGroupId: wire.Some("group 123")}},
		{"InvalidParameterValue", "Number of message attributes [11] exceeds the allowed maximum [10].", &SendMessageInput{QueueUrl: url, MessageBody: "x", MessageAttributes: eleven}},
		{"InvalidParameterValue", "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.", with("ErrorDetails", text("String", ""))},
		{"InvalidParameterValue", "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String.", with("a", text("Text", "x"))},
		{"InvalidParameterValue", "Can't cast the value of message (user) attribute 'a' to a number.", with("a", text("Number", "twelve"))},
		{"InvalidParameterValue", "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.", with("aws.x", text("String", "x"))},
		{"InvalidParameterValue", "Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ", with("a b", text("String", "x"))},
	} {
		_, err := f.sqs.SendMessage(f.call("SendMessage"), row.in)
		wantError(t, err, row.code, row.message)
	}
	if n := f.counts(url); n[0] != "0" {
		t.Errorf("%s messages were stored by refused calls", n[0])
	}
	for _, body := range []string{strings.Repeat("x", 2048), "\t\n\r \ud7ff\ue000\ufffd\U00010000\U0010ffff"} {
		f.send(url, body)
	}
}

func TestSendBatch_fails_by_entry_and_as_a_whole(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q")
	entries := func(ids ...string) []SendMessageBatchRequestEntry {
		list := []SendMessageBatchRequestEntry{}
		for _, id := range ids {
			list = append(list, SendMessageBatchRequestEntry{Id: id, MessageBody: "x"})
		}
		return list
	}
	big := entries("a", "b")
	big[0].MessageBody = strings.Repeat("x", maxMessage)
	for _, row := range []struct {
		code, message string
		entries       []SendMessageBatchRequestEntry
	}{
		{"AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request.", nil},
		{"AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 11.", entries("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")},
		{"AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "Id a repeated.", entries("a", "b", "a")},
		{"AWS.SimpleQueueService.InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.", entries("a b")},
		{"AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.", big},
	} {
		_, err := f.sqs.SendMessageBatch(f.call("SendMessageBatch"), &SendMessageBatchInput{QueueUrl: url, Entries: row.entries})
		wantError(t, err, row.code, row.message)
	}
	mixed := entries("good", "bad", "late")
	mixed[1].MessageBody = "\x01"
	mixed[2].DelaySeconds = wire.Some(int32(901))
	out, err := f.sqs.SendMessageBatch(f.call("SendMessageBatch"), &SendMessageBatchInput{QueueUrl: url, Entries: mixed})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Successful) != 1 || out.Successful[0].Id != "good" || len(out.Failed) != 2 || out.Failed[0].Code != "InvalidMessageContents" || !out.Failed[0].SenderFault || out.Failed[1].Code != "InvalidParameterValue" {
		t.Errorf("batch result %s", mustJSON(t, out))
	}
	if n := f.counts(url); n[0] != "1" {
		t.Errorf("%s messages are stored", n[0])
	}
}

func TestDelete_and_change_batches_fail_by_entry(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url, other := f.create("q"), f.create("other")
	f.send(url, "x")
	f.send(other, "y")
	handle, foreign := f.receive(url, 1, 0)[0].ReceiptHandle.V, f.receive(other, 1, 0)[0].ReceiptHandle.V
	changed, err := f.sqs.ChangeMessageVisibilityBatch(f.call("ChangeMessageVisibilityBatch"), &ChangeMessageVisibilityBatchInput{QueueUrl: url, Entries: []ChangeMessageVisibilityBatchRequestEntry{
		{Id: "1", ReceiptHandle: handle, VisibilityTimeout: wire.Some(int32(60))}, {Id: "2", ReceiptHandle: handle, VisibilityTimeout: wire.Some(int32(43201))},
	}})
	if err != nil || len(changed.Successful) != 1 || len(changed.Failed) != 1 || changed.Failed[0].Code != "InvalidParameterValue" {
		t.Errorf("%v, %s", err, mustJSON(t, changed))
	}
	deleted, err := f.sqs.DeleteMessageBatch(f.call("DeleteMessageBatch"), &DeleteMessageBatchInput{QueueUrl: url, Entries: []DeleteMessageBatchRequestEntry{
		{Id: "1", ReceiptHandle: handle}, {Id: "2", ReceiptHandle: foreign}, {Id: "3", ReceiptHandle: handle},
	}})
	if err != nil || len(deleted.Successful) != 2 || len(deleted.Failed) != 1 || deleted.Failed[0].Id != "2" || deleted.Failed[0].Code != "ReceiptHandleIsInvalid" {
		t.Errorf("%v, %s", err, mustJSON(t, deleted))
	}
	if n := f.counts(url); n != [3]string{"0", "0", "0"} {
		t.Errorf("counts %v", n)
	}
}
