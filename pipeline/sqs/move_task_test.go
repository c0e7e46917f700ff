package sqs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const arnPrefix = "arn:aws:sqs:us-east-1:000000000001:"

// poisoned makes a queue with a dead-letter queue "dead" that holds n messages of it.
func (f *fixture) poisoned(n int) {
	f.Helper()
	f.create("dead")
	f.create("q", "VisibilityTimeout", "0", "RedrivePolicy", `{"maxReceiveCount":1,"deadLetterTargetArn":"`+arnPrefix+`dead"}`)
	for i := range n {
		f.send("q", fmt.Sprint("m", i))
	}
	for f.counts("dead")[0] != fmt.Sprint(n) {
		f.receive("q", 10, 0)
	}
}

func (f *fixture) startMove(target string, rate int32) (string, error) {
	in := &StartMessageMoveTaskInput{SourceArn: arnPrefix + "dead"}
	if target != "" {
		in.DestinationArn = wire.Some(arnPrefix + target)
	}
	if rate != 0 {
		in.MaxNumberOfMessagesPerSecond = wire.Some(rate)
	}
	out, err := f.sqs.StartMessageMoveTask(f.call("StartMessageMoveTask"), in)
	if err != nil {
		return "", err
	}
	return out.TaskHandle.V, nil
}

func (f *fixture) task() ListMessageMoveTasksResultEntry {
	f.Helper()
	out, err := f.sqs.ListMessageMoveTasks(f.call("ListMessageMoveTasks"), &ListMessageMoveTasksInput{SourceArn: arnPrefix + "dead"})
	if err != nil || len(out.Results) != 1 {
		f.Fatalf("%v, %v", out, err)
	}
	return out.Results[0]
}

func TestMoveTask_back_to_the_source_as_new_messages_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.poisoned(2)
		before, _ := f.sqs.Peek("dead")
		time.Sleep(time.Hour)
		if _, err := f.startMove("", 0); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		got := f.receive("q", 10, 0)
		if !slices.Equal(bodies(got), []string{"m0", "m1"}) || got[0].MessageId == before[0].Message.MessageId || got[0].Attributes["ApproximateReceiveCount"] != "1" ||
			got[0].Attributes["SentTimestamp"] != fmt.Sprint(time.Now().UnixMilli()) || got[0].Attributes["DeadLetterQueueSourceArn"] != "" {
			t.Errorf("moved %s", mustJSON(t, got))
		}
		want := ListMessageMoveTasksResultEntry{
			Status: wire.Some("COMPLETED"), SourceArn: wire.Some(arnPrefix + "dead"), ApproximateNumberOfMessagesMoved: wire.Some(int64(2)),
			ApproximateNumberOfMessagesToMove: wire.Some(int64(2)), StartedTimestamp: wire.Some(time.Now().UnixMilli()),
		}
		if task := f.task(); task != want {
			t.Errorf("task %s", mustJSON(t, task))
		}
		hops := f.hops(event.KindArrive)
		if last := hops[len(hops)-1]; last.From != "queue:dead" || last.To != "queue:q" || last.Reason.Code != "MessageMoveTask" || last.Fact != hops[1].Fact {
			t.Errorf("hop %+v", last)
		}
	})
}

func TestMoveTask_rate_and_cancel_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.poisoned(10)
		f.create("target")
		handle, err := f.startMove("target", 2)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for i, want := range []string{"1", "2", "3"} {
			if n := f.counts("target"); n[0] != want {
				t.Fatalf("%v after %d half seconds, want %s", n, i, want)
			}
			time.Sleep(500 * time.Millisecond)
			synctest.Wait()
		}
		if task := f.task(); task.Status.V != "RUNNING" || task.TaskHandle.V != handle || task.MaxNumberOfMessagesPerSecond.V != 2 || task.ApproximateNumberOfMessagesMoved.V != 4 || task.ApproximateNumberOfMessagesToMove.V != 10 || task.DestinationArn.V != arnPrefix+"target" {
			t.Errorf("task %s", mustJSON(t, task))
		}
		_, err = f.startMove("target", 0)
		wantError(t, err, "InvalidParameterValue", "There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
		cancel := func() (*CancelMessageMoveTaskOutput, error) {
			return f.sqs.CancelMessageMoveTask(f.call("CancelMessageMoveTask"), &CancelMessageMoveTaskInput{TaskHandle: handle})
		}
		if out, err := cancel(); err != nil || out.ApproximateNumberOfMessagesMoved.V != 4 {
			t.Errorf("%v, %v", out, err)
		}
		time.Sleep(time.Minute)
		if n := f.counts("target"); n[0] != "4" || f.task().Status.V != "CANCELLED" || f.counts("dead")[0] != "6" {
			t.Errorf("%v messages moved after the task was cancelled", n)
		}
		_, err = cancel()
		wantError(t, err, "AWS.SimpleQueueService.UnsupportedOperation", "Only a task that is RUNNING can be cancelled; this one is CANCELLED.")
		if _, err := f.startMove("target", 500); err != nil {
			t.Fatal(err)
		}
		if _, err := f.sqs.DeleteQueue(f.call("DeleteQueue"), &DeleteQueueInput{QueueUrl: "target"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if task := f.task(); task.Status.V != "FAILED" || task.FailureReason.V != "AWS.SimpleQueueService.NonExistentQueue" || f.counts("dead")[0] == "0" {
			t.Errorf("the destination was deleted: %s", mustJSON(t, task))
		}
		all, err := f.sqs.ListMessageMoveTasks(f.call("ListMessageMoveTasks"), &ListMessageMoveTasksInput{SourceArn: arnPrefix + "dead", MaxResults: wire.Some(int32(10))})
		if err != nil || len(all.Results) != 2 || all.Results[0].Status.V != "FAILED" || all.Results[1].Status.V != "CANCELLED" {
			t.Errorf("tasks %s, %v", mustJSON(t, all), err)
		}
	})
}

