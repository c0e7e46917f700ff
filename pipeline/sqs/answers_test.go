package sqs

import (
	"errors"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Source: the tests of a public server for Node that follow AWS's answers ("castable type"; attributes that are null), and for the
// words of what cannot be cast an answer of AWS in async-aws/aws issue 1667.
func TestOperations_cast_numbers_and_truth_values_to_text_R1_2(t *testing.T) {
	f := newFixture(t, engine.Options{})
	for _, row := range []struct{ reason, operation, request, want string }{
		{"attributes", "CreateQueue", `{"QueueName":"q","Attributes":{"DelaySeconds":400,"VisibilityTimeout":null}}`, `"QueueUrl"`},
		{"a number is text", "GetQueueAttributes", `{"QueueUrl":"q","AttributeNames":["DelaySeconds","VisibilityTimeout"]}`, `{"Attributes":{"DelaySeconds":"400","VisibilityTimeout":"30"}}`},
		{"a body", "SendMessage", `{"QueueUrl":"q","MessageBody":0,"DelaySeconds":0,"MessageAttributes":{"a":{"DataType":"String","StringValue":2345},"b":{"DataType":"String","StringValue":true},"c":null}}`, `"MD5OfMessageBody":"cfcd208495d565ef66e7dff9f98764da"`},
		{"is handed out as text", "ReceiveMessage", `{"QueueUrl":"q","MessageAttributeNames":["All"],"MaxNumberOfMessages":1.0}`, `"Body":"0","MD5OfMessageAttributes":"`},
		{"a wrong value", "CreateQueue", `{"QueueName":"r","Attributes":{"DelaySeconds":true}}`, "Invalid value for the parameter DelaySeconds."},
		{"text is no number", "SendMessage", `{"QueueUrl":"q","MessageBody":"x","DelaySeconds":"1"}`, "STRING_VALUE can not be converted to an Integer"},
		{"an object is no text", "SendMessage", `{"QueueUrl":"q","MessageBody":{}}`, "Start of structure or map found where not expected"},
		{"a list is no text", "CreateQueue", `{"QueueName":"r","Attributes":{"DelaySeconds":[]}}`, "Unrecognized collection type class java.lang.String"},
		{"a map is no list", "CreateQueue", `{"QueueName":"r","Attributes":["x"]}`, "Start of list found where not expected"},
		{"nothing is applied halfway", "GetQueueUrl", `{"QueueName":"r"}`, "The specified queue does not exist."},
	} {
		got, err := f.do(row.operation, row.request)
		if e, ok := errors.AsType[*wire.Error](err); ok {
			got = e.Message
		}
		if !strings.Contains(got, row.want) {
			t.Errorf("%s: %s\nwant %s", row.reason, got, row.want)
		}
	}
}

func TestQueue_names_that_are_none_R4_4(t *testing.T) {
	f := newFixture(t, engine.Options{})
	const mustSpecify = "Value for parameter QueueName is invalid. Reason: Must specify a queue name."
	for _, row := range []struct{ operation, request, message string }{
		{"CreateQueue", `{}`, mustSpecify},
		{"CreateQueue", `{"QueueName":""}`, "Queue name cannot be empty"},
		{"GetQueueUrl", `{}`, mustSpecify},
		{"GetQueueUrl", `{"QueueName":""}`, mustSpecify},
	} {
		_, err := f.do(row.operation, row.request)
		wantError(t, err, "InvalidParameterValue", row.message)
	}
}

// Source: the tests of a public server for Node that follow AWS's answers.
func TestSetQueueAttributes_looks_at_the_form_of_policies_R4_4(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("q")
	const statement, bad = `{"Sid":"a","Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}`, "Invalid value for the parameter Policy."
	set := func(name, value string) error {
		_, err := f.sqs.SetQueueAttributes(f.call("SetQueueAttributes"), &SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{name: value}})
		return err
	}
	for _, row := range []struct{ reason, policy, code, message string }{
		{"no JSON", `x`, badValue, bad},
		{"a list", `[]`, badValue, bad},
		{"null", `null`, badValue, bad},
		{"an unknown member", `{"Color":1,"Statement":[` + statement + `]}`, badValue, bad},
		{"an unknown version", `{"Version":"4532-10-17","Statement":[` + statement + `]}`, badValue, bad},
		{"no statement", `{"Version":"2012-10-17","Statement":[]}`, badValue, bad},
		{"a statement with an unknown member", `{"Statement":{"Color":1}}`, badValue, bad},
		{"a listed statement with an unknown member", `{"Statement":[` + statement + `,{"Color":1}]}`, badValue, bad},
		{"a statement that is text", `{"Statement":["x"]}`, badValue, bad},
		{"too many statements", `{"Statement":[` + strings.Repeat(statement+",", 21) + statement + `]}`, "OverLimit", "22 statements were found in the submitted policy, max allowed is 20"},
	} {
		t.Run(row.reason, func(t *testing.T) { wantError(t, set("Policy", row.policy), row.code, row.message) })
	}
	for _, policy := range []string{
		`{"Version":"2008-10-17","Id":"x","Statement":` + statement + `}`, `{"Version":"2012-10-17","Statement":[` + strings.Repeat(statement+",", 19) + statement + `]}`,
		`{"Statement":[{"NotPrincipal":{},"NotAction":[],"NotResource":"*","Condition":{},"Effect":"Deny"}]}`, "",
	} {
		if err := set("Policy", policy); err != nil || f.attribute(url, "Policy") != policy {
			t.Errorf("%s: %v, then it is %s", policy, err, f.attribute(url, "Policy"))
		}
	}
	redrive := func(target, more string) string {
		return `{"deadLetterTargetArn":"` + target + `","maxReceiveCount":5` + more + `}`
	}
	for _, row := range []struct{ policy, reason string }{
		{redrive("arn:aws:sns:us-east-1:000000000001:t", ""), "Only SQS queues are valid resources for deadLetterTargetArn."},
		{redrive("arn:aws:sqs:us-east-1:000000000001:none.fifo", ""), "Dead-letter queue must be same type of queue as the source.."},
		{redrive("arn:aws:sqs:us-east-1:000000000001:q", `,"x":1`), "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn]."},
	} {
		wantError(t, set("RedrivePolicy", row.policy), invalid, "Value "+row.policy+" for parameter RedrivePolicy is invalid. Reason: "+row.reason)
	}
}

