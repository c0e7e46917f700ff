package sqs

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestCreateQueue_defaults_and_idempotency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q")
		out, err := f.sqs.GetQueueAttributes(f.call("GetQueueAttributes"), &GetQueueAttributesInput{QueueUrl: url, AttributeNames: []string{"All"}})
		if err != nil {
			t.Fatal(err)
		}
		want := `{"ApproximateNumberOfMessages":"0","ApproximateNumberOfMessagesDelayed":"0","ApproximateNumberOfMessagesNotVisible":"0","CreatedTimestamp":"946684800",` +
			`"DelaySeconds":"0","LastModifiedTimestamp":"946684800","MaximumMessageSize":"1048576","MessageRetentionPeriod":"345600","QueueArn":"arn:aws:sqs:us-east-1:000000000001:q",` +
			`"ReceiveMessageWaitTimeSeconds":"0","SqsManagedSseEnabled":"true","VisibilityTimeout":"30"}`
		if got := mustJSON(t, out.Attributes); got != want {
			t.Errorf("attributes %s\nwant       %s", got, want)
		}
		f.create("delayed", "DelaySeconds", "5")
		if again := f.create("delayed"); again != f.create("delayed", "DelaySeconds", "5") {
			t.Error("creating again is another queue")
		}
		_, err = f.sqs.CreateQueue(f.call("CreateQueue"), &CreateQueueInput{QueueName: "delayed", Attributes: pairs([]string{"DelaySeconds", "6"})})
		wantError(t, err, "QueueAlreadyExists", "A queue already exists with the same name and a different value for attribute DelaySeconds")
	})
}

func TestCreateQueue_refuses_what_AWS_refuses(t *testing.T) {
	f := newFixture(t, engine.Options{})
	f.create("dead")
	f.create("closed", "RedriveAllowPolicy", `{"redrivePermission":"denyAll"}`)
	f.create("open", "RedriveAllowPolicy", `{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000001:friend"]}`)
	const arn = "arn:aws:sqs:us-east-1:000000000001:"
	redrive := func(dlq string) string { return `{"deadLetterTargetArn":"` + dlq + `","maxReceiveCount":3}` }
	inParameter := func(value, name, reason string) string {
		return "Value " + value + " for parameter " + name + " is invalid. Reason: " + reason
	}
	const badName = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
	for _, row := range []struct {
		queue, attribute, value, code, message string
	}{
		{"", "", "", "InvalidParameterValue", "Queue name cannot be empty"},
		{"a b", "", "", "InvalidParameterValue", badName},
		{strings.Repeat("x", 81), "", "", "InvalidParameterValue", badName},
		{"x.fifo", "", "", "InvalidParameterValue", badName},
		{"x.fifo", "FifoQueue", "false", "InvalidParameterValue", badName},
		{strings.Repeat("x", 76) + ".fifo", "FifoQueue", "true", "InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length."},
		{"x", "FifoQueue", "true", "InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length."},
		{"x", "FifoQueue", "false", "InvalidAttributeName", "Unknown Attribute FifoQueue."},
		{"x", "ContentBasedDeduplication", "true", "InvalidAttributeName", "Unknown Attribute ContentBasedDeduplication."},
		{"x", "DeduplicationScope", "queue", "InvalidAttributeName", "You can specify the DeduplicationScope only when FifoQueue is set to true."},
		{"x", "QueueArn", "x", "InvalidAttributeName", "Unknown Attribute QueueArn."},
		{"x", "VisibilityTimeout", "43201", "InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout."},
		{"x", "VisibilityTimeout", "-1", "InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout."},
		{"x", "DelaySeconds", "901", "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."},
		{"x", "MaximumMessageSize", "1023", "InvalidAttributeValue", "Invalid value for the parameter MaximumMessageSize."},
		{"x", "MaximumMessageSize", "1048577", "InvalidAttributeValue", "Invalid value for the parameter MaximumMessageSize."},
		{"x", "MessageRetentionPeriod", "59", "InvalidAttributeValue", "Invalid value for the parameter MessageRetentionPeriod."},
		{"x", "MessageRetentionPeriod", "1209601", "InvalidAttributeValue", "Invalid value for the parameter MessageRetentionPeriod."},
		{"x", "ReceiveMessageWaitTimeSeconds", "21", "InvalidAttributeValue", "Invalid value for the parameter ReceiveMessageWaitTimeSeconds."},
		{"x", "ReceiveMessageWaitTimeSeconds", "1.5", "InvalidAttributeValue", "Invalid value for the parameter ReceiveMessageWaitTimeSeconds."},
		{"x", "KmsDataKeyReusePeriodSeconds", "59", "InvalidAttributeValue", "Invalid value for the parameter KmsDataKeyReusePeriodSeconds."},
		{"x", "SqsManagedSseEnabled", "yes", "InvalidAttributeValue", "Invalid value for the parameter SqsManagedSseEnabled."},
		{"x", "Policy", "[]", "InvalidAttributeValue", "Invalid value for the parameter Policy."},
		{"x", "RedrivePolicy", "5", "InvalidAttributeValue", "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map."},
		{"x", "RedrivePolicy", "null", "InvalidAttributeValue", "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map."},
		{"x", "RedrivePolicy", "{}", "InvalidParameterValue", inParameter("{}", "RedrivePolicy", "Redrive policy does not contain mandatory attribute: maxReceiveCount.")},
		{"x", "RedrivePolicy", `{"maxReceiveCount":"1000"}`, "InvalidParameterValue", inParameter(`{"maxReceiveCount":"1000"}`, "RedrivePolicy", "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")},
		{"x", "RedrivePolicy", `{"maxReceiveCount":1001,"deadLetterTargetArn":"x"}`, "InvalidParameterValue", inParameter(`{"maxReceiveCount":1001,"deadLetterTargetArn":"x"}`, "RedrivePolicy", "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.")},
		{"x", "RedrivePolicy", redrive("dead"), "InvalidParameterValue", inParameter(redrive("dead"), "RedrivePolicy", "Dead-letter target ARN should be fully qualified ARN.")},
		{"x", "RedrivePolicy", redrive(arn + "missing"), "InvalidParameterValue", inParameter(redrive(arn+"missing"), "RedrivePolicy", "Dead letter target does not exist.")},
		{"x", "RedrivePolicy", redrive("arn:aws:sqs:eu-west-1:000000000001:dead"), "InvalidParameterValue", inParameter(redrive("arn:aws:sqs:eu-west-1:000000000001:dead"), "RedrivePolicy", "Dead letter target does not exist.")},
		{"x", "RedrivePolicy", redrive("arn:aws:sqs:us-east-1:000000000002:dead"), "InvalidParameterValue", inParameter(redrive("arn:aws:sqs:us-east-1:000000000002:dead"), "RedrivePolicy", "Dead-letter target owner should be same as the source.")},
		{"x", "RedrivePolicy", redrive(arn + "closed"), "InvalidParameterValue", inParameter(redrive(arn+"closed"), "RedrivePolicy", "The redrive allow policy of the dead-letter queue does not allow this source queue.")},
		{"x", "RedrivePolicy", redrive(arn + "open"), "InvalidParameterValue", inParameter(redrive(arn+"open"), "RedrivePolicy", "The redrive allow policy of the dead-letter queue does not allow this source queue.")},
		{"x", "RedriveAllowPolicy", `{"redrivePermission":"byQueue"}`, "InvalidParameterValue", inParameter(`{"redrivePermission":"byQueue"}`, "RedriveAllowPolicy", "Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.")},
	} {
		in := &CreateQueueInput{QueueName: row.queue}
		if row.attribute != "" {
			in.Attributes = map[string]string{row.attribute: row.value}
		}
		_, err := f.sqs.CreateQueue(f.call("CreateQueue"), in)
		wantError(t, err, row.code, row.message)
	}
	if _, err := f.sqs.CreateQueue(f.call("CreateQueue"), &CreateQueueInput{QueueName: "friend", Attributes: map[string]string{"RedrivePolicy": redrive(arn + "open")}}); err != nil {
		t.Errorf("an allowed source queue is refused: %v", err)
	}
	if len(f.sqs.queues) != 4 {
		t.Errorf("%d queues, want 4: a refused call made one", len(f.sqs.queues))
	}
}

