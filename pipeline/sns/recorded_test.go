package sns

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// What AWS was recorded to answer in the SNS tests of LocalStack, whose snapshots were taken against AWS; each test names the one.

// Source: test_create_duplicate_topic_check_idempotency.
func TestCreateTopic_again_with_some_of_its_tags_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		a, b := Tag{Key: "a", Value: "1"}, Tag{Key: "b", Value: "2"}
		create := func(tags ...Tag) error {
			_, err := f.svc.CreateTopic(f.call(), &CreateTopicInput{Name: "t", Tags: tags})
			return err
		}
		for _, tags := range [][]Tag{{b, a}, {a, b}, {a}, {b}, nil} {
			if err := create(tags...); err != nil {
				t.Errorf("%v: %v", tags, err)
			}
		}
		for _, tags := range [][]Tag{{{Key: "a", Value: "2"}}, {a, b, {Key: "c", Value: "3"}}} {
			wantError(t, fmt.Sprint(tags), create(tags...), "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")
		}
	})
}

// Source: test_subscribe_idempotency.
func TestSubscribe_again_with_what_it_has_by_default_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		first := f.subscribe(topic, "sqs", queueARN("q"), "RawMessageDelivery", "True")
		for _, attributes := range [][]string{
			{"RawMessageDelivery", "true"}, {"RawMessageDelivery", "true", "FilterPolicyScope", "MessageAttributes"}, nil, {"FilterPolicyScope", "MessageAttributes"},
		} {
			if again := f.subscribe(topic, "sqs", queueARN("q"), attributes...); again != first {
				t.Errorf("%v: got %s", attributes, again)
			}
		}
		for _, attributes := range []map[string]string{{"RawMessageDelivery": "false"}, {"FilterPolicyScope": "MessageBody"}, {"FilterPolicy": `{"a":["b"]}`}} {
			_, err := f.svc.Subscribe(f.call(), &SubscribeInput{TopicArn: topic, Protocol: "sqs", Endpoint: wire.Some(queueARN("q")), Attributes: attributes})
			wantError(t, fmt.Sprint(attributes), err, "InvalidParameter", "Invalid parameter: Attributes Reason: Subscription already exists with different attributes")
		}
	})
}

// Source: test_validations_for_fifo.
func TestRedrivePolicy_of_a_FIFO_topic_is_of_the_kind_of_the_queue_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t.fifo", "FifoTopic", "true")
		for _, c := range []struct{ queue, dlq, message string }{
			{"standard", "dlq", ""},
			{"ordered.fifo", "dlq.fifo", ""},
			{"another.fifo", "dlq", "Invalid parameter: RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."},
		} {
			sub := f.subscribe(topic, "sqs", queueARN(c.queue))
			_, err := f.svc.SetSubscriptionAttributes(f.call(), &SetSubscriptionAttributesInput{
				SubscriptionArn: sub, AttributeName: "RedrivePolicy", AttributeValue: wire.Some(`{"deadLetterTargetArn":"` + queueARN(c.dlq) + `"}`),
			})
			if c.message != "" {
				wantError(t, c.queue, err, "InvalidParameter", c.message)
			} else if err != nil {
				t.Errorf("%s: %v", c.queue, err)
			}
		}
	})
}