func TestMoveTask_of_a_message_without_a_source_fails_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.poisoned(1)
		f.send("dead", "sent directly")
		if _, err := f.startMove("", 0); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if task := f.task(); task.Status.V != "FAILED" || task.FailureReason.V != "CouldNotDetermineMessageSource" || task.ApproximateNumberOfMessagesMoved.V != 1 {
			t.Errorf("task %s", mustJSON(t, task))
		}
	})
}

func TestMoveTask_of_a_FIFO_queue_keeps_the_order_of_groups_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.create("dead.fifo", "FifoQueue", "true")
		url := f.fifo("VisibilityTimeout", "0", "RedrivePolicy", `{"maxReceiveCount":1,"deadLetterTargetArn":"`+arnPrefix+`dead.fifo"}`)
		f.put(url, "1-a", "2-a", "1-b", "1-c")
		f.receive(url, 10, 0)
		f.receive(url, 10, 0)
		if n := f.counts("dead.fifo"); n[0] != "4" {
			t.Fatalf("%v are dead", n)
		}
		if _, err := f.sqs.StartMessageMoveTask(f.call("StartMessageMoveTask"), &StartMessageMoveTaskInput{SourceArn: arnPrefix + "dead.fifo"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		f.wantGot(url, 10, 30, "1-a 1-b 1-c 2-a", "order within groups")
	})
}