func TestSetQueueAttributes_all_or_nothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.create("dead")
		url := f.create("q")
		set := func(list ...string) error {
			_, err := f.sqs.SetQueueAttributes(f.call("SetQueueAttributes"), &SetQueueAttributesInput{QueueUrl: url, Attributes: pairs(list)})
			return err
		}
		if err := set("DelaySeconds", "7", "VisibilityTimeout", "x"); err == nil || f.attribute(url, "DelaySeconds") != "0" {
			t.Errorf("half applied: %v", err)
		}
		time.Sleep(time.Second)
		policy := `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:dead","maxReceiveCount":3}`
		if err := set("RedrivePolicy", policy, "KmsMasterKeyId", "key", "KmsDataKeyReusePeriodSeconds", "6000"); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"RedrivePolicy": policy, "KmsMasterKeyId": "key", "KmsDataKeyReusePeriodSeconds": "6000", "SqsManagedSseEnabled": "false", "LastModifiedTimestamp": "946684801",
		} {
			if got := f.attribute(url, name); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
		wantError(t, set("KmsMasterKeyId", "key", "SqsManagedSseEnabled", "true"), "InvalidAttributeName", "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")
		sources, err := f.sqs.ListDeadLetterSourceQueues(f.call("ListDeadLetterSourceQueues"), &ListDeadLetterSourceQueuesInput{QueueUrl: "dead"})
		if err != nil || !slices.Equal(sources.QueueUrls, []string{url}) {
			t.Errorf("source queues %v, %v", sources, err)
		}
		var topology event.Topology
		f.sqs.Describe(&topology)
		if got := mustJSON(t, topology); got != `{"places":["queue:dead","queue:q"],"dlqs":["queue:dead"],"edges":[{"from":"queue:q","to":"queue:dead","why":"redrive"}]}` {
			t.Errorf("topology %s", got)
		}
		if err := set("RedrivePolicy", "", "SqsManagedSseEnabled", "true"); err != nil || f.attribute(url, "RedrivePolicy") != "" || f.attribute(url, "KmsMasterKeyId") != "" {
			t.Errorf("an empty value does not remove: %v", err)
		}
	})
}