// Source: test_subscribe_external_http_endpoint_content_type, test_topic_delivery_policy_crud.
func TestDeliveryPolicy_is_answered_in_full_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t", "DeliveryPolicy", `{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}`)
		sub := f.subscribe(topic, "http", "http://127.0.0.1:9/hook", "DeliveryPolicy", `{"requestPolicy":{"headerContentType":"text/csv"}}`)
		got := must[*GetTopicAttributesOutput](t)(f.svc.GetTopicAttributes(f.call(), &GetTopicAttributesInput{TopicArn: topic})).Attributes["DeliveryPolicy"]
		if want := `{"http":{"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"application/json"}}}`; got != want {
			t.Errorf("topic: got %s", got)
		}
		for set, want := range map[string]string{
			`{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}}}`: `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1},"disableSubscriptionOverrides":false}}`,
			`{"http":{"defaultHealthyRetryPolicy":null}}`:                                                   `{"http":{"disableSubscriptionOverrides":false}}`,
			``: ``,
		} {
			must[*SetTopicAttributesOutput](t)(f.svc.SetTopicAttributes(f.call(), &SetTopicAttributesInput{TopicArn: topic, AttributeName: "DeliveryPolicy", AttributeValue: wire.Some(set)}))
			got := must[*GetTopicAttributesOutput](t)(f.svc.GetTopicAttributes(f.call(), &GetTopicAttributesInput{TopicArn: topic})).Attributes["DeliveryPolicy"]
			if got != want {
				t.Errorf("%s: got %s", set, got)
			}
		}
		got = must[*GetSubscriptionAttributesOutput](t)(f.svc.GetSubscriptionAttributes(f.call(), &GetSubscriptionAttributesInput{SubscriptionArn: sub})).Attributes["DeliveryPolicy"]
		if want := `{"healthyRetryPolicy":null,"sicklyRetryPolicy":null,"throttlePolicy":null,"requestPolicy":{"headerContentType":"text/csv"},"guaranteed":false}`; got != want {
			t.Errorf("subscription: got %s", got)
		}
	})
}

// Source: test_list_subscriptions_by_topic_pagination, which reads the token as base64.
func TestNextToken_is_base64_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		for i := range 101 {
			f.subscribe(topic, "sms", fmt.Sprintf("+12312312%d", i))
		}
		first := must[*ListSubscriptionsByTopicOutput](t)(f.svc.ListSubscriptionsByTopic(f.call(), &ListSubscriptionsByTopicInput{TopicArn: topic}))
		if _, err := base64.StdEncoding.DecodeString(first.NextToken.V); err != nil || first.NextToken.V == "" || len(first.Subscriptions) != 100 {
			t.Errorf("%d subscriptions, %q: %v", len(first.Subscriptions), first.NextToken.V, err)
		}
		second := must[*ListSubscriptionsByTopicOutput](t)(f.svc.ListSubscriptionsByTopic(f.call(), &ListSubscriptionsByTopicInput{TopicArn: topic, NextToken: first.NextToken}))
		if len(second.Subscriptions) != 1 || second.NextToken.OK {
			t.Errorf("%+v", second)
		}
	})
}

// Source: test_unsubscribe_wrong_arn_format, test_empty_or_wrong_message_attributes.
func TestMissing_parameters_are_named_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		for _, c := range []struct{ path, code, message string }{
			{"subscriptionArn", "InvalidParameter", "Invalid parameter: SubscriptionArn Reason: no value for required parameter"},
			{"topicArn", "InvalidParameter", "Invalid parameter: TopicArn Reason: no value for required parameter"},
			{"attributes", "ValidationError", "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be null"},
		} {
			v := &wire.Violations{List: []wire.Violation{{Path: c.path, Null: true, Text: "Member must not be null"}}}
			wantError(t, c.path, f.svc.InvalidInput("Test", v), c.code, c.message)
		}
	})
}

func TestContentBasedDeduplication_in_capitals_counts_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t.fifo", "FifoTopic", "True", "ContentBasedDeduplication", "True")
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "m", MessageGroupId: wire.Some("g")})
		got := must[*GetTopicAttributesOutput](t)(f.svc.GetTopicAttributes(f.call(), &GetTopicAttributesInput{TopicArn: topic})).Attributes
		if got["ContentBasedDeduplication"] != "true" {
			t.Errorf("got %v", got)
		}
	})
}

// Source: test_publish_sqs_from_sns_with_xray_propagation.
func TestPublish_passes_the_tracing_header_to_queues_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		f.subscribe(topic, "sqs", queueARN("q"))
		f.subscribe(topic, "sqs", queueARN("raw"), "RawMessageDelivery", "true")
		const trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
		call := f.call()
		call.TraceHeader = trace
		must[*PublishOutput](t)(f.svc.Publish(call, &PublishInput{TopicArn: wire.Some(topic), Message: "m"}))
		must[*PublishBatchOutput](t)(f.svc.PublishBatch(call, &PublishBatchInput{TopicArn: topic, PublishBatchRequestEntries: []PublishBatchRequestEntry{{Id: "1", Message: "n"}}}))
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "o"})
		for _, queue := range []string{"q", "raw"} {
			var got []string
			for _, ev := range f.queues.at(queue) {
				got = append(got, ev.Attributes["AWSTraceHeader"])
			}
			if want := []string{trace, trace, ""}; !slices.Equal(got, want) {
				t.Errorf("%s: got %q", queue, got)
			}
		}
	})
}

