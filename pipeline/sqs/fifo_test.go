package sqs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// fifo makes a FIFO queue that tells messages apart by content.
func (f *fixture) fifo(attributes ...string) string {
	f.Helper()
	return f.create("q.fifo", append([]string{"FifoQueue", "true", "ContentBasedDeduplication", "true"}, attributes...)...)
}

// put sends messages to a FIFO queue, each given as "group-rest".
func (f *fixture) put(url string, messages ...string) {
	f.Helper()
	for _, body := range messages {
		group, _, _ := strings.Cut(body, "-")
		if _, err := f.sqs.SendMessage(f.call("SendMessage"), &SendMessageInput{QueueUrl: url, MessageBody: body, MessageGroupId: wire.Some(group)}); err != nil {
			f.Fatalf("SendMessage %s: %v", body, err)
		}
	}
}

// got receives and returns the bodies; a visibility below zero is the queue's own.
func (f *fixture) got(url string, limit, visibility int32) (bodies string, handles []string) {
	f.Helper()
	in := &ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: wire.Some(limit)}
	if visibility >= 0 {
		in.VisibilityTimeout = wire.Some(visibility)
	}
	out, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), in)
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range out.Messages {
		bodies += " " + m.Body.V
		handles = append(handles, m.ReceiptHandle.V)
	}
	return strings.TrimSpace(bodies), handles
}

func (f *fixture) wantGot(url string, limit, visibility int32, want, reason string) []string {
	f.Helper()
	got, handles := f.got(url, limit, visibility)
	if got != want {
		f.Errorf("received %q, want %q: %s", got, want, reason)
	}
	return handles
}

// The scenarios and what comes of them were recorded against AWS by LocalStack: tests/aws/services/sqs/test_sqs.py, the tests
// named in each row.
var fifoScenarios = []struct {
	name string
	run  func(f *fixture, url string)
}{
	{"test_fifo_receive_message_group_id_ordering", func(f *fixture, url string) {
		f.put(url, "1-a", "2-a", "1-b", "1-c")
		f.wantGot(url, 10, -1, "1-a 1-b 1-c 2-a", "a batch fills from one group before the next")
	}},
	{"test_fifo_receive_message_visibility_timeout_shared_in_group", func(f *fixture, url string) {
		f.put(url, "1-a", "1-b", "1-c", "1-d", "2-a", "3-a")
		f.wantGot(url, 2, -1, "1-a 1-b", "two of the first group")
		f.wantGot(url, 1, -1, "2-a", "the first group is blocked")
		time.Sleep(30 * time.Second) //tidy:bubble TestFifo_groups_R4_4 runs each row in one
		f.wantGot(url, 10, 0, "3-a 1-a 1-b 1-c 1-d 2-a", "the groups that came back stand behind the one that waited")
	}},
	{"test_fifo_receive_message_with_zero_visibility_timeout", func(f *fixture, url string) {
		f.put(url, "1-a", "2-a", "2-b", "3-a", "1-b")
		f.wantGot(url, 3, 0, "1-a 1-b 2-a", "order of groups, then of messages")
		f.wantGot(url, 10, 0, "3-a 1-a 1-b 2-a 2-b", "what was shown again stands behind, in order")
	}},
	{"test_fifo_message_group_visibility_after_terminate_visibility_timeout", func(f *fixture, url string) {
		f.put(url, "1-a", "1-b", "2-a")
		handles := f.wantGot(url, 2, -1, "1-a 1-b", "the whole first group")
		if err := f.change(url, handles[0], 0); err != nil {
			f.Error(err)
		}
		f.wantGot(url, 3, -1, "2-a 1-a", "only the first message of group 1 is back")
	}},
	{"test_fifo_group_visibility_extends_with_change_message_visibility, 0", extendOne(0, "")},
	{"test_fifo_group_visibility_extends_with_change_message_visibility, 1", extendOne(1, "1-a")},
	{"test_fifo_group_visibility_extends_with_change_message_visibility, 2", extendOne(2, "1-a 1-b")},
	{"test_fifo_message_group_visibility_after_delete", func(f *fixture, url string) {
		f.put(url, "1-a", "2-a", "1-b", "2-b", "1-c", "3-a")
		for _, handle := range f.wantGot(url, 2, -1, "1-a 1-b", "two of group 1") {
			f.delete(url, handle)
		}
		f.wantGot(url, 10, -1, "2-a 2-b 3-a 1-c", "deletion sets the group free")
	}},
	{"test_fifo_message_group_visibility_after_partial_delete", func(f *fixture, url string) {
		f.put(url, "1-a", "2-a", "1-b", "2-b", "1-c", "3-a")
		f.delete(url, f.wantGot(url, 2, -1, "1-a 1-b", "two of group 1")[0])
		f.wantGot(url, 10, -1, "2-a 2-b 3-a", "one message of group 1 is still in flight")
	}},
	{"test_fifo_approximate_number_of_messages_not_visible", func(f *fixture, url string) {
		f.put(url, "1-a", "1-b", "2-a", "2-b", "3-a", "3-b")
		f.got(url, 1, -1)
		f.got(url, 1, -1)
		if n := f.counts(url); n != [3]string{"4", "2", "0"} {
			f.Errorf("counts %v: messages of blocked groups count as visible", n)
		}
	}},
	{"test_fifo_empty_message_groups_added_back_to_queue", func(f *fixture, url string) {
		f.put(url, "1-a")
		f.delete(url, f.wantGot(url, 1, -1, "1-a", "")[0])
		f.wantGot(url, 1, -1, "", "the group is empty")
		f.put(url, "1-b")
		f.wantGot(url, 1, -1, "1-b", "the group is there again")
	}},
	{"a middle message deleted first", func(f *fixture, url string) {
		f.put(url, "1-a", "1-b", "1-c")
		handles := f.wantGot(url, 2, -1, "1-a 1-b", "")
		f.delete(url, handles[1])
		f.wantGot(url, 10, -1, "", "the first is still in flight")
		f.delete(url, handles[0])
		f.wantGot(url, 10, -1, "1-c", "and now it is not")
	}},
}

