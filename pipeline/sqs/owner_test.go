package sqs

import (
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestQueueOwner_in_every_form_of_URL_R1_1(t *testing.T) {
	for _, row := range []struct{ url, account, region string }{
		{"https://sqs.eu-west-1.amazonaws.com/000000000002/q", "000000000002", "eu-west-1"},
		{"http://sqs.eu-west-1.localhost.localstack.cloud:4566/000000000002/q", "000000000002", "eu-west-1"},
		{"https://eu-west-1.queue.amazonaws.com/000000000002/q", "000000000002", "eu-west-1"},
		{"http://localhost:4566/queue/eu-west-1/000000000002/q/", "000000000002", "eu-west-1"},
		{"http://127.0.0.1:4566/000000000002/q?Action=SendMessage", "000000000002", ""},
		{"/000000000002/q", "000000000002", ""},
		{"000000000002/q", "000000000002", ""},
		{"http://sqs/000000000002/q", "000000000002", ""},
		{"http://localhost:9324/queue/q", "", ""},
		{"http://h/2/q", "", ""},
		{"q", "", ""},
		{"", "", ""},
		{"http://", "", ""},
	} {
		if account, region := queueOwner(row.url); account != row.account || region != row.region {
			t.Errorf("%q: account %q, region %q; want %q, %q", row.url, account, region, row.account, row.region)
		}
	}
}

// Which operations work across accounts: Amazon SQS Developer Guide, "Limitations of cross-account permissions".
func TestQueues_of_other_accounts_and_regions_R1_1(t *testing.T) {
	f := newFixture(t, engine.Options{})
	in := func(account, region string) *fixture {
		other := &fixture{TB: t, engine: f.engine, scope: f.engine.Scope(account, region)}
		other.sqs = other.scope.Built().(*Service)
		return other
	}
	rival, abroad := in("000000000002", "us-east-1"), in("000000000001", "eu-west-1")
	url, foreign := rival.create("q"), "https://sqs.eu-west-1.amazonaws.com/000000000001/q"
	abroad.create("q")
	f.create("q")
	f.send(url, "across")
	f.send(foreign, "abroad")
	if f.counts("q")[0] != "0" || rival.counts("q")[0] != "1" || abroad.counts("q")[0] != "1" {
		t.Errorf("counts %v, %v, %v", f.counts("q"), rival.counts("q"), abroad.counts("q"))
	}
	got := rival.receive("q", 1, 0)
	if len(got) != 1 || got[0].Attributes["SenderId"] != "000000000001" {
		t.Errorf("received %s, want it from the caller's account", mustJSON(t, got))
	}
	f.delete(url, got[0].ReceiptHandle.V)
	if got := bodies(f.receive(foreign, 1, 0)); len(got) != 1 || got[0] != "abroad" {
		t.Errorf("received %v from another region", got)
	}
	if out, err := f.sqs.GetQueueUrl(f.call("GetQueueUrl"), &GetQueueUrlInput{QueueName: "q", QueueOwnerAWSAccountId: wire.Some("000000000002")}); err != nil || out.QueueUrl.V != url {
		t.Errorf("%v, %v", out, err)
	}
	_, err := f.sqs.GetQueueUrl(f.call("GetQueueUrl"), &GetQueueUrlInput{QueueName: "q", QueueOwnerAWSAccountId: wire.Some("000000000009")})
	wantError(t, err, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
	if f.engine.Existing("000000000009", "us-east-1") != nil {
		t.Error("a stranger's account was made")
	}
	for _, operation := range []string{"AddPermission", "RemovePermission", "DeleteQueue", "ListQueueTags", "SetQueueAttributes", "TagQueue", "UntagQueue"} {
		_, err := f.do(operation, `{"QueueUrl":"`+url+`","Label":"x","AWSAccountIds":["000000000003"],"Actions":["*"],"Attributes":{"DelaySeconds":"1"},"Tags":{"a":"b"},"TagKeys":["a"]}`)
		wantError(t, err, "AccessDenied", "Access to the resource "+url+" is denied.")
	}
	if err := f.change(url, got[0].ReceiptHandle.V, 1); err == nil {
		t.Error("the receipt of a deleted message")
	}
	f.create("mine")
	f.send("http://127.0.0.1:4566/000000000002/mine", "x") // no such queue there: the name counts
	if n := f.counts("mine"); n[0] != "1" {
		t.Errorf("counts %v", n)
	}
}