// Source: test_subscribe_sms_obscure_phone_number.
func TestSubscribe_takes_numbers_with_parts_set_apart_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		for _, number := range []string{"+12/34-567.890", "+1 (555) 123-4567", "15551234567"} {
			_, err := f.svc.Subscribe(f.call(), &SubscribeInput{TopicArn: topic, Protocol: "sms", Endpoint: wire.Some(number)})
			if bad := number == "+1 (555) 123-4567"; bad != (err != nil) {
				t.Errorf("%s: %v", number, err)
			}
		}
	})
}

// Source: the acceptance tests of HashiCorp's AWS provider (archive_policy), which run on AWS; SNS Developer Guide, "Message archiving for
// FIFO topic owners".
func TestArchivePolicy_keeps_a_topic_until_it_is_taken_away_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t.fifo", "FifoTopic", "true")
		set := func(value string) error {
			_, err := f.svc.SetTopicAttributes(f.call(), &SetTopicAttributesInput{TopicArn: topic, AttributeName: "ArchivePolicy", AttributeValue: wire.Some(value)})
			return err
		}
		get := func() (policy, begins string) {
			got := must[*GetTopicAttributesOutput](t)(f.svc.GetTopicAttributes(f.call(), &GetTopicAttributesInput{TopicArn: topic})).Attributes
			return got["ArchivePolicy"], got["BeginningArchiveTime"]
		}
		for _, value := range []string{`{"MessageRetentionPeriod":"0"}`, `{"MessageRetentionPeriod":"366"}`, `{"MessageRetentionPeriod":"soon"}`} {
			wantError(t, value, set(value), "InvalidParameter", "Invalid parameter: ArchivePolicy: MessageRetentionPeriod must be a number of days from 1 to 365")
		}
		for _, value := range []string{`{"MessageRetentionPeriod":"365"}`, `{"MessageRetentionPeriod":1}`} {
			if err := set(value); err != nil {
				t.Errorf("%s: %v", value, err)
			}
		}
		if policy, begins := get(); policy != `{"MessageRetentionPeriod":1}` || begins != "2000-01-01T00:00:00.000Z" {
			t.Errorf("got %s, %s", policy, begins)
		}
		time.Sleep(30 * time.Hour) //tidy:bubble bubble runs this function in one
		if _, begins := get(); begins != "2000-01-01T06:00:00.000Z" {
			t.Errorf("a day back from 30 hours later: %s", begins)
		}
		_, err := f.svc.DeleteTopic(f.call(), &DeleteTopicInput{TopicArn: topic})
		wantError(t, "deletion", err, "InvalidState", "Invalid state: Cannot delete a topic with an ArchivePolicy")
		if err := set("{}"); err != nil {
			t.Fatal(err)
		}
		if policy, begins := get(); policy != "" || begins != "" {
			t.Errorf("got %q, %q", policy, begins)
		}
		must[*DeleteTopicOutput](t)(f.svc.DeleteTopic(f.call(), &DeleteTopicInput{TopicArn: topic}))
	})
}

// Source: SNS Developer Guide, "Removing a subscription filter policy"; the acceptance tests of HashiCorp's AWS provider
// (TestAccSNSTopicSubscription_filterPolicy), which run on AWS.
func TestFilterPolicy_is_taken_away_by_an_empty_object_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		sub := f.subscribe(topic, "sqs", queueARN("q"), "FilterPolicy", `{"a":["b"]}`)
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "no"})
		must[*SetSubscriptionAttributesOutput](t)(f.svc.SetSubscriptionAttributes(f.call(), &SetSubscriptionAttributesInput{SubscriptionArn: sub, AttributeName: "FilterPolicy", AttributeValue: wire.Some("{ }")}))
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "yes"})
		if got := f.queues.at("q"); len(got) != 1 {
			t.Errorf("%d messages", len(got))
		}
		got := must[*GetSubscriptionAttributesOutput](t)(f.svc.GetSubscriptionAttributes(f.call(), &GetSubscriptionAttributesInput{SubscriptionArn: sub})).Attributes
		if _, shown := got["FilterPolicy"]; shown || got["FilterPolicyScope"] != "" {
			t.Errorf("got %v", got)
		}
	})
}