func TestQueue_URLs_are_accepted_by_path(t *testing.T) {
	f := newFixture(t, engine.Options{})
	f.create("q")
	for _, url := range []string{
		"q", "/q", "/000000000001/q", "http://127.0.0.1:4566/000000000001/q", "https://sqs.us-east-1.amazonaws.com/123456789012/q", "http://localhost:4566/queue/us-east-1/000000000000/q",
		"http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/q", "http://x/000000000001/q/", "http://x/1/q?Action=SendMessage",
	} {
		f.send(url, "x")
	}
	if n := f.counts("q"); n[0] != "9" {
		t.Errorf("%s of 9 messages came", n[0])
	}
}

func TestListQueues_by_prefix_and_page(t *testing.T) {
	f := newFixture(t, engine.Options{})
	for _, name := range []string{"b2", "a1", "b1", "b3"} {
		f.create(name)
	}
	first, err := f.sqs.ListQueues(f.call("ListQueues"), &ListQueuesInput{QueueNamePrefix: wire.Some("b"), MaxResults: wire.Some(int32(2))})
	if err != nil || len(first.QueueUrls) != 2 || !first.NextToken.OK {
		t.Fatalf("%v, %s", err, mustJSON(t, first))
	}
	second, err := f.sqs.ListQueues(f.call("ListQueues"), &ListQueuesInput{QueueNamePrefix: wire.Some("b"), MaxResults: wire.Some(int32(2)), NextToken: first.NextToken})
	if err != nil || !slices.Equal(second.QueueUrls, []string{"http://127.0.0.1:4566/000000000001/b3"}) || second.NextToken.OK {
		t.Errorf("%v, %s", err, mustJSON(t, second))
	}
	_, err = f.sqs.ListQueues(f.call("ListQueues"), &ListQueuesInput{MaxResults: wire.Some(int32(1001))})
	wantError(t, err, "InvalidParameterValue", "Value 1001 for parameter MaxResults is invalid. Reason: Must be between 1 and 1000, if provided.")
}

func TestPurge_delete_and_tags(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q")
	f.send(url, "visible")
	f.send(url, "delayed", 60)
	m := f.receive(url, 1, 0)[0]
	if _, err := f.sqs.PurgeQueue(f.call("PurgeQueue"), &PurgeQueueInput{QueueUrl: url}); err != nil {
		t.Fatal(err)
	}
	if n := f.counts(url); n != [3]string{"0", "0", "0"} {
		t.Errorf("counts %v after a purge", n)
	}
	if hops := f.hops(event.KindDrop); len(hops) != 2 || hops[0].Reason.Code != "QueuePurged" {
		t.Errorf("hops %+v", hops)
	}
	f.delete(url, m.ReceiptHandle.V)
	if _, err := f.sqs.TagQueue(f.call("TagQueue"), &TagQueueInput{QueueUrl: url, Tags: map[string]string{"a": "1", "b": "2"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.sqs.UntagQueue(f.call("UntagQueue"), &UntagQueueInput{QueueUrl: url, TagKeys: []string{"a", "z"}}); err != nil {
		t.Fatal(err)
	}
	if out, err := f.sqs.ListQueueTags(f.call("ListQueueTags"), &ListQueueTagsInput{QueueUrl: url}); err != nil || mustJSON(t, out.Tags) != `{"b":"2"}` {
		t.Errorf("tags %v, %v", out, err)
	}
	if _, err := f.sqs.DeleteQueue(f.call("DeleteQueue"), &DeleteQueueInput{QueueUrl: url}); err != nil {
		t.Fatal(err)
	}
	f.create("q")
	wantError(t, f.change(url, m.ReceiptHandle.V, 1), "ReceiptHandleIsInvalid", `The input receipt handle "`+m.ReceiptHandle.V+`" is not a valid receipt handle.`)
}

func TestOverLimit_when_too_many_messages_are_in_flight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		if f.sqs.limit != 120_000 {
			t.Errorf("the limit is %d", f.sqs.limit)
		}
		f.sqs.limit = 50
		url := f.create("q")
		for range 51 {
			f.send(url, "x")
		}
		var last Message
		for range 5 {
			last = f.receive(url, 10, 0)[0]
		}
		_, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), &ReceiveMessageInput{QueueUrl: url})
		wantError(t, err, "OverLimit", "The maximum number of in flight messages is reached: 50.")
		time.AfterFunc(time.Second, func() { f.delete(url, last.ReceiptHandle.V) })
		began := time.Now()
		if got := f.receive(url, 10, 20); len(got) != 1 || time.Since(began) != time.Second {
			t.Errorf("a long poll got %d messages after %v, want 1 when one was deleted", len(got), time.Since(began))
		}
	})
}
