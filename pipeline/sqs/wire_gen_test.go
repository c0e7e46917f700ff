package sqs

import (
	"errors"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/wire"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The bodies are written by hand after the API reference, not by a program that reads the same models.
const sendBody = `{"QueueUrl":"http://127.0.0.1:4566/000000000000/orders","MessageBody":"{\"type\":\"ContactCreated\",\"n\":1}","DelaySeconds":0,
 "MessageAttributes":{"traceparent":{"DataType":"String","StringValue":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
  "raw":{"DataType":"Binary","BinaryValue":"AQID"}},"MessageGroupId":null,"Unknown":{"a":[1]}}`

func TestWire_reads_SendMessage(t *testing.T) {
	var in SendMessageInput
	if err := wire.DecodeBody([]byte(sendBody), false, in.DecodeJSON); err != nil {
		t.Fatal(err)
	}
	want := SendMessageInput{
		QueueUrl: "http://127.0.0.1:4566/000000000000/orders", MessageBody: `{"type":"ContactCreated","n":1}`, DelaySeconds: wire.Some[int32](0),
		MessageAttributes: map[string]MessageAttributeValue{
			"traceparent": {DataType: "String", StringValue: wire.Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")},
			"raw":         {DataType: "Binary", BinaryValue: []byte{1, 2, 3}},
		},
	}
	if diff := cmp.Diff(want, in, cmpopts.IgnoreUnexported(SendMessageInput{}, MessageAttributeValue{})); diff != "" {
		t.Error(diff)
	}
}

func TestWire_names_missing_members(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                              "queueUrl entries",
		`{"QueueUrl":null,"Entries":[]}`:  "queueUrl",
		`{"QueueUrl":"q","Entries":[{}]}`: "entries.1.member.id entries.1.member.messageBody",
		`{"queueUrl":"q","entries":[]}`:   "queueUrl entries",
		`{"QueueUrl":"","Entries":[]}`:    "",
		`{"QueueUrl":"q","Entries":[{"Id":"1","MessageBody":"b","MessageAttributes":{"k":{}}}]}`: "entries.1.member.messageAttributes.k.member.dataType",
	} {
		var in SendMessageBatchInput
		if err := wire.DecodeBody([]byte(body), false, in.DecodeJSON); err != nil {
			t.Fatal(err)
		}
		var v wire.Violations
		in.Violations(&v)
		if got := strings.Join(v.Names(wire.Required), " "); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

func TestWire_writes_ReceiveMessage(t *testing.T) {
	out := ReceiveMessageOutput{Messages: []Message{{
		MessageId: wire.Some("id"), Body: wire.Some("a<b>\"\u00e9\n"), Attributes: map[string]string{"b": "2", "a": "1"},
		MessageAttributes: map[string]MessageAttributeValue{"raw": {DataType: "Binary", BinaryValue: []byte{1, 2, 3}}},
	}, {}}}
	want := `{"Messages":[{"MessageId":"id","Body":"a<b>\"é\n","Attributes":{"a":"1","b":"2"},"MessageAttributes":{"raw":{"BinaryValue":"AQID","DataType":"Binary"}}},{}]}`
	if got := string(out.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(new(ReceiveMessageOutput).AppendJSON(nil)); got != `{}` {
		t.Errorf("an answer without messages is %s", got)
	}
}

func TestWire_errors_carry_AWS_codes(t *testing.T) {
	e := ErrQueueDoesNotExist("The specified queue does not exist.")
	if e.Type() != "com.amazonaws.sqs#QueueDoesNotExist" || e.QueryError() != "AWS.SimpleQueueService.NonExistentQueue;Sender" || e.HTTPStatus() != 400 {
		t.Errorf("got %+v", e)
	}
	if e := ErrReceiptHandleIsInvalid(""); e.QueryError() != "ReceiptHandleIsInvalid;Sender" || e.HTTPStatus() != 404 {
		t.Errorf("got %+v", e)
	}
}

func TestWire_table_holds_all_operations_of_SQS(t *testing.T) {
	table := Operations(nil)
	if n := len(table.Operations); n != 23 || len(table.NotImplemented) != 0 {
		t.Errorf("%d operations, SQS has 23", n)
	}
	var e *wire.Error
	if _, err := table.Operation("EatMessage"); !errors.As(err, &e) || e.Code != "UnknownOperationException" {
		t.Errorf("got %v", err)
	}
	_, err := table.Operations["SendMessage"].Serve(nil, &wire.Request{Body: []byte(`{"DelaySeconds":"1"}`)}, nil)
	if !errors.As(err, &e) || e.Code != "SerializationException" || e.Message != "STRING_VALUE can not be converted to an Integer" {
		t.Errorf("got %v", err)
	}
}

func FuzzSendMessageInput(f *testing.F) {
	f.Add([]byte(sendBody))
	f.Add([]byte(`{"MessageAttributes":{"a":{"BinaryListValues":["AQ=="]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var in SendMessageInput
		if err := wire.DecodeBody(body, false, in.DecodeJSON); err != nil {
			var e *wire.Error
			if !errors.As(err, &e) || e.Code != "SerializationException" {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		var v wire.Violations
		in.Violations(&v)
		_ = wire.CoralMessage(&v)
	})
}

func BenchmarkWireSendMessage(b *testing.B) {
	body := []byte(`{"QueueUrl":"http://127.0.0.1:4566/000000000000/orders","MessageBody":"` + strings.Repeat("x", 1024) + `"}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		in := new(SendMessageInput)
		var v wire.Violations
		if err := wire.DecodeBody(body, false, in.DecodeJSON); err != nil {
			b.Fatal(err)
		}
		if in.Violations(&v); v.Any() {
			b.Fatal(v.List)
		}
	}
}
