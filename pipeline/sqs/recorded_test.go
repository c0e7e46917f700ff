package sqs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Lists and maps that would be empty are not in an answer of the JSON protocol.
//
// Source: recorded against AWS by LocalStack, test_tag_untag_queue and
// test_send_message_batch_with_oversized_contents_with_updated_maximum_message_size.
func TestAnswers_leave_out_what_is_empty_R1_2(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q")
	f.send(url, "a")
	handle := f.receive(url, 1, 0)[0].ReceiptHandle.V
	for _, row := range []struct{ reason, operation, request, has, lacks string }{
		{"no message failed", "SendMessageBatch", `{"QueueUrl":"q","Entries":[{"Id":"1","MessageBody":"x"}]}`, `"Successful":[`, `"Failed"`},
		{"every message failed", "SendMessageBatch", `{"QueueUrl":"q","Entries":[{"Id":"1"}]}`, `"Failed":[`, `"Successful"`},
		{"no change failed", "ChangeMessageVisibilityBatch", `{"QueueUrl":"q","Entries":[{"Id":"1","VisibilityTimeout":9,"ReceiptHandle":"` + handle + `"}]}`, `"Successful":[`, `"Failed"`},
		{"every change failed", "ChangeMessageVisibilityBatch", `{"QueueUrl":"q","Entries":[{"Id":"1","VisibilityTimeout":9,"ReceiptHandle":"x"}]}`, `"Failed":[`, `"Successful"`},
		{"no deletion failed", "DeleteMessageBatch", `{"QueueUrl":"q","Entries":[{"Id":"1","ReceiptHandle":"` + handle + `"}]}`, `"Successful":[`, `"Failed"`},
		{"every deletion failed", "DeleteMessageBatch", `{"QueueUrl":"q","Entries":[{"Id":"1","ReceiptHandle":"x"}]}`, `"Failed":[`, `"Successful"`},
		{"never tagged", "ListQueueTags", `{"QueueUrl":"q"}`, `{}`, `Tags`},
		{"tagged", "TagQueue", `{"QueueUrl":"q","Tags":{"a":"b"}}`, ``, `Tags`},
		{"one tag", "ListQueueTags", `{"QueueUrl":"q"}`, `{"Tags":{"a":"b"}}`, `{}`},
		{"untagged", "UntagQueue", `{"QueueUrl":"q","TagKeys":["a"]}`, ``, `Tags`},
		{"no tag any more", "ListQueueTags", `{"QueueUrl":"q"}`, `{}`, `Tags`},
	} {
		got, err := f.do(row.operation, row.request)
		if err != nil || !strings.Contains(got, row.has) || strings.Contains(got, row.lacks) {
			t.Errorf("%s: %s, %v\nwant %s, without %s", row.reason, got, err, row.has, row.lacks)
		}
	}
}

