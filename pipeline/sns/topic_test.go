package sns

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The texts are those of AWS, recorded in the SNS tests of LocalStack.
func TestCreateTopic_refuses_and_repeats_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		create := func(name string, tags []Tag, attributes ...string) error {
			_, err := f.svc.CreateTopic(f.call(), &CreateTopicInput{Name: name, Attributes: pairs(attributes), Tags: tags})
			return err
		}
		for _, c := range []struct {
			reason     string
			name       string
			attributes []string
		}{
			{"no name", "", nil}, {"257 characters", strings.Repeat("a", 257), nil}, {"a dot", "a.b", nil}, {"a slash", "a/b", nil},
			{"the suffix of FIFO topics", "a.fifo", nil}, {"a FIFO topic without it", "a", []string{"FifoTopic", "true"}},
			{"the suffix alone", ".fifo", []string{"FifoTopic", "true"}}, {"a letter that is not ASCII", "é", nil},
		} {
			wantError(t, c.reason, create(c.name, nil, c.attributes...), "InvalidParameter", "Invalid parameter: Topic Name")
		}
		if err := create(strings.Repeat("a", 256), nil); err != nil {
			t.Errorf("256 characters: %v", err)
		}
		f.topic("t", "DisplayName", "d")
		if err := create("t", nil); err != nil {
			t.Errorf("again without attributes: %v", err)
		}
		if err := create("t", nil, "DisplayName", "d"); err != nil {
			t.Errorf("again with the same: %v", err)
		}
		wantError(t, "again with others", create("t", nil, "DisplayName", "e"), "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes")
		wantError(t, "again with tags", create("t", []Tag{{Key: "k", Value: "v"}}), "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")
		wantError(t, "a key twice", create("u", []Tag{{Key: "k", Value: "v"}, {Key: "k", Value: "w"}}), "InvalidParameter", "Invalid parameter: Duplicated keys are not allowed.")
		wantError(t, "an attribute that is none", create("u", nil, "Nonsense", "1"), "InvalidParameter", "Invalid parameter: Attributes Reason: AttributeName")
		wantError(t, "an attribute of FIFO topics", create("u", nil, "ContentBasedDeduplication", "true"), "InvalidParameter", "Invalid parameter: Attributes Reason: ContentBasedDeduplication can only be set for FIFO topics")
	})
}

func TestGetTopicAttributes_answers_what_AWS_answers_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		arn := f.topic("t.fifo", "FifoTopic", "true", "DisplayName", "TestTopic", "SignatureVersion", "2")
		f.subscribe(arn, "sqs", queueARN("q.fifo"))
		got := must[*GetTopicAttributesOutput](t)(f.svc.GetTopicAttributes(f.call(), &GetTopicAttributesInput{TopicArn: arn})).Attributes
		want := map[string]string{
			"ContentBasedDeduplication": "false", "DisplayName": "TestTopic", "FifoTopic": "true", "Owner": account, "SignatureVersion": "2", "TopicArn": arn,
			"SubscriptionsConfirmed": "1", "SubscriptionsDeleted": "0", "SubscriptionsPending": "0",
			"EffectiveDeliveryPolicy": `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}`,
			"Policy":                  got["Policy"],
		}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s: got %s, want %s", name, got[name], value)
			}
		}
		if len(got) != len(want) {
			t.Errorf("got %v", got)
		}
		if !strings.Contains(got["Policy"], `"Sid":"__default_statement_ID"`) || !strings.Contains(got["Policy"], `"AWS:SourceOwner":"`+account+`"`) || !json.Valid([]byte(got["Policy"])) {
			t.Errorf("policy %s", got["Policy"])
		}
		set := func(name, value string) error {
			_, err := f.svc.SetTopicAttributes(f.call(), &SetTopicAttributesInput{TopicArn: arn, AttributeName: name, AttributeValue: wire.Some(value)})
			return err
		}
		wantError(t, "FifoTopic afterwards", set("FifoTopic", "false"), "InvalidParameter", "Invalid parameter: AttributeName")
		wantError(t, "a signature version", set("SignatureVersion", "3"), "InvalidParameter", "Invalid parameter: SignatureVersion")
		if err := set("ContentBasedDeduplication", "true"); err != nil {
			t.Error(err)
		}
		for _, c := range []struct{ arn, code, message string }{
			{topicOf("gone"), "NotFound", "Topic does not exist"},
			{"randomarn", "InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"},
			{"", "InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"},
			{"arn:aws", "InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 2"},
			{"arn:aws:sns:eu-west-1:" + account + ":t.fifo", "InvalidParameter", "Invalid parameter: TopicArn"},
			{"arn:aws:sns:" + region + ":" + other + ":t", "AuthorizationError", "User: arn:aws:iam::111111111111:root is not authorized to perform: SNS:GetTopicAttributes on resource: arn:aws:sns:us-east-1:222222222222:t because no resource-based policy allows the SNS:GetTopicAttributes action"},
		} {
			_, err := f.svc.GetTopicAttributes(f.call(), &GetTopicAttributesInput{TopicArn: c.arn})
			wantError(t, c.arn, err, c.code, c.message)
		}
	})
}

