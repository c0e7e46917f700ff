package sns

import (
	"maps"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The texts are those of AWS, recorded in the SNS tests of LocalStack (TestSNSPlatformApplicationCrud, TestSNSPlatformEndpointCrud) and
// in those of moto that are marked as verified on AWS.

func (f *fixture) application(name, platform string, attributes ...string) (string, error) {
	out, err := f.svc.CreatePlatformApplication(f.call(), &CreatePlatformApplicationInput{Name: name, Platform: platform, Attributes: pairs(attributes)})
	if err != nil {
		return "", err
	}
	return out.PlatformApplicationArn.V, nil
}

func (f *fixture) device(app, token string, attributes ...string) (string, error) {
	out, err := f.svc.CreatePlatformEndpoint(f.call(), &CreatePlatformEndpointInput{PlatformApplicationArn: app, Token: token, Attributes: pairs(attributes)})
	if err != nil {
		return "", err
	}
	return out.EndpointArn.V, nil
}

func TestPlatformApplication_is_refused_as_AWS_does_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		long := strings.Repeat("a", 257)
		for _, c := range []struct {
			name, platform string
			attributes     []string
			message        string // "" is success
		}{
			{long[1:], "ADM", []string{"PlatformPrincipal", "p", "PlatformCredential", "c"}, ""},
			{"firebase", "GCM", []string{"PlatformCredential", "c"}, ""},
			{long, "ADM", nil, long + " Reason: must be at most 256 characters long"},
			{"", "ADM", nil, " Reason: cannot be empty"},
			{"@name", "ADM", nil, "@name Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"},
			{"a", "AAA", nil, "Platform Reason: AAA is not supported"},
			{"a", "ADM", []string{"PlatformPrincipal", "p"}, "Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential"},
			{"a", "ADM", []string{"PlatformCredential", "c"}, "Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal"},
			{"a", "GCM", []string{"PlatformCredential", "c", "Colour", "red"}, "Attributes Reason: Invalid attribute name: Colour"},
		} {
			_, err := f.application(c.name, c.platform, c.attributes...)
			if c.message != "" {
				wantError(t, c.name, err, "InvalidParameter", "Invalid parameter: "+c.message)
			} else if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		for arn, want := range map[string][2]string{
			"invalid-arn":        {"InvalidParameter", "Invalid parameter: PlatformApplicationArn Reason: An ARN must have at least 6 elements, not 1"},
			topicOf("app/ADM/x"): {"NotFound", "PlatformApplication does not exist"},
			topicOf("x"):         {"InvalidParameter", "Invalid parameter: PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN."},
		} {
			_, err := f.svc.GetPlatformApplicationAttributes(f.call(), &GetPlatformApplicationAttributesInput{PlatformApplicationArn: arn})
			wantError(t, "get "+arn, err, want[0], want[1])
			_, err = f.svc.SetPlatformApplicationAttributes(f.call(), &SetPlatformApplicationAttributesInput{PlatformApplicationArn: arn, Attributes: pairs([]string{"PlatformPrincipal", "p"})})
			wantError(t, "set "+arn, err, want[0], want[1])
			_, err = f.device(arn, "token")
			wantError(t, "endpoint of "+arn, err, want[0], want[1])
		}
	})
}

