package sns

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The texts are those of AWS, recorded in the SNS tests of LocalStack.
func TestSubscribe_refuses_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		standard, fifo := f.topic("t"), f.topic("t.fifo", "FifoTopic", "true")
		for _, c := range []struct {
			reason, topic, protocol, endpoint string
			attributes                        []string
			message                           string
		}{
			{"a protocol", standard, "test-protocol", "x", nil, "Invalid parameter: Amazon SNS does not support this protocol string: test-protocol"},
			{"a queue's URL", standard, "sqs", "http://localhost:4566/1/q", nil, "Invalid parameter: SQS endpoint ARN"},
			{"an ARN of something else", standard, "sqs", "arn:aws:sns:us-east-1:1:t", nil, "Invalid parameter: SQS endpoint ARN"},
			{"a FIFO queue at a standard topic", standard, "sqs", queueARN("q.fifo"), nil, "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"},
			{"another scheme", standard, "https", "http://example.test", nil, "Invalid parameter: Endpoint must match the specified protocol"},
			{"letters", standard, "sms", "NAA+15551234567", nil, "Invalid SMS endpoint: NAA+15551234567"},
			{"hyphens", standard, "sms", "+15--551234567", nil, "Invalid SMS endpoint: +15--551234567"},
			{"a dot at the end", standard, "sms", "+15551234567.", nil, "Invalid SMS endpoint: +15551234567."},
			{"a slash", standard, "sms", "/+15551234567", nil, "Invalid SMS endpoint: /+15551234567"},
			{"no address", standard, "email", "me", nil, "Invalid parameter: Email address"},
			{"a function's name", standard, "lambda", "f", nil, "Invalid parameter: Lambda endpoint ARN"},
			{"something else than a queue at a FIFO topic", fifo, "https", "https://example.test", nil, "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO topics deliver to SQS queues only"},
			{"a flag", standard, "sqs", queueARN("q"), []string{"RawMessageDelivery", "wrongvalue"}, "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false."},
			{"a policy", standard, "sqs", queueARN("q"), []string{"FilterPolicy", `{"key":[["value"]]}`}, "Invalid parameter: Attributes Reason: FilterPolicy: Match value must be String, number, true, false, or null\n at [Source: (String)\"{\"key\":[[\"value\"]]}\"; line: 1, column: 10]"},
			{"an attribute", standard, "sqs", queueARN("q"), []string{"Nonsense", "1"}, "Invalid parameter: Attributes Reason: AttributeName"},
		} {
			_, err := f.svc.Subscribe(f.call(), &SubscribeInput{TopicArn: c.topic, Protocol: c.protocol, Endpoint: wire.Some(c.endpoint), Attributes: pairs(c.attributes)})
			wantError(t, c.reason, err, "InvalidParameter", c.message)
		}
		_, err := f.svc.Subscribe(f.call(), &SubscribeInput{TopicArn: topicOf("gone"), Protocol: "sqs", Endpoint: wire.Some(queueARN("q"))})
		wantError(t, "a topic", err, "NotFound", "Topic does not exist")
		if out := must[*ListSubscriptionsOutput](t)(f.svc.ListSubscriptions(f.call(), &ListSubscriptionsInput{})); len(out.Subscriptions) != 0 {
			t.Errorf("refused subscriptions are there: %+v", out.Subscriptions)
		}
	})
}

func TestSubscribe_again_is_the_same_subscription_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		arn := f.topic("t")
		first := f.subscribe(arn, "sqs", queueARN("q"), "RawMessageDelivery", "true")
		for _, attributes := range [][]string{nil, {"RawMessageDelivery", "true"}, {"FilterPolicy", ""}} {
			if again := f.subscribe(arn, "sqs", queueARN("q"), attributes...); again != first {
				t.Errorf("%v: another subscription", attributes)
			}
		}
		_, err := f.svc.Subscribe(f.call(), &SubscribeInput{TopicArn: arn, Protocol: "sqs", Endpoint: wire.Some(queueARN("q")), Attributes: map[string]string{"RawMessageDelivery": "false"}})
		wantError(t, "other attributes", err, "InvalidParameter", "Invalid parameter: Attributes Reason: Subscription already exists with different attributes")
		got := must[*GetSubscriptionAttributesOutput](t)(f.svc.GetSubscriptionAttributes(f.call(), &GetSubscriptionAttributesInput{SubscriptionArn: first})).Attributes
		text, _ := json.Marshal(got)
		want := `{"ConfirmationWasAuthenticated":"true","Endpoint":"` + queueARN("q") + `","Owner":"` + account + `","PendingConfirmation":"false","Protocol":"sqs","RawMessageDelivery":"true",` +
			`"SubscriptionArn":"` + first + `","SubscriptionPrincipal":"arn:aws:iam::` + account + `:root","TopicArn":"` + arn + `"}`
		if string(text) != want {
			t.Errorf("got  %s\nwant %s", text, want)
		}
	})
}