func TestMoveTask_refuses_what_AWS_refuses_R4_4(t *testing.T) {
	f := newFixture(t, engine.Options{})
	f.create("plain")
	f.create("t.fifo", "FifoQueue", "true")
	f.poisoned(0)
	start := func(source, target string, rate int32) error {
		in := &StartMessageMoveTaskInput{SourceArn: source, MaxNumberOfMessagesPerSecond: wire.Some(rate)}
		if target != "" {
			in.DestinationArn = wire.Some(target)
		}
		_, err := f.sqs.StartMessageMoveTask(f.call("StartMessageMoveTask"), in)
		return err
	}
	noResource := func(name string) string {
		return "The resource that you specified for the " + name + " parameter doesn't exist."
	}
	rateText := func(rate string) string {
		return "Value " + rate + " for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and 500, if provided."
	}
	wantError(t, start(arnPrefix+"plain", "", 1), "InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
	wantError(t, start(arnPrefix+"none", "", 1), "ResourceNotFoundException", noResource("SourceArn"))
	wantError(t, start(arnPrefix+"dead", arnPrefix+"none", 1), "ResourceNotFoundException", noResource("DestinationArn"))
	wantError(t, start("dead", "", 1), "InvalidParameterValue", "You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>")
	wantError(t, start(arnPrefix+"dead", "", 0), "InvalidParameterValue", rateText("0"))
	wantError(t, start(arnPrefix+"dead", "", 501), "InvalidParameterValue", rateText("501"))
	wantError(t, start(arnPrefix+"dead", arnPrefix+"t.fifo", 1), "InvalidParameterValue", "Value "+arnPrefix+"t.fifo for parameter DestinationArn is invalid. Reason: The destination queue must be another one, and of the type of the source queue.")
	cancel := func(handle string) error {
		_, err := f.sqs.CancelMessageMoveTask(f.call("CancelMessageMoveTask"), &CancelMessageMoveTaskInput{TaskHandle: handle})
		return err
	}
	handle := func(source string) string {
		return (&moveTask{id: "10f57157-fc38-4da9-a113-4de7e12d05aa", source: &queue{arn: source}}).handle()
	}
	wantError(t, cancel("foobared"), "InvalidParameterValue", "Value for parameter TaskHandle is invalid.")
	wantError(t, cancel(handle(arnPrefix+"none")), "ResourceNotFoundException", noResource("SourceArn"))
	wantError(t, cancel(handle(arnPrefix+"dead")), "ResourceNotFoundException", "Task does not exist.")
	for _, n := range []int32{0, 11} {
		_, err := f.sqs.ListMessageMoveTasks(f.call("ListMessageMoveTasks"), &ListMessageMoveTasksInput{SourceArn: arnPrefix + "dead", MaxResults: wire.Some(n)})
		wantError(t, err, "InvalidParameterValue", fmt.Sprintf("Value %d for parameter MaxResults is invalid. Reason: Must be between 1 and 10, if provided.", n))
	}
}

// The policies were recorded against AWS by LocalStack, test_sqs_permission_lifecycle.
func TestPermissions_make_and_unmake_a_policy_R4_4(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q")
	add := func(label string, accounts, actions []string) error {
		_, err := f.sqs.AddPermission(f.call("AddPermission"), &AddPermissionInput{QueueUrl: url, Label: label, AWSAccountIds: accounts, Actions: actions})
		return err
	}
	remove := func(label string) error {
		_, err := f.sqs.RemovePermission(f.call("RemovePermission"), &RemovePermissionInput{QueueUrl: url, Label: label})
		return err
	}
	one, receive := []string{"000000000002"}, []string{"ReceiveMessage"}
	if err := add("a", []string{"000000000002", "000000000003"}, []string{"ReceiveMessage", "*"}); err != nil {
		t.Fatal(err)
	}
	want := `{"Version":"2008-10-17","Id":"` + arnPrefix + `q/SQSDefaultPolicy","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::000000000002:root","arn:aws:iam::000000000003:root"]},"Action":["SQS:ReceiveMessage","SQS:*"],"Resource":"` + arnPrefix + `q"}]}`
	if got := f.attribute(url, "Policy"); got != want {
		t.Errorf("policy %s\nwant   %s", got, want)
	}
	wantError(t, add("a", one, receive), "InvalidParameterValue", "Value a for parameter Label is invalid. Reason: Already exists.")
	if err := add("b", one, receive); err != nil {
		t.Fatal(err)
	}
	if err := remove("a"); err != nil {
		t.Fatal(err)
	}
	if got := f.attribute(url, "Policy"); !strings.Contains(got, `[{"Sid":"b","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000002:root"},"Action":"SQS:ReceiveMessage","Resource":"`) {
		t.Errorf("policy %s", got)
	}
	if err := remove("b"); err != nil || f.attribute(url, "Policy") != "" {
		t.Errorf("without statements there is no policy: %v", err)
	}
	wantError(t, remove("b"), "InvalidParameterValue", "Value b for parameter Label is invalid. Reason: can't find label.")
	actions := []string{"SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "PurgeQueue", "DeleteQueue"}
	if err := add("seven", one, actions[:7]); err != nil {
		t.Errorf("seven actions: %v", err)
	}
	wantError(t, add("eight", one, actions), "OverLimit", "8 Actions were found, maximum allowed is 7.")
	wantError(t, add("c", one, []string{"Fly"}), "InvalidParameterValue", "Value SQS:Fly for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions. ")
	wantError(t, add("c", []string{"me"}, receive), "InvalidParameterValue", "Value [me] for parameter PrincipalId is invalid. Reason: Unable to verify.")
	wantError(t, add("c", one, nil), "MissingParameter", "The request must contain the parameter Actions.")
	for i := range maxStatements - 1 {
		if err := add(fmt.Sprint("more", i), one, receive); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, add("more", one, receive), "OverLimit", "21 Statements were found, maximum allowed is 20.")
	if _, err := f.sqs.SetQueueAttributes(f.call("SetQueueAttributes"), &SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":{"Sid":"own","Effect":"Deny"}}`}}); err != nil {
		t.Fatal(err)
	}
	if err := add("d", one, receive); err != nil {
		t.Fatal(err)
	}
	if got := f.attribute(url, "Policy"); !strings.HasPrefix(got, `{"Version":"2012-10-17","Statement":[{"Sid":"own","Effect":"Deny"},{"Sid":"d",`) {
		t.Errorf("a policy that was set is kept: %s", got)
	}
}