func TestPlatformApplication_is_stored_listed_and_deleted_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		app, err := f.application("shop", "ADM", "PlatformPrincipal", "p", "PlatformCredential", "c")
		if err != nil || app != topicOf("app/ADM/shop") {
			t.Fatal(app, err)
		}
		must[*SetPlatformApplicationAttributesOutput](t)(f.svc.SetPlatformApplicationAttributes(f.call(), &SetPlatformApplicationAttributesInput{
			PlatformApplicationArn: app, Attributes: map[string]string{"SuccessFeedbackSampleRate": "50"},
		}))
		want := map[string]string{"Enabled": "true", "SuccessFeedbackSampleRate": "50"}
		got := must[*GetPlatformApplicationAttributesOutput](t)(f.svc.GetPlatformApplicationAttributes(f.call(), &GetPlatformApplicationAttributesInput{PlatformApplicationArn: app})).Attributes
		if !maps.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		endpoint, err := f.device(app, "token_1", "CustomUserData", "me")
		if err != nil || !strings.HasPrefix(endpoint, topicOf("endpoint/ADM/shop/")) {
			t.Fatal(endpoint, err)
		}
		listed := must[*ListPlatformApplicationsOutput](t)(f.svc.ListPlatformApplications(f.call(), &ListPlatformApplicationsInput{})).PlatformApplications
		if len(listed) != 1 || listed[0].PlatformApplicationArn.V != app || !maps.Equal(listed[0].Attributes, want) {
			t.Errorf("%+v", listed)
		}
		endpoints := func() []Endpoint {
			return must[*ListEndpointsByPlatformApplicationOutput](t)(f.svc.ListEndpointsByPlatformApplication(f.call(), &ListEndpointsByPlatformApplicationInput{PlatformApplicationArn: app})).Endpoints
		}
		if all := endpoints(); len(all) != 1 || all[0].EndpointArn.V != endpoint || !maps.Equal(all[0].Attributes, map[string]string{"Enabled": "true", "Token": "token_1", "CustomUserData": "me"}) {
			t.Errorf("%+v", all)
		}
		topic := f.topic("t")
		f.subscribe(topic, "application", endpoint)
		for range 2 {
			must[*DeleteEndpointOutput](t)(f.svc.DeleteEndpoint(f.call(), &DeleteEndpointInput{EndpointArn: endpoint}))
		}
		if all := endpoints(); len(all) != 0 {
			t.Errorf("%+v", all)
		}
		if subs := must[*ListSubscriptionsByTopicOutput](t)(f.svc.ListSubscriptionsByTopic(f.call(), &ListSubscriptionsByTopicInput{TopicArn: topic})).Subscriptions; len(subs) != 1 {
			t.Errorf("the endpoint's subscription is gone: %+v", subs)
		}
		_, err = f.svc.Subscribe(f.call(), &SubscribeInput{TopicArn: f.topic("u"), Protocol: "application", Endpoint: wire.Some(endpoint)})
		wantError(t, "an endpoint that is gone", err, "InvalidParameter", "Invalid parameter: Endpoint Reason: Endpoint does not exist for endpoint arn"+endpoint)
		second, err := f.device(app, "token_2")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			must[*DeletePlatformApplicationOutput](t)(f.svc.DeletePlatformApplication(f.call(), &DeletePlatformApplicationInput{PlatformApplicationArn: app}))
		}
		_, err = f.svc.ListEndpointsByPlatformApplication(f.call(), &ListEndpointsByPlatformApplicationInput{PlatformApplicationArn: app})
		wantError(t, "endpoints of nothing", err, "NotFound", "PlatformApplication does not exist")
		_, err = f.svc.GetEndpointAttributes(f.call(), &GetEndpointAttributesInput{EndpointArn: second})
		wantError(t, "an endpoint of nothing", err, "NotFound", "Endpoint does not exist")
	})
}

