package sns

import (
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The actions that AddPermission can give to another account, by an account that was given none: policies are not asked here.
//
// Source: SNS API Reference, AddPermission; LocalStack's TestSNSMultiAccounts.
func TestTopic_serves_other_accounts_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		stranger := f.engine.Scope(other, region).Built().(*Service)
		call := f.call()
		call.Scope = stranger.scope
		must[*SetTopicAttributesOutput](t)(stranger.SetTopicAttributes(call, &SetTopicAttributesInput{TopicArn: topic, AttributeName: "DisplayName", AttributeValue: wire.Some("xenon")}))
		if got := must[*GetTopicAttributesOutput](t)(stranger.GetTopicAttributes(call, &GetTopicAttributesInput{TopicArn: topic})).Attributes; got["DisplayName"] != "xenon" || got["Owner"] != account {
			t.Errorf("got %v", got)
		}
		must[*AddPermissionOutput](t)(stranger.AddPermission(call, &AddPermissionInput{TopicArn: topic, Label: "l", AWSAccountId: []string{other}, ActionName: []string{"Publish"}}))
		must[*RemovePermissionOutput](t)(stranger.RemovePermission(call, &RemovePermissionInput{TopicArn: topic, Label: "l"}))
		theirs := strings.ReplaceAll(queueARN("q"), account, other)
		sub := must[*SubscribeOutput](t)(stranger.Subscribe(call, &SubscribeInput{TopicArn: topic, Protocol: "sqs", Endpoint: wire.Some(theirs)})).SubscriptionArn.V
		listed := must[*ListSubscriptionsByTopicOutput](t)(stranger.ListSubscriptionsByTopic(call, &ListSubscriptionsByTopicInput{TopicArn: topic})).Subscriptions
		if len(listed) != 1 || listed[0].SubscriptionArn.V != sub || listed[0].Owner.V != other {
			t.Errorf("%+v", listed)
		}
		must[*SetSubscriptionAttributesOutput](t)(f.svc.SetSubscriptionAttributes(f.call(), &SetSubscriptionAttributesInput{SubscriptionArn: sub, AttributeName: "RawMessageDelivery", AttributeValue: wire.Some("true")}))
		if got := must[*GetSubscriptionAttributesOutput](t)(stranger.GetSubscriptionAttributes(call, &GetSubscriptionAttributesInput{SubscriptionArn: sub})).Attributes["RawMessageDelivery"]; got != "true" {
			t.Errorf("raw: %s", got)
		}
		out := must[*PublishOutput](t)(stranger.Publish(call, &PublishInput{TopicArn: wire.Some(topic), Message: "m"}))
		batch := must[*PublishBatchOutput](t)(stranger.PublishBatch(call, &PublishBatchInput{TopicArn: topic, PublishBatchRequestEntries: []PublishBatchRequestEntry{{Id: "1", Message: "n"}}}))
		var ids []string
		for _, h := range f.hops(event.KindArrive) {
			if h.To == "topic:t" && h.Account == account {
				ids = append(ids, h.Event.ID)
			}
		}
		if want := out.MessageId.V + " " + batch.Successful[0].MessageId.V; strings.Join(ids, " ") != want {
			t.Errorf("at the topic: %q, want %s", ids, want)
		}
		must[*UnsubscribeOutput](t)(stranger.Unsubscribe(call, &UnsubscribeInput{SubscriptionArn: sub}))
		must[*DeleteTopicOutput](t)(stranger.DeleteTopic(call, &DeleteTopicInput{TopicArn: topic}))
		_, err := stranger.Publish(call, &PublishInput{TopicArn: wire.Some(topic), Message: "m"})
		wantError(t, "a topic that is gone", err, "AuthorizationError", "User: arn:aws:iam::"+other+":root is not authorized to perform: SNS:Publish on resource: "+topic+
			" because no resource-based policy allows the SNS:Publish action")
	})
}