func TestSetSubscriptionAttributes_checks_and_changes_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		sub, fifo := f.subscribe(f.topic("t"), "sqs", queueARN("q")), f.subscribe(f.topic("t.fifo", "FifoTopic", "true"), "sqs", queueARN("q.fifo"))
		set := func(arn, name, value string) error {
			_, err := f.svc.SetSubscriptionAttributes(f.call(), &SetSubscriptionAttributesInput{SubscriptionArn: arn, AttributeName: name, AttributeValue: wire.Some(value)})
			return err
		}
		const unparsable = "failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"
		for _, c := range []struct{ arn, name, value, message string }{
			{sub, "FakeAttribute", "x", "AttributeName"},
			{sub, "RawMessageDelivery", "test-ValUe", "RawMessageDelivery: Invalid value [test-ValUe]. Must be true or false."},
			{sub, "RawMessageDelivery", "", "RawMessageDelivery: Invalid value []. Must be true or false."},
			{sub, "RedrivePolicy", `{"deadLetterTargetArn":"fake-arn"}`, "RedrivePolicy: deadLetterTargetArn is an invalid arn"},
			{sub, "RedrivePolicy", "{invalidjson}", "RedrivePolicy: " + unparsable},
			{sub, "FilterPolicy", "{invalidjson}", "FilterPolicy: " + unparsable},
			{sub, "ReplayPolicy", "{}", "ReplayPolicy: dyetrace does not replay the messages of an archive"},
			{sub, "FilterPolicyScope", "RandomValue", "FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes"},
			{sub, "FilterPolicy", `{"object":{"key":[{"prefix":"auto-"}]}}`, "Filter policy scope MessageAttributes does not support nested filter policy"},
			{fifo, "RedrivePolicy", `{"deadLetterTargetArn":"` + queueARN("dlq") + `"}`, "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."},
		} {
			wantError(t, c.name+"="+c.value, set(c.arn, c.name, c.value), "InvalidParameter", "Invalid parameter: "+c.message)
		}
		wantError(t, "a subscription", set(sub[:len(sub)-1]+"x", "RawMessageDelivery", "true"), "NotFound", "Subscription does not exist")
		attributes := func() map[string]string {
			return must[*GetSubscriptionAttributesOutput](t)(f.svc.GetSubscriptionAttributes(f.call(), &GetSubscriptionAttributesInput{SubscriptionArn: sub})).Attributes
		}
		for _, c := range [][2]string{{"FilterPolicyScope", "MessageBody"}, {"FilterPolicy", `{"object": {"key": [{"prefix": "auto-"}]}}`}, {"RawMessageDelivery", "true"}} {
			if err := set(sub, c[0], c[1]); err != nil {
				t.Errorf("%s: %v", c[0], err)
			}
			if _, shown := attributes()["FilterPolicyScope"]; shown != (c[0] != "FilterPolicyScope") {
				t.Errorf("after %s: the scope is shown with a policy only, got %v", c[0], attributes())
			}
		}
		wantError(t, "a scope that the policy does not fit", set(sub, "FilterPolicyScope", "MessageAttributes"), "InvalidParameter", "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy")
		if got := attributes(); got["FilterPolicyScope"] != "MessageBody" || got["FilterPolicy"] != `{"object": {"key": [{"prefix": "auto-"}]}}` || got["RawMessageDelivery"] != "true" {
			t.Errorf("got %v", got)
		}
		if err := set(sub, "FilterPolicy", ""); err != nil {
			t.Error(err)
		}
		if _, there := attributes()["FilterPolicy"]; there {
			t.Errorf("got %v", attributes())
		}
	})
}

func TestUnsubscribe_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		sub := f.subscribe(topic, "sqs", queueARN("q"))
		for range 2 {
			must[*UnsubscribeOutput](t)(f.svc.Unsubscribe(f.call(), &UnsubscribeInput{SubscriptionArn: sub}))
		}
		for arn, message := range map[string]string{
			"randomstring":                              "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1",
			"arn:aws:sns:us-east-1:random":              "SubscriptionArn Reason: An ARN must have at least 6 elements, not 5",
			"arn:aws:sns:us-east-1:111111111111:random": "SubscriptionId",
			"": "SubscriptionArn Reason: no value for required parameter",
		} {
			_, err := f.svc.Unsubscribe(f.call(), &UnsubscribeInput{SubscriptionArn: arn})
			wantError(t, arn, err, "InvalidParameter", "Invalid parameter: "+message)
		}
		got := must[*GetTopicAttributesOutput](t)(f.svc.GetTopicAttributes(f.call(), &GetTopicAttributesInput{TopicArn: topic})).Attributes
		if got["SubscriptionsDeleted"] != "1" || got["SubscriptionsConfirmed"] != "0" {
			t.Errorf("got %v", got)
		}
	})
}

