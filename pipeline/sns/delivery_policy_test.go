package sns

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestDeliveryPolicy_is_refused_as_AWS_does_R4_4(t *testing.T) {
	const retry = `{"healthyRetryPolicy":{%}}`
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		sub := f.subscribe(topic, "sqs", queueARN("q"))
		onTopic := func(text string) error {
			_, err := f.svc.SetTopicAttributes(f.call(), &SetTopicAttributesInput{TopicArn: topic, AttributeName: "DeliveryPolicy", AttributeValue: wire.Some(text)})
			return err
		}
		onSubscription := func(text string) error {
			_, err := f.svc.SetSubscriptionAttributes(f.call(), &SetSubscriptionAttributesInput{SubscriptionArn: sub, AttributeName: "DeliveryPolicy", AttributeValue: wire.Some(text)})
			return err
		}
		for _, tt := range []struct {
			set        func(string) error
			text, want string // "" is success
		}{
			{onTopic, `{"http":{"defaultHealthyRetryPolicy":{"numRetries":99}}}`, ""},
			{onTopic, `{"http":{"defaultHealthyRetryPolicy":{"numRetries":100},"disableSubscriptionOverrides":false,"defaultThrottlePolicy":{"maxReceivesPerSecond":1},"defaultRequestPolicy":{"headerContentType":"application/json"}}}`, ""},
			{onTopic, `{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}`, "http.defaultHealthyRetryPolicy.numRetries must be less than or equal to 100"},
			{onTopic, `{"throttlePolicy":{}}`, "Unexpected JSON member: throttlePolicy"},
			{onTopic, `{"http":{"healthyRetryPolicy":{}}}`, "Unexpected JSON member: healthyRetryPolicy"},
			{onTopic, `{"http":[]}`, "http must be an object"},
			{onTopic, ``, ""},
			{onSubscription, `{"http":{}}`, "Unexpected JSON member: http"},
			{onSubscription, `{"healthyRetryPolicy":null,"sicklyRetryPolicy":null,"throttlePolicy":null,"guaranteed":false}`, ""},
			{onSubscription, strings.Replace(retry, "%", `"numRetries":-1`, 1), "healthyRetryPolicy.numRetries must be greater than or equal to 0"},
			{onSubscription, strings.Replace(retry, "%", `"numRetries":0`, 1), ""},
			{onSubscription, strings.Replace(retry, "%", `"minDelayTarget":0`, 1), "healthyRetryPolicy.minDelayTarget must be greater than or equal to 1"},
			{onSubscription, strings.Replace(retry, "%", `"minDelayTarget":1`, 1), ""},
			{onSubscription, strings.Replace(retry, "%", `"maxDelayTarget":3600`, 1), ""},
			{onSubscription, strings.Replace(retry, "%", `"maxDelayTarget":3601`, 1), "healthyRetryPolicy.maxDelayTarget must be less than or equal to 3600"},
			{onSubscription, strings.Replace(retry, "%", `"minDelayTarget":21`, 1), "healthyRetryPolicy.maxDelayTarget must be greater than or equal to minDelayTarget"},
			{onSubscription, strings.Replace(retry, "%", `"numNoDelayRetries":-1`, 1), "healthyRetryPolicy.numNoDelayRetries must be greater than or equal to 0"},
			{onSubscription, strings.Replace(retry, "%", `"backoffFunction":"cubic"`, 1), "healthyRetryPolicy.backoffFunction must be linear, arithmetic, geometric or exponential"},
			{onSubscription, strings.Replace(retry, "%", `"numRetries":"5"`, 1), "healthyRetryPolicy.numRetries must not be a string"},
			{onSubscription, `{"throttlePolicy":{"maxReceivesPerSecond":0}}`, "throttlePolicy.maxReceivesPerSecond must be greater than or equal to 1"},
			{onSubscription, ``, ""},
		} {
			err := tt.set(tt.text)
			if tt.want == "" {
				if err != nil {
					t.Errorf("%s: %v", tt.text, err)
				}
				continue
			}
			wantError(t, tt.text, err, "InvalidParameter", "Invalid parameter: DeliveryPolicy: "+tt.want)
		}
	})
}

// TestDeliveryPolicy_keeps_AWS_defaults_and_reaches_subscriptions_that_are_there_R4_4 sets the topic's policy last.
//
//tidy:bubble the helper bubble runs its body in synctest.Test
func TestDeliveryPolicy_keeps_AWS_defaults_and_reaches_subscriptions_that_are_there_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		f.subscribe(topic, "https", "https://example.test/")
		synctest.Wait()
		var asked struct{ Token string }
		if err := json.Unmarshal([]byte(f.web.got[0].Body), &asked); err != nil {
			t.Fatal(err)
		}
		must[*ConfirmSubscriptionOutput](t)(f.svc.ConfirmSubscription(f.call(), &ConfirmSubscriptionInput{TopicArn: topic, Token: asked.Token}))
		must[*SetTopicAttributesOutput](t)(f.svc.SetTopicAttributes(f.call(), &SetTopicAttributesInput{TopicArn: topic, AttributeName: "DeliveryPolicy",
			AttributeValue: wire.Some(`{"http":{"defaultHealthyRetryPolicy":{"numRetries":2},"defaultRequestPolicy":{"headerContentType":"application/json"}}}`)}))
		f.web.status = []int{500, 500, 500, 500}
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "m"})
		time.Sleep(time.Hour)
		retries := f.hops(event.KindRetry)
		if len(retries) != 2 || retries[0].Due.Sub(retries[0].At) != 20*time.Second || retries[1].Due.Sub(retries[1].At) != 20*time.Second {
			t.Errorf("retries %+v, want two, 20 s apart", retries)
		}
		if got := f.web.got[1].Header["Content-Type"]; got != "application/json" {
			t.Errorf("content type %q", got)
		}
	})
}