func TestFifo_groups_R4_4(t *testing.T) {
	for _, row := range fifoScenarios {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, engine.Options{})
				row.run(f, f.fifo())
				if n := f.sqs.queues["q.fifo"].fifo; n.passed != 0 {
					t.Error("a receive was not ended")
				}
			})
		})
	}
}

// extendOne receives three messages of one group and hides one of them for longer: only those before it come back.
//
//tidy:bubble it is one of fifoScenarios
func extendOne(which int, want string) func(*fixture, string) {
	return func(f *fixture, url string) {
		f.put(url, "1-a", "1-b", "1-c")
		handles := f.wantGot(url, 5, 1, "1-a 1-b 1-c", "all of the group")
		if err := f.change(url, handles[which], 4); err != nil {
			f.Error(err)
		}
		time.Sleep(2500 * time.Millisecond)
		f.wantGot(url, 5, -1, want, "only what stands before the hidden one")
	}
}

func TestFifo_poll_is_woken_when_its_group_is_free_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.fifo("VisibilityTimeout", "60")
		f.put(url, "1-a", "1-b")
		_, handles := f.got(url, 1, -1)
		began := time.Now()
		time.AfterFunc(5*time.Second, func() { f.delete(url, handles[0]) })
		if got := bodies(f.receive(url, 1, 20)); !slices.Equal(got, []string{"1-b"}) || time.Since(began) != 5*time.Second {
			t.Errorf("got %v after %v, want 1-b when 1-a was deleted", got, time.Since(began))
		}
		began = time.Now()
		time.AfterFunc(time.Second, func() { f.put(url, "1-c", "2-a") })
		if got := bodies(f.receive(url, 1, 20)); !slices.Equal(got, []string{"2-a"}) || time.Since(began) != time.Second {
			t.Errorf("got %v after %v, want 2-a: group 1 is blocked", got, time.Since(began))
		}
	})
}