// Sources: moto, test_add_permission_errors, test_remove_permission_errors and test_untag_queue_errors; recorded against AWS by
// LocalStack, test_sqs_permission_lifecycle (of a queue that had a policy).
func TestPermissions_and_tags_are_refused_in_the_words_of_AWS_R4_4(t *testing.T) {
	f := newFixture(t, engine.Options{})
	f.create("q")
	const permission = `{"QueueUrl":"q","Label":"a","AWSAccountIds":["000000000002"],"Actions":[`
	for _, row := range []struct{ operation, request, message string }{
		{"RemovePermission", `{"QueueUrl":"q","Label":"a"}`, "Value a for parameter Label is invalid. Reason: can't find label on existing policy."},
		{"AddPermission", permission + `"RemovePermission"]}`, "Value SQS:RemovePermission for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action."},
		{"AddPermission", permission + `"SendMessage"]}`, ""},
		{"AddPermission", permission + `"SendMessage"]}`, ""},
		{"AddPermission", permission + `"ReceiveMessage"]}`, "Value a for parameter Label is invalid. Reason: Already exists."},
		{"RemovePermission", `{"QueueUrl":"q","Label":"b"}`, "Value b for parameter Label is invalid. Reason: can't find label."},
		{"RemovePermission", `{"QueueUrl":"q","Label":"a"}`, ""},
		{"RemovePermission", `{"QueueUrl":"q","Label":"a"}`, "Value a for parameter Label is invalid. Reason: can't find label."},
		{"UntagQueue", `{"QueueUrl":"q","TagKeys":[]}`, "Tag keys must be between 1 and 128 characters in length."},
		{"SendMessage", `{"QueueUrl":"q","MessageBody":"x","MessageAttributes":{"":{"DataType":"String","StringValue":"x"}}}`, "The request must contain non-empty message (user) attribute names."},
	} {
		_, err := f.do(row.operation, row.request)
		if row.message == "" {
			if err != nil {
				t.Errorf("%s %s: %v", row.operation, row.request, err)
			}
			continue
		}
		wantError(t, err, invalid, row.message)
	}
}