func TestPlatformEndpoint_is_refused_and_repeated_as_AWS_does_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		app, err := f.application("shop", "GCM", "PlatformCredential", "c")
		if err != nil {
			t.Fatal(err)
		}
		first, err := f.device(app, "token")
		if err != nil {
			t.Fatal(err)
		}
		taken := "Token Reason: Endpoint " + first + " already exists with the same Token, but different attributes."
		set := func(attributes ...string) error {
			_, err := f.svc.SetEndpointAttributes(f.call(), &SetEndpointAttributesInput{EndpointArn: first, Attributes: pairs(attributes)})
			return err
		}
		for _, c := range []struct {
			reason     string
			attributes []string
			message    string // "" is success
		}{
			{"the same", nil, ""},
			{"the default, said", []string{"Enabled", "true"}, ""},
			{"disabled", []string{"Enabled", "false"}, taken},
			{"other user data", []string{"CustomUserData", "me"}, taken},
			{"a name of applications", []string{"PlatformPrincipal", "p"}, "Attributes Reason: Invalid attribute name: PlatformPrincipal"},
			{"no name", []string{"InvalidKey", "v"}, "Attributes Reason: Invalid attribute name: InvalidKey"},
			{"2049 bytes", []string{"CustomUserData", strings.Repeat("A", 2049)}, "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding"},
		} {
			again, err := f.device(app, "token", c.attributes...)
			switch {
			case c.message != "":
				wantError(t, c.reason, err, "InvalidParameter", "Invalid parameter: "+c.message)
			case err != nil || again != first:
				t.Errorf("%s: %s %v", c.reason, again, err)
			}
			if c.message != "" && c.message != taken {
				wantError(t, "set "+c.reason, set(c.attributes...), "InvalidParameter", "Invalid parameter: "+c.message)
			}
		}
		if err := set("CustomUserData", strings.Repeat("A", 2048)); err != nil {
			t.Error(err)
		}
		out := must[*CreatePlatformEndpointOutput](t)(f.svc.CreatePlatformEndpoint(f.call(), &CreatePlatformEndpointInput{
			PlatformApplicationArn: app, Token: "other", CustomUserData: wire.Some("bar"), Attributes: map[string]string{"CustomUserData": "foo"},
		}))
		got := must[*GetEndpointAttributesOutput](t)(f.svc.GetEndpointAttributes(f.call(), &GetEndpointAttributesInput{EndpointArn: out.EndpointArn.V})).Attributes
		if want := map[string]string{"Enabled": "true", "Token": "other", "CustomUserData": "foo"}; !maps.Equal(got, want) {
			t.Errorf("user data told twice: got %v", got)
		}
		wantError(t, "a token of another", set("Token", "other"), "InvalidParameter", "Invalid parameter: Token Reason: Endpoint "+out.EndpointArn.V+" already exists with the same Token, but different attributes.")
	})
}

func TestPublish_to_an_endpoint_is_recorded_as_not_delivered_R1_6(t *testing.T) {
	bubble(t, func(f *fixture) {
		app, err := f.application("shop", "GCM", "PlatformCredential", "c")
		if err != nil {
			t.Fatal(err)
		}
		endpoint, err := f.device(app, "token")
		if err != nil {
			t.Fatal(err)
		}
		f.publish(&PublishInput{TargetArn: wire.Some(endpoint), Message: `{"GCM":"for the phone"}`, MessageStructure: wire.Some("json")})
		f.publish(&PublishInput{TargetArn: wire.Some(endpoint), Message: `{"default":"for all","APNS":"no"}`, MessageStructure: wire.Some("json")})
		hops := f.hops(event.KindDrop)
		if want := strings.TrimSpace(strings.Repeat("client:app -> application:"+endpoint+": failed NotDelivered\n", 2)); reasons(hops) != want {
			t.Fatalf("got\n%s", reasons(hops))
		}
		if hops[0].Event.Body != "for the phone" || hops[1].Event.Body != "for all" {
			t.Errorf("bodies %q, %q", hops[0].Event.Body, hops[1].Event.Body)
		}
		publish := func(to, text string) error {
			_, err := f.svc.Publish(f.call(), &PublishInput{TargetArn: wire.Some(to), Message: text, MessageStructure: wire.Some("json")})
			return err
		}
		wantError(t, "no text for it", publish(endpoint, `{"APNS":"x"}`), "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body")
		wantError(t, "no such endpoint", publish(endpoint+"0", `{}`), "InvalidParameter", "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified")
		must[*SetEndpointAttributesOutput](t)(f.svc.SetEndpointAttributes(f.call(), &SetEndpointAttributesInput{EndpointArn: endpoint, Attributes: map[string]string{"Enabled": "false"}}))
		wantError(t, "disabled", publish(endpoint, `{"GCM":"x"}`), "EndpointDisabled", "Endpoint is disabled")
	})
}