func TestFifo_delay_is_the_queues_and_keeps_the_order_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.fifo("DelaySeconds", "5")
		f.put(url, "1-a")
		if _, err := f.sqs.SendMessage(f.call("SendMessage"), &SendMessageInput{QueueUrl: url, MessageBody: "1-b", MessageGroupId: wire.Some("1"), DelaySeconds: wire.Some(int32(0))}); err != nil {
			t.Fatalf("a delay of 0 means the queue's: %v", err)
		}
		f.wantGot(url, 10, -1, "", "both are delayed")
		time.Sleep(5 * time.Second)
		f.wantGot(url, 10, -1, "1-a 1-b", "in order")
		f.put(url, "2-a")
		if _, err := f.sqs.SetQueueAttributes(f.call("SetQueueAttributes"), &SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{"DelaySeconds": "1"}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		f.wantGot(url, 10, -1, "2-a", "a new delay holds for what is delayed already")
	})
}

func TestFifo_deduplication_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q.fifo", "FifoQueue", "true")
		send := func(url, body, group, dedup string) *SendMessageOutput {
			t.Helper()
			in := &SendMessageInput{QueueUrl: url, MessageBody: body, MessageGroupId: wire.Some(group)}
			if dedup != "" {
				in.MessageDeduplicationId = wire.Some(dedup)
			}
			out, err := f.sqs.SendMessage(f.call("SendMessage"), in)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		first := send(url, "a", "g", "d")
		if n := first.SequenceNumber.V; len(n) != 20 || n[0] == '0' {
			t.Errorf("sequence number %s, want 20 digits", n)
		}
		f.delete(url, f.wantGot(url, 1, -1, "a", "")[0])
		time.Sleep(dedupTime - 1)
		if twin := send(url, "b", "h", "d"); twin.MessageId != first.MessageId || twin.SequenceNumber != first.SequenceNumber || twin.MD5OfMessageBody == first.MD5OfMessageBody {
			t.Errorf("a repeated send is answered %s, want id and number of the first", mustJSON(t, twin))
		}
		f.wantGot(url, 1, -1, "", "sent again within 5 minutes, also with another body and group and after the first was deleted")
		hop := f.hops(event.KindDrop)[0]
		if hop.Outcome != event.Filtered || hop.Reason.Code != "Duplicate" || hop.Reason.Text != "a message with the deduplication id d was sent less than 5 minutes ago" || hop.To != "queue:q.fifo" {
			t.Errorf("hop %+v, reason %+v", hop, hop.Reason)
		}
		time.Sleep(time.Nanosecond)
		if again := send(url, "c", "g", "d"); again.MessageId == first.MessageId || again.SequenceNumber.V <= first.SequenceNumber.V {
			t.Errorf("after 5 minutes it is another message with a greater number: %s", mustJSON(t, again))
		}
		f.wantGot(url, 1, -1, "c", "after 5 minutes")

		byGroup := f.create("g.fifo", "FifoQueue", "true", "DeduplicationScope", "messageGroup", "FifoThroughputLimit", "perMessageGroupId")
		send(byGroup, "a", "g", "d")
		send(byGroup, "b", "h", "d")
		send(byGroup, "c", "h", "d")
		f.wantGot(byGroup, 10, -1, "a b", "deduplication within each group")

		byContent := f.create("c.fifo", "FifoQueue", "true", "ContentBasedDeduplication", "True")
		send(byContent, "a", "g", "")
		if _, err := f.sqs.SendMessage(f.call("SendMessage"), &SendMessageInput{QueueUrl: byContent, MessageBody: "a", MessageGroupId: wire.Some("g"),
			MessageAttributes: map[string]MessageAttributeValue{"x": {DataType: "String", StringValue: wire.Some("y")}}}); err != nil {
			t.Fatal(err)
		}
		send(byContent, "a", "g", "own")
		got := f.receive(byContent, 10, 0)
		if len(got) != 2 || got[0].Attributes["MessageDeduplicationId"] != "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" ||
			got[1].Attributes["MessageDeduplicationId"] != "own" || got[0].Attributes["MessageGroupId"] != "g" || len(got[0].Attributes["SequenceNumber"]) != 20 {
			t.Errorf("received %s: content is the body alone, and an id of its own goes before it", mustJSON(t, got))
		}
		if _, err := f.sqs.PurgeQueue(f.call("PurgeQueue"), &PurgeQueueInput{QueueUrl: byContent}); err != nil {
			t.Fatal(err)
		}
		send(byContent, "a", "g", "")
		f.wantGot(byContent, 10, -1, "a", "a purge forgets what was sent")
	})
}

