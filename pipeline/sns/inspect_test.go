package sns

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ask sends one request to the inspector.
func (f *fixture) ask(method, path, body string) (status int, answer map[string]any) {
	f.Helper()
	status, _, text := Inspector(f.engine)(account, region, httptest.NewRequest(method, InspectPath+path, strings.NewReader(body)))
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			f.Fatalf("%s: %v", text, err)
		}
	}
	return status, answer
}

// Source: LocalStack, TestSNSRetrospectionEndpoints.
func TestInspector_lists_SMS_and_pushes_that_were_not_sent_R1_6(t *testing.T) {
	bubble(t, func(f *fixture) {
		const number = "+15551234567"
		topic := f.topic("t")
		sub := f.subscribe(topic, "sms", number)
		app, err := f.application("shop", "APNS", "PlatformCredential", "c", "PlatformPrincipal", "p")
		if err != nil {
			t.Fatal(err)
		}
		device, err := f.device(app, "token")
		if err != nil {
			t.Fatal(err)
		}
		f.subscribe(topic, "application", device)
		f.publish(&PublishInput{
			TopicArn: wire.Some(topic), Message: `{"default":"all","sms":"short","APNS":"push"}`, MessageStructure: wire.Some("json"),
			MessageAttributes: map[string]MessageAttributeValue{"n": {DataType: "Number", StringValue: wire.Some("1")}},
		})
		direct := f.publish(&PublishInput{PhoneNumber: wire.Some(number), Message: "direct"}).MessageId.V
		list := func(path, member, to string) []any {
			t.Helper()
			status, answer := f.ask("GET", path, "")
			if status != 200 || answer["region"] != region {
				t.Fatalf("%s: %d %v", path, status, answer)
			}
			all, _ := answer[member].(map[string]any)[to].([]any)
			return all
		}
		all := list("/sms-messages", "sms_messages", number)
		if len(all) != 2 {
			t.Fatalf("%v", all)
		}
		first, second := all[0].(map[string]any), all[1].(map[string]any)
		attribute := first["MessageAttributes"].(map[string]any)["n"].(map[string]any)
		if first["Message"] != "short" || first["TopicArn"] != topic || first["SubscriptionArn"] != sub || first["PhoneNumber"] != number || attribute["DataType"] != "Number" || attribute["StringValue"] != "1" {
			t.Errorf("by the topic: %v", first)
		}
		if second["Message"] != "direct" || second["TopicArn"] != nil || second["MessageId"] != direct {
			t.Errorf("direct: %v", second)
		}
		pushed := list("/platform-endpoint-messages?endpointArn="+device, "platform_endpoint_messages", device)
		if len(pushed) != 1 || pushed[0].(map[string]any)["Message"] != "push" || pushed[0].(map[string]any)["TargetArn"] != device {
			t.Errorf("pushed: %v", pushed)
		}
		if status, _ := f.ask("DELETE", "/sms-messages?phoneNumber=%2B15551234567", ""); status != 204 || len(list("/sms-messages", "sms_messages", number)) != 0 {
			t.Errorf("still listed after DELETE (%d)", status)
		}
		if len(list("/platform-endpoint-messages", "platform_endpoint_messages", device)) != 1 {
			t.Error("the pushes are gone, too")
		}
		f.publish(&PublishInput{PhoneNumber: wire.Some(number), Message: "later"})
		if all := list("/sms-messages", "sms_messages", number); len(all) != 1 || all[0].(map[string]any)["Message"] != "later" {
			t.Errorf("after DELETE: %v", all)
		}
		if all := list("/sms-messages?accountId="+other, "sms_messages", number); len(all) != 0 {
			t.Errorf("another account's: %v", all)
		}
	})
}

func TestInspector_tells_tokens_and_opts_out_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		sub := f.subscribe(topic, "email", "me@example.test")
		_, answer := f.ask("GET", "/subscription-tokens/"+sub, "")
		token, _ := answer["subscription_token"].(string)
		out := must[*ConfirmSubscriptionOutput](t)(f.svc.ConfirmSubscription(f.call(), &ConfirmSubscriptionInput{TopicArn: topic, Token: token}))
		if out.SubscriptionArn.V != sub || answer["subscription_arn"] != sub {
			t.Errorf("%v, %v", out, answer)
		}
		for path, want := range map[string]int{
			"/subscription-tokens/randomarnhere":                                    400,
			"/subscription-tokens/" + sub + "0":                                     404,
			"/subscription-tokens/" + strings.ReplaceAll(sub, region, "eu-north-1"): 404,
			"/nothing": 404,
		} {
			if status, answer := f.ask("GET", path, ""); status != want || answer["error"] == nil {
				t.Errorf("%s: %d %v", path, status, answer)
			}
		}
		for body, want := range map[string]int{`{"phoneNumber":"+15551234567"}`: 200, `{"phoneNumber":"x"}`: 400, `{`: 400, `{"phoneNumber":"+15551234567","accountId":"me"}`: 400} {
			if status, answer := f.ask("POST", "/phone-opt-outs", body); status != want {
				t.Errorf("%s: %d %v", body, status, answer)
			}
		}
		if !f.svc.sms.optedOut["+15551234567"] {
			t.Error("the number did not opt out")
		}
		if status, _ := f.ask("PUT", "/sms-messages", ""); status != 405 {
			t.Errorf("PUT: %d", status)
		}
	})
}