func TestHTTP_endpoint_confirms_before_it_gets_messages_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		out := must[*SubscribeOutput](t)(f.svc.Subscribe(f.call(), &SubscribeInput{TopicArn: topic, Protocol: "http", Endpoint: wire.Some("http://127.0.0.1:9/hook")}))
		synctest.Wait()
		if out.SubscriptionArn.V != "pending confirmation" || len(f.web.got) != 1 {
			t.Fatalf("%v, %+v", out.SubscriptionArn, f.web.got)
		}
		var asked struct{ Type, Token, TopicArn, SubscribeURL, Message, MessageId, SignatureVersion, Signature string }
		p := f.web.got[0]
		if err := json.Unmarshal([]byte(p.Body), &asked); err != nil {
			t.Fatal(err)
		}
		if asked.Type != "SubscriptionConfirmation" || p.Header["X-Amz-Sns-Message-Type"] != asked.Type || p.Header["X-Amz-Sns-Message-Id"] != asked.MessageId ||
			asked.SubscribeURL != "http://127.0.0.1:4566/?Action=ConfirmSubscription&TopicArn="+topic+"&Token="+asked.Token || asked.Signature == "" {
			t.Errorf("%+v %+v", asked, p.Header)
		}
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "early"})
		if got := reasons(f.hops(event.KindMatch)); got != "topic:t -> http:http://127.0.0.1:9/hook: filtered PendingConfirmation" || len(f.web.got) != 1 {
			t.Errorf("got %s", got)
		}
		confirm := func(topic, token string) error {
			_, err := f.svc.ConfirmSubscription(f.call(), &ConfirmSubscriptionInput{TopicArn: topic, Token: token})
			return err
		}
		wantError(t, "a token", confirm(topic, "randomtoken"), "InvalidParameter", "Invalid token")
		wantError(t, "a token of nobody", confirm(topic, strings.Repeat("0", 64)), "InvalidParameter", "Invalid parameter: Token")
		wantError(t, "no topic", confirm("not-an-arn", asked.Token), "InvalidParameter", "Invalid parameter: Topic")
		wantError(t, "another region", confirm("arn:aws:sns:eu-central-1:"+account+":t", asked.Token), "InvalidParameter", "Invalid parameter: Topic")
		call := f.call()
		there := f.engine.Scope(account, "eu-central-1").Built().(*Service)
		call.Scope = there.scope
		_, err := there.ConfirmSubscription(call, &ConfirmSubscriptionInput{TopicArn: "arn:aws:sns:eu-central-1:" + account + ":t", Token: asked.Token})
		wantError(t, "another region, as a link leads there", err, "InvalidParameter", "Invalid parameter: Topic")
		for _, any := range []string{topicOf("u"), topic} {
			if err := confirm(any, asked.Token); err != nil {
				t.Fatal(err)
			}
		}
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "late"})
		if len(f.web.got) != 2 || !strings.Contains(f.web.got[1].Body, `"Message" : "late"`) || f.web.got[1].Header["X-Amz-Sns-Subscription-Arn"] == "" ||
			f.web.got[1].Header["Accept-Encoding"] != "gzip,deflate" {
			t.Errorf("%+v", f.web.got)
		}
	})
}

func TestProtocols_that_send_nothing_say_so_R1_9(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.svc.outbound = nil
		topic := f.topic("t")
		f.subscribe(topic, "sms", "+15551234567")
		f.subscribe(topic, "email", "me@example.test")
		f.subscribe(topic, "application", "arn:aws:sns:us-east-1:222222222222:endpoint/GCM/app/1")
		f.subscribe(topic, "lambda", "arn:aws:lambda:us-east-1:111111111111:function:f")
		f.subscribe(topic, "https", "https://example.test/")
		synctest.Wait()
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "m"})
		want := `topic:t -> email:me@example.test: failed NotDelivered
topic:t -> http:https://example.test/: failed NoOutboundHTTP
topic:t -> sms:+15551234567: failed NotDelivered
topic:t -> application:arn:aws:sns:us-east-1:222222222222:endpoint/GCM/app/1: failed NotDelivered
topic:t -> function:f: lost NoReceiver`
		if got := reasons(f.hops(event.KindDrop)); got != want {
			t.Errorf("got\n%s", got)
		}
		if got := reasons(f.hops(event.KindMatch)); got != "topic:t -> email:me@example.test: filtered PendingConfirmation\ntopic:t -> http:https://example.test/: filtered PendingConfirmation" {
			t.Errorf("got\n%s", got)
		}
	})
}