const dedupTime = 5 * time.Minute

func TestFifo_delete_with_expired_receipt_is_refused_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.fifo("VisibilityTimeout", "1")
		f.put(url, "1-a")
		_, handles := f.got(url, 1, -1)
		time.Sleep(time.Second)
		del := func(handle string) error {
			_, err := f.sqs.DeleteMessage(f.call("DeleteMessage"), &DeleteMessageInput{QueueUrl: url, ReceiptHandle: handle})
			return err
		}
		expired := "Value " + handles[0] + " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
		wantError(t, del(handles[0]), "InvalidParameterValue", expired)
		wantError(t, f.change(url, handles[0], 5), "InvalidParameterValue", "Value "+handles[0]+" for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.")
		again := f.wantGot(url, 1, -1, "1-a", "it is still there")
		wantError(t, del(handles[0]), "InvalidParameterValue", expired)
		if err := f.change(url, again[0], 5); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Second)
		if err := del(again[0]); err != nil {
			t.Errorf("within the extended visibility timeout: %v", err)
		}
		if err := del(again[0]); err != nil {
			t.Errorf("deleting again: %v", err)
		}
	})
}

func TestFifo_receive_attempt_is_repeated_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.fifo("VisibilityTimeout", "10")
		attempt := func(id string) []Message {
			out, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), &ReceiveMessageInput{
				QueueUrl: url, MaxNumberOfMessages: wire.Some(int32(10)), ReceiveRequestAttemptId: wire.Some(id), MessageSystemAttributeNames: []string{"ApproximateReceiveCount"},
			})
			if err != nil {
				t.Fatal(err)
			}
			return out.Messages
		}
		f.put(url, "1-a", "1-b", "2-a")
		first := attempt("x")
		time.Sleep(9 * time.Second)
		if again := attempt("x"); mustJSON(t, again) != mustJSON(t, first) || len(again) != 3 {
			t.Errorf("the attempt's repetition got %s\nwant %s", mustJSON(t, again), mustJSON(t, first))
		}
		time.Sleep(9 * time.Second)
		f.wantGot(url, 10, -1, "", "the repetition hid them anew")
		if got := attempt("y"); len(got) != 0 {
			t.Error("another attempt got the same")
		}
		if err := f.change(url, first[2].ReceiptHandle.V, 60); err != nil {
			t.Fatal(err)
		}
		if got := attempt("x"); len(got) != 0 {
			t.Errorf("repeated after a change of visibility: %v", bodies(got))
		}
		time.Sleep(10 * time.Second)
		if got := attempt("x"); !slices.Equal(bodies(got), []string{"1-a", "1-b"}) || got[0].Attributes["ApproximateReceiveCount"] != "2" || got[0].ReceiptHandle == first[0].ReceiptHandle {
			t.Errorf("after the visibility timeout an attempt is a new receive: %s", mustJSON(t, got))
		}
		attempts := &f.sqs.queues["q.fifo"].fifo.attempts
		latest := attempts.at(attempts.known[hashOf("x")])
		f.delete(url, latest.value.handle(f.sqs.queues["q.fifo"], 0))
		if got := attempt("x"); len(got) != 0 {
			t.Errorf("repeated after a deletion: %v", bodies(got))
		}
	})
}