func TestTopics_are_listed_tagged_and_deleted(t *testing.T) {
	bubble(t, func(f *fixture) {
		for i := range 205 {
			f.topic(fmt.Sprintf("t%03d", i))
		}
		in, pages, total := &ListTopicsInput{}, 0, 0
		for {
			out := must[*ListTopicsOutput](t)(f.svc.ListTopics(f.call(), in))
			pages++
			total += len(out.Topics)
			if in.NextToken = out.NextToken; !out.NextToken.OK {
				break
			}
		}
		if pages != 3 || total != 205 {
			t.Errorf("%d topics on %d pages", total, pages)
		}
		_, err := f.svc.ListTopics(f.call(), &ListTopicsInput{NextToken: wire.Some("?")})
		wantError(t, "a token that is none", err, "InvalidParameter", "Invalid parameter: NextToken")
		arn := topicOf("t000")
		must[*TagResourceOutput](t)(f.svc.TagResource(f.call(), &TagResourceInput{ResourceArn: arn, Tags: []Tag{{Key: "k2", Value: "v2"}, {Key: "k1", Value: "v1"}}}))
		must[*TagResourceOutput](t)(f.svc.TagResource(f.call(), &TagResourceInput{ResourceArn: arn, Tags: []Tag{{Key: "k2", Value: "v2b"}}}))
		must[*UntagResourceOutput](t)(f.svc.UntagResource(f.call(), &UntagResourceInput{ResourceArn: arn, TagKeys: []string{"k1", "k9"}}))
		tags := must[*ListTagsForResourceOutput](t)(f.svc.ListTagsForResource(f.call(), &ListTagsForResourceInput{ResourceArn: arn})).Tags
		if len(tags) != 1 || tags[0].Key != "k2" || tags[0].Value != "v2b" {
			t.Errorf("%+v", tags)
		}
		_, err = f.svc.TagResource(f.call(), &TagResourceInput{ResourceArn: topicOf("gone")})
		wantError(t, "tags of nothing", err, "ResourceNotFound", "Resource does not exist")
		sub := f.subscribe(arn, "sqs", queueARN("q"))
		for range 2 {
			must[*DeleteTopicOutput](t)(f.svc.DeleteTopic(f.call(), &DeleteTopicInput{TopicArn: arn}))
		}
		_, err = f.svc.GetSubscriptionAttributes(f.call(), &GetSubscriptionAttributesInput{SubscriptionArn: sub})
		wantError(t, "a subscription of a topic that is gone", err, "NotFound", "Subscription does not exist")
	})
}

func TestPermissions_change_the_policy(t *testing.T) {
	bubble(t, func(f *fixture) {
		arn := f.topic("t")
		add := func(label, action string) error {
			_, err := f.svc.AddPermission(f.call(), &AddPermissionInput{TopicArn: arn, Label: label, AWSAccountId: []string{other}, ActionName: []string{action}})
			return err
		}
		if err := add("test", "Publish"); err != nil {
			t.Fatal(err)
		}
		wantError(t, "the label again", add("test", "Publish"), "InvalidParameter", "Invalid parameter: Statement already exists")
		wantError(t, "no action of SNS", add("u", "DeleteItem"), "InvalidParameter", "Invalid parameter: Policy statement action out of service scope!")
		policy := func() string {
			return must[*GetTopicAttributesOutput](t)(f.svc.GetTopicAttributes(f.call(), &GetTopicAttributesInput{TopicArn: arn})).Attributes["Policy"]
		}
		if want := `{"Action":"SNS:Publish","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + other + `:root"},"Resource":"` + arn + `","Sid":"test"}`; !strings.Contains(policy(), want) {
			t.Errorf("got %s", policy())
		}
		must[*RemovePermissionOutput](t)(f.svc.RemovePermission(f.call(), &RemovePermissionInput{TopicArn: arn, Label: "test"}))
		if strings.Contains(policy(), `"test"`) || !strings.Contains(policy(), "__default_statement_ID") {
			t.Errorf("got %s", policy())
		}
	})
}

func TestDescribe_names_topics_edges_and_dead_letter_queues(t *testing.T) {
	bubble(t, func(f *fixture) {
		arn := f.topic("t")
		f.subscribe(arn, "sqs", queueARN("q"), "RedrivePolicy", `{"deadLetterTargetArn":"`+queueARN("dlq")+`"}`)
		f.subscribe(arn, "https", "https://example.test/hook")
		got, err := json.Marshal(f.engine.Topology())
		if err != nil {
			t.Fatal(err)
		}
		want := `{"places":["topic:t"],"dlqs":["queue:dlq"],"edges":[{"from":"topic:t","to":"http:https://example.test/hook","why":"subscription"},` +
			`{"from":"topic:t","to":"queue:dlq","why":"subscription dead-letter"},{"from":"topic:t","to":"queue:q","why":"subscription"}]}`
		if string(got) != want {
			t.Errorf("got %s", got)
		}
		f.engine.Reset(account)
		if places := f.engine.Topology().Places; len(places) != 0 {
			t.Errorf("after a reset: %v", places)
		}
	})
}