// Source: HashiCorp's AWS provider, resourceTopicSubscriptionDelete.
func TestUnsubscribe_leaves_what_is_not_confirmed_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		sub := f.subscribe(f.topic("t"), "email", "me@example.test")
		_, err := f.svc.Unsubscribe(f.call(), &UnsubscribeInput{SubscriptionArn: sub})
		wantError(t, "pending", err, "InvalidParameter", "Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
		if listed := must[*ListSubscriptionsOutput](t)(f.svc.ListSubscriptions(f.call(), &ListSubscriptionsInput{})).Subscriptions; len(listed) != 1 {
			t.Errorf("%+v", listed)
		}
	})
}

// Source: SNS API Reference, Subscribe and ConfirmSubscription.
func TestConfirmation_expires_is_asked_for_again_and_may_guard_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		const hook = "http://127.0.0.1:9/hook"
		topic := f.topic("t")
		sub := f.subscribe(topic, "http", hook)
		synctest.Wait()
		asked, _ := f.lastTold()
		confirm := func() error {
			call := f.call()
			call.Signed = true
			_, err := f.svc.ConfirmSubscription(call, &ConfirmSubscriptionInput{TopicArn: topic, Token: asked.Token, AuthenticateOnUnsubscribe: wire.Some("true")})
			return err
		}
		time.Sleep(48*time.Hour + time.Second) //tidy:bubble bubble runs this function in one
		wantError(t, "after two days", confirm(), "InvalidParameter", "Invalid parameter: Token")
		before := len(f.web.got)
		if again := f.subscribe(topic, "http", hook); again != sub {
			t.Errorf("another subscription: %s", again)
		}
		synctest.Wait()
		if len(f.web.got) != before+1 {
			t.Errorf("asked %d times", len(f.web.got)-before)
		}
		if err := confirm(); err != nil {
			t.Fatal(err)
		}
		got := must[*GetSubscriptionAttributesOutput](t)(f.svc.GetSubscriptionAttributes(f.call(), &GetSubscriptionAttributesInput{SubscriptionArn: sub})).Attributes
		if got["ConfirmationWasAuthenticated"] != "true" || got["PendingConfirmation"] != "false" {
			t.Errorf("got %v", got)
		}
		if _, err := f.svc.Unsubscribe(f.call(), &UnsubscribeInput{SubscriptionArn: sub}); codeOf(err) != "AuthorizationError" {
			t.Errorf("without a signature: %v", err)
		}
		signed := f.call()
		signed.Signed = true
		must[*UnsubscribeOutput](t)(f.svc.Unsubscribe(signed, &UnsubscribeInput{SubscriptionArn: sub}))
	})
}

// Source: test_publish_lambda_verify_signature: the version is told wrongly, the signature is of version 2.
func TestFunction_is_told_signature_version_1_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t", "SignatureVersion", "2")
		f.subscribe(topic, "lambda", "arn:aws:lambda:us-east-1:"+account+":function:f")
		out := f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "m"})
		lost := f.hops(event.KindDrop)
		if len(lost) != 1 {
			t.Fatalf("got %s", reasons(lost))
		}
		var got struct {
			Records []struct {
				Sns struct{ SignatureVersion, Signature string }
			}
		}
		if err := json.Unmarshal([]byte(lost[0].Event.Body), &got); err != nil || len(got.Records) != 1 {
			t.Fatalf("%s: %v", lost[0].Event.Body, err)
		}
		want := f.svc.signer.sign("2", "Message\nm\nMessageId\n"+out.MessageId.V+"\nTimestamp\n2000-01-01T00:00:00.000Z\nTopicArn\n"+topic+"\nType\nNotification\n")
		if told := got.Records[0].Sns; told.SignatureVersion != "1" || told.Signature != want {
			t.Errorf("got %+v", told)
		}
	})
}