// handle makes the receipt handle of one message of an attempt.
func (a *attempt) handle(q *queue, i int) string {
	return receipt{queue: q.id, seq: a.messages[i].seq, count: a.counts[i]}.handle()
}

func TestFifo_dead_letters_keep_their_group_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		dead := f.create("dead.fifo", "FifoQueue", "true", "MessageRetentionPeriod", "100")
		url := f.fifo("VisibilityTimeout", "30", "RedrivePolicy", `{"maxReceiveCount":1,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:dead.fifo"}`)
		f.put(url, "1-a", "1-b", "2-a")
		id := f.receive(url, 1, 0)[0].MessageId.V
		time.Sleep(30 * time.Second)
		f.wantGot(url, 10, -1, "2-a 1-b", "the poisoned message sets its group free")
		got := f.receive(dead, 10, 0)
		if len(got) != 1 || got[0].MessageId.V != id || got[0].Attributes["MessageGroupId"] != "1" || got[0].Attributes["MessageDeduplicationId"] != id ||
			got[0].Attributes["DeadLetterQueueSourceArn"] != "arn:aws:sqs:us-east-1:000000000001:q.fifo" || len(got[0].Attributes["SequenceNumber"]) != 20 {
			t.Errorf("in the dead-letter queue: %s", mustJSON(t, got))
		}
		time.Sleep(99 * time.Second)
		if n := f.counts(dead); n[0] != "1" {
			t.Errorf("counts %v: a FIFO queue counts retention from the move", n)
		}
		time.Sleep(time.Second)
		if n := f.counts(dead); n != [3]string{"0", "0", "0"} {
			t.Errorf("counts %v after the retention period", n)
		}
		f.create("standard")
		for _, source := range [][]string{{"a.fifo", "standard", "true"}, {"b", "dead.fifo", ""}} {
			policy := `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:` + source[1] + `","maxReceiveCount":1}`
			attributes := map[string]string{"RedrivePolicy": policy}
			if source[2] != "" {
				attributes["FifoQueue"] = source[2]
			}
			_, err := f.sqs.CreateQueue(f.call("CreateQueue"), &CreateQueueInput{QueueName: source[0], Attributes: attributes})
			wantError(t, err, "InvalidParameterValue", "Value "+policy+" for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as the source..")
		}
	})
}

func TestFifo_takes_deliveries_with_group_and_deduplication_id_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.fifo()
		f.create("plain.fifo", "FifoQueue", "true")
		f.create("standard")
		deliver := func(to, body, group, dedup string) (err error) {
			ev := &event.Event{Body: body, Key: group}
			if dedup != "" {
				ev.Attributes = map[string]string{event.AttributeDeduplicationID: dedup, "user": "1"}
			}
			f.engine.Send(event.Delivery{Account: f.scope.Account, Region: f.scope.Region, From: "topic:t.fifo", To: event.At(event.PlaceQueue, to), Event: ev}, func(_ event.Delivery, e error) { err = e })
			synctest.Wait()
			return err
		}
		for _, body := range []string{"a", "b", "b"} {
			if err := deliver("q.fifo", body, "g", ""); err != nil {
				t.Fatal(err)
			}
		}
		f.wantGot("q.fifo", 10, -1, "a b", "by content")
		if err := deliver("plain.fifo", "a", "g", "d"); err != nil {
			t.Fatal(err)
		}
		if err := deliver("plain.fifo", "b", "g", "d"); err != nil {
			t.Fatal(err)
		}
		got := f.receive("plain.fifo", 10, 0)
		if len(got) != 1 || got[0].Attributes["MessageDeduplicationId"] != "d" || len(got[0].MessageAttributes) != 1 {
			t.Errorf("received %s", mustJSON(t, got))
		}
		wantError(t, deliver("plain.fifo", "a", "g", ""), "InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
		wantError(t, deliver("q.fifo", "c", "", ""), "MissingParameter", "The request must contain the parameter MessageGroupId.")
		if err := deliver("standard", "a", "g", "d"); err != nil {
			t.Errorf("a FIFO topic may deliver to a standard queue: %v", err)
		}
	})
}