// Source: recorded against AWS by LocalStack, test_aws_trace_header_propagation; X-Ray Developer Guide, "Amazon SQS and AWS X-Ray".
func TestSend_takes_the_tracing_header_of_the_call_R2_8(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q", QueueAttributeNameMaximumMessageSize, "1024")
	const header, own = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1", "Root=1-5759e988-bd862e3fe1be46a994272793"
	told := map[string]MessageSystemAttributeValue{"AWSTraceHeader": {DataType: "String", StringValue: wire.Some(own)}}
	body := strings.Repeat("x", 1024) // the header does not count against the size
	c := f.call("SendMessage")
	c.TraceHeader = header
	out, err := f.sqs.SendMessage(c, &SendMessageInput{QueueUrl: url, MessageBody: body})
	if err != nil || out.MD5OfMessageSystemAttributes.OK {
		t.Fatalf("%+v, %v: want no checksum of what the client did not send", out, err)
	}
	if _, err := f.sqs.SendMessageBatch(c, &SendMessageBatchInput{QueueUrl: url, Entries: []SendMessageBatchRequestEntry{
		{Id: "1", MessageBody: body}, {Id: "2", MessageBody: body, MessageSystemAttributes: told},
	}}); err != nil {
		t.Fatal(err)
	}
	f.send(url, "without")
	got := []string{}
	for _, m := range f.receive(url, 10, 0) {
		got = append(got, m.Attributes["AWSTraceHeader"])
	}
	if want := []string{header, header, own, ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Source: recorded against AWS by LocalStack, test_terminate_visibility_timeout_after_receive, and verified by moto (its pull request
// 4655): an older receipt changes the visibility of a message in flight. Of FIFO queues AWS was recorded to refuse it.
func TestChangeMessageVisibility_by_an_older_receipt_R1_2(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q")
	f.send(url, "a")
	take := func(visibility int32) string {
		t.Helper()
		out, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), &ReceiveMessageInput{QueueUrl: url, VisibilityTimeout: wire.Some(visibility)})
		if err != nil || len(out.Messages) != 1 {
			t.Fatalf("%+v, %v: want the message", out, err)
		}
		return out.Messages[0].ReceiptHandle.V
	}
	first := take(0)
	second := take(30)
	if err := f.change(url, first, 0); err != nil {
		t.Fatal(err)
	}
	if counts := f.counts(url); counts != [3]string{"1", "0", "0"} {
		t.Errorf("visible, in flight, delayed: %q; want the message back at once", counts)
	}
	if err := f.change(url, second, 100); err != nil {
		t.Fatal(err)
	}
	if counts := f.counts(url); counts != [3]string{"1", "0", "0"} {
		t.Errorf("visible, in flight, delayed: %q; what is visible stays so", counts)
	}
}

// Source: recorded against AWS by LocalStack, test_send_message_with_invalid_string_attributes.
func TestSend_takes_attribute_names_of_any_script_R1_2(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q")
	for name, valid := range map[string]bool{
		"attr.1øßä": true, "属性": true, "a٣": true, "a§": false, "a!": false, `a"`: false, "a(": false, "a?": false, "a😀": false, "a\xff": false, "ø.": false,
	} {
		_, err := f.sqs.SendMessage(f.call("SendMessage"), &SendMessageInput{
			QueueUrl: url, MessageBody: "x", MessageAttributes: map[string]MessageAttributeValue{name: text("String", "x")},
		})
		if (err == nil) != valid {
			t.Errorf("%q: %v, want valid %t", name, err, valid)
		}
	}
}

// Source: recorded against AWS by LocalStack, test_inflight_message_requeue.
func TestReceive_older_messages_come_first_also_again_R1_2(t *testing.T) {
	clock := engine.NewManualClock(start)
	f := newFixture(t, engine.Options{Clock: clock})
	url := f.create("q", "VisibilityTimeout", "3")
	f.send(url, "1")
	f.receive(url, 1, 0)
	f.send(url, "2")
	f.send(url, "3")
	clock.Set(start.Add(4 * time.Second))
	if got := bodies(f.receive(url, 2, 0)); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("received %q after the timeout, want 1 and 2", got)
	}
	clock.Set(start.Add(8 * time.Second))
	f.send(url, "4")
	again := f.receive(url, 10, 0)
	if got := bodies(again); !slices.Equal(got, []string{"1", "2", "3", "4"}) {
		t.Errorf("received %q after the second timeout, want all in the order of sending", got)
	}
	for _, i := range []int{3, 1, 0, 2} {
		if err := f.change(url, again[i].ReceiptHandle.V, 0); err != nil {
			t.Fatal(err)
		}
	}
	f.delete(url, again[1].ReceiptHandle.V)
	f.send(url, "5")
	list, _ := f.sqs.Peek("q")
	peeked := []string{}
	for _, p := range list {
		peeked = append(peeked, p.Message.Body.V)
	}
	if want := []string{"1", "3", "4", "5"}; !slices.Equal(peeked, want) || !slices.Equal(bodies(f.receive(url, 10, 0)), want) {
		t.Errorf("peeked %q, want %q, and to receive them so", peeked, want)
	}
}

// Source: an answer of AWS in boto/boto3 issue 2898, of a message that was deleted 55,000 seconds after it was received.
func TestDelete_by_a_receipt_of_twelve_hours_R1_2(t *testing.T) {
	for _, row := range []struct {
		later   time.Duration
		expired bool
	}{{43199 * time.Second, false}, {43200 * time.Second, true}, {55000 * time.Second, true}} {
		clock := engine.NewManualClock(start)
		f := newFixture(t, engine.Options{Clock: clock})
		url := f.create("q", "VisibilityTimeout", "60")
		f.send(url, "1")
		handle := f.receive(url, 1, 0)[0].ReceiptHandle.V
		clock.Set(start.Add(row.later))
		_, err := f.sqs.DeleteMessage(f.call("DeleteMessage"), &DeleteMessageInput{QueueUrl: url, ReceiptHandle: handle})
		if !row.expired && err != nil {
			t.Errorf("after %s: %v", row.later, err)
		}
		if row.expired {
			wantError(t, err, "InvalidParameterValue", "Value "+handle+" for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
		}
		if there := f.counts(url)[0] == "1"; there != row.expired {
			t.Errorf("after %s the message is there: %t", row.later, there)
		}
	}
}

// A suite that replaces account ids in what it compares must not find one in a number.
func TestSequenceNumber_looks_like_one_of_AWS_R1_2(t *testing.T) {
	last := ""
	for _, n := range []uint64{1, 2, 1000, 1 << 40} {
		got := sequenceNumber(n)
		if len(got) != 20 || got <= last || strings.Contains(got, "000000000000") {
			t.Errorf("%d: %q after %q, want 20 digits, growing, without an account id", n, got, last)
		}
		last = got
	}
}