func TestFifo_attributes_R4_4(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q.fifo", "FifoQueue", "True")
	for name, want := range map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"} {
		if got := f.attribute(url, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	set := func(url string, list ...string) error {
		_, err := f.sqs.SetQueueAttributes(f.call("SetQueueAttributes"), &SetQueueAttributesInput{QueueUrl: url, Attributes: pairs(list)})
		return err
	}
	if err := set(url, "FifoQueue", "true", "DeduplicationScope", "messageGroup", "FifoThroughputLimit", "perMessageGroupId"); err != nil {
		t.Error(err)
	}
	const limit = "Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when DeduplicationScope is messageGroup."
	wantError(t, set(url, "DeduplicationScope", "queue"), "InvalidAttributeValue", limit)
	wantError(t, set(url, "FifoQueue", "false"), "InvalidAttributeValue", "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.")
	wantError(t, set(url, "ContentBasedDeduplication", "yes"), "InvalidAttributeValue", "Invalid value for the parameter ContentBasedDeduplication.")
	wantError(t, set(url, "DeduplicationScope", "topic"), "InvalidAttributeValue", "Invalid value for the parameter DeduplicationScope.")
	wantError(t, set(url, "FifoThroughputLimit", ""), "InvalidAttributeValue", "Invalid value for the parameter FifoThroughputLimit.")
	standard := f.create("q")
	wantError(t, set(standard, "FifoQueue", "true"), "InvalidAttributeName", "Unknown Attribute FifoQueue.")
	wantError(t, set(standard, "FifoThroughputLimit", "perQueue"), "InvalidAttributeName", "You can specify the FifoThroughputLimit only when FifoQueue is set to true.")
	_, err := f.sqs.CreateQueue(f.call("CreateQueue"), &CreateQueueInput{QueueName: "q.fifo", Attributes: pairs([]string{"FifoQueue", "true", "ContentBasedDeduplication", "true"})})
	wantError(t, err, "QueueAlreadyExists", "A queue already exists with the same name and a different value for attribute ContentBasedDeduplication")
}

func TestFifo_send_refuses_what_AWS_refuses_R4_4(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url, standard := f.create("q.fifo", "FifoQueue", "true"), f.create("q")
	some, none := wire.Some[string], wire.Opt[string]{}
	long := strings.Repeat("a", 129)
	inID := func(value, name string) string {
		return "Value " + value + " for parameter " + name + " is invalid. Reason: " + name + " can only include alphanumeric and punctuation characters. 1 to 128 in length."
	}
	for _, row := range []struct {
		url           string
		group, dedup  wire.Opt[string]
		delay         int32
		code, message string
	}{
		{url, none, some("d"), 0, "MissingParameter", "The request must contain the parameter MessageGroupId."},
		{url, some("g"), none, 0, "InvalidParameterValue", noDedupID},
		{url, some("g"), some("d"), 2, "InvalidParameterValue", "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type."},
		{url, some(""), some("d"), 0, "InvalidParameterValue", inID("", "MessageGroupId")},
		{url, some(long), some("d"), 0, "InvalidParameterValue", inID(long, "MessageGroupId")},
		{url, some("g"), some(""), 0, "InvalidParameterValue", inID("", "MessageDeduplicationId")},
		{url, some("g"), some(long), 0, "InvalidParameterValue", inID(long, "MessageDeduplicationId")},
		{url, some("g"), some("group 123"), 0, "InvalidParameterValue", inID("group 123", "MessageDeduplicationId")},
		{standard, none, some("d"), 0, "InvalidParameterValue", "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type."},
	} {
		_, err := f.sqs.SendMessage(f.call("SendMessage"), &SendMessageInput{QueueUrl: row.url, MessageBody: "x", MessageGroupId: row.group, MessageDeduplicationId: row.dedup, DelaySeconds: wire.Some(row.delay)})
		wantError(t, err, row.code, row.message)
	}
	for _, length := range []int{1, 127, 128} {
		id := some(long[:length])
		if _, err := f.sqs.SendMessage(f.call("SendMessage"), &SendMessageInput{QueueUrl: url, MessageBody: "x", MessageGroupId: id, MessageDeduplicationId: id}); err != nil {
			t.Errorf("ids of %d characters: %v", length, err)
		}
	}
	batch := func(second SendMessageBatchRequestEntry) error {
		second.Id, second.MessageBody = "2", "x"
		_, err := f.sqs.SendMessageBatch(f.call("SendMessageBatch"), &SendMessageBatchInput{QueueUrl: url, Entries: []SendMessageBatchRequestEntry{{Id: "1", MessageBody: "x", MessageGroupId: some("g"), MessageDeduplicationId: some("e")}, second}})
		return err
	}
	wantError(t, batch(SendMessageBatchRequestEntry{MessageDeduplicationId: some("d")}), "InvalidParameterValue", "The request must contain the parameter MessageGroupId.")
	wantError(t, batch(SendMessageBatchRequestEntry{MessageGroupId: some("g")}), "InvalidParameterValue", noDedupID)
	if n := f.counts(url); n[0] != "3" {
		t.Errorf("%s messages: a refused batch was stored in part", n[0])
	}
}

// TestFifo_takes_what_an_interceptor_leads_astray_R4_4 lets a message for a standard queue arrive at a FIFO queue.
func TestFifo_takes_what_an_interceptor_leads_astray_R4_4(t *testing.T) {
	f := newFixture(t, engine.Options{Interceptors: []engine.Interceptor{{Hop: func(_ context.Context, _ event.Hop, d event.Delivery) []event.Delivery {
		d.To = event.At(event.PlaceQueue, "q.fifo")
		return []event.Delivery{d, d}
	}}}})
	f.fifo()
	f.create("q")
	f.send("q", "astray")
	got := f.receive("q.fifo", 10, 0)
	if len(got) != 2 || got[0].Attributes["SequenceNumber"] >= got[1].Attributes["SequenceNumber"] {
		t.Errorf("received %s", mustJSON(t, got))
	}
	for _, m := range got {
		f.delete("q.fifo", m.ReceiptHandle.V)
	}
	if n := f.counts("q.fifo"); n != [3]string{"0", "0", "0"} {
		t.Errorf("counts %v", n)
	}
}

// TestFifo_many_consumers_see_each_group_in_order_R4_4 has eight consumers work on four groups, some of them slower than the visibility
// timeout allows for.
func TestFifo_many_consumers_see_each_group_in_order_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{Seed: 3})
		url := f.fifo("VisibilityTimeout", "5")
		const groups, each = 4, 25
		var mu sync.Mutex
		done := map[string][]string{}
		var consumers sync.WaitGroup
		for worker := range 8 {
			consumers.Go(func() {
				for {
					messages := f.receive(url, int32(1+worker%3), 20)
					if len(messages) == 0 {
						return
					}
					for i, m := range messages {
						time.Sleep(time.Duration(worker*(i+1)) * 300 * time.Millisecond)
						_, err := f.sqs.DeleteMessage(f.call("DeleteMessage"), &DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle.V})
						if err != nil {
							break // too slow: it and what is behind it will come again
						}
						mu.Lock()
						group := m.Attributes["MessageGroupId"]
						if !slices.Contains(done[group], m.Body.V) { // another consumer may have been faster: deleting again succeeds
							done[group] = append(done[group], m.Body.V)
						}
						mu.Unlock()
					}
				}
			})
		}
		for i := range each {
			for g := range groups {
				f.put(url, fmt.Sprintf("%d-%02d", g, i))
			}
			time.Sleep(100 * time.Millisecond)
		}
		consumers.Wait()
		for g := range groups {
			if got := done[fmt.Sprint(g)]; len(got) != each || !slices.IsSorted(got) {
				t.Errorf("group %d was worked on in the order %v", g, got)
			}
		}
	})
}
