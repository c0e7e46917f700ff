package e2e

import (
	"errors"
	"maps"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queue "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dyetrace/dyetrace/pipeline"
)

// traced sends requests with X-Ray's tracing header, as instrumented clients do.
type traced struct {
	http.RoundTripper
	header string
}

func (t traced) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Amzn-Trace-Id", t.header)
	return t.RoundTripper.RoundTrip(r)
}

// notify runs a scenario with the stock clients of SNS and SQS in virtual time; SNS's requests carry a tracing header.
func notify(t *testing.T, trace string, scenario func(t *testing.T, topics *sns.Client, queues *sqs.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New(pipeline.Options{})
		defer p.Close()
		cfg := aws.Config{
			Region: routingRegion, BaseEndpoint: aws.String("http://localhost:4566"), Credentials: credentials.NewStaticCredentialsProvider(ours, "any", ""),
			HTTPClient: &http.Client{Transport: p.RoundTripper("app")}, RetryMaxAttempts: 1,
		}
		instrumented := cfg
		instrumented.HTTPClient = &http.Client{Transport: traced{p.RoundTripper("app"), trace}}
		scenario(t, sns.NewFromConfig(instrumented), sqs.NewFromConfig(cfg))
	})
}

func TestSNS_mobile_endpoints_answer_the_SDK_R4_4(t *testing.T) {
	notify(t, "", func(t *testing.T, topics *sns.Client, _ *sqs.Client) {
		ctx := t.Context()
		app := must[*sns.CreatePlatformApplicationOutput](t)(topics.CreatePlatformApplication(ctx, &sns.CreatePlatformApplicationInput{
			Name: aws.String("shop"), Platform: aws.String("GCM"), Attributes: map[string]string{"PlatformCredential": "key"},
		})).PlatformApplicationArn
		device := must[*sns.CreatePlatformEndpointOutput](t)(topics.CreatePlatformEndpoint(ctx, &sns.CreatePlatformEndpointInput{
			PlatformApplicationArn: app, Token: aws.String("token"), CustomUserData: aws.String("me"),
		})).EndpointArn
		want := map[string]string{"Token": "token", "Enabled": "true", "CustomUserData": "me"}
		listed := must[*sns.ListEndpointsByPlatformApplicationOutput](t)(topics.ListEndpointsByPlatformApplication(ctx, &sns.ListEndpointsByPlatformApplicationInput{PlatformApplicationArn: app})).Endpoints
		if len(listed) != 1 || *listed[0].EndpointArn != *device || !maps.Equal(listed[0].Attributes, want) {
			t.Errorf("%+v", listed)
		}
		push := &sns.PublishInput{TargetArn: device, Message: aws.String(`{"GCM":"hello"}`), MessageStructure: aws.String("json")}
		if out := must[*sns.PublishOutput](t)(topics.Publish(ctx, push)); aws.ToString(out.MessageId) == "" {
			t.Error("no message id")
		}
		must[*sns.SetEndpointAttributesOutput](t)(topics.SetEndpointAttributes(ctx, &sns.SetEndpointAttributesInput{EndpointArn: device, Attributes: map[string]string{"Enabled": "false"}}))
		_, err := topics.Publish(ctx, push)
		if _, ok := errors.AsType[*types.EndpointDisabledException](err); !ok {
			t.Errorf("disabled: %v", err)
		}
		_, err = topics.CreatePlatformEndpoint(ctx, &sns.CreatePlatformEndpointInput{PlatformApplicationArn: app, Token: aws.String("token")})
		if _, ok := errors.AsType[*types.InvalidParameterException](err); !ok {
			t.Errorf("the token again: %v", err)
		}
		must[*sns.DeletePlatformApplicationOutput](t)(topics.DeletePlatformApplication(ctx, &sns.DeletePlatformApplicationInput{PlatformApplicationArn: app}))
		_, err = topics.GetEndpointAttributes(ctx, &sns.GetEndpointAttributesInput{EndpointArn: device})
		if _, ok := errors.AsType[*types.NotFoundException](err); !ok {
			t.Errorf("gone: %v", err)
		}
	})
}

func TestSNS_SMS_settings_answer_the_SDK_R4_4(t *testing.T) {
	notify(t, "", func(t *testing.T, topics *sns.Client, _ *sqs.Client) {
		ctx := t.Context()
		must[*sns.SetSMSAttributesOutput](t)(topics.SetSMSAttributes(ctx, &sns.SetSMSAttributesInput{Attributes: map[string]string{"DefaultSMSType": "Transactional"}}))
		got := must[*sns.GetSMSAttributesOutput](t)(topics.GetSMSAttributes(ctx, &sns.GetSMSAttributesInput{})).Attributes
		if want := map[string]string{"DefaultSMSType": "Transactional", "MonthlySpendLimit": "1"}; !maps.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		number := aws.String("+15551234567")
		if out := must[*sns.PublishOutput](t)(topics.Publish(ctx, &sns.PublishInput{PhoneNumber: number, Message: aws.String("m")})); aws.ToString(out.MessageId) == "" {
			t.Error("no message id")
		}
		must[*sns.CreateSMSSandboxPhoneNumberOutput](t)(topics.CreateSMSSandboxPhoneNumber(ctx, &sns.CreateSMSSandboxPhoneNumberInput{PhoneNumber: number}))
		listed := must[*sns.ListSMSSandboxPhoneNumbersOutput](t)(topics.ListSMSSandboxPhoneNumbers(ctx, &sns.ListSMSSandboxPhoneNumbersInput{})).PhoneNumbers
		if len(listed) != 1 || *listed[0].PhoneNumber != *number || listed[0].Status != types.SMSSandboxPhoneNumberVerificationStatusPending {
			t.Errorf("%+v", listed)
		}
		_, err := topics.VerifySMSSandboxPhoneNumber(ctx, &sns.VerifySMSSandboxPhoneNumberInput{PhoneNumber: number, OneTimePassword: aws.String("00000")})
		if _, ok := errors.AsType[*types.VerificationException](err); !ok {
			t.Errorf("a wrong password: %v", err)
		}
		if must[*sns.CheckIfPhoneNumberIsOptedOutOutput](t)(topics.CheckIfPhoneNumberIsOptedOut(ctx, &sns.CheckIfPhoneNumberIsOptedOutInput{PhoneNumber: number})).IsOptedOut {
			t.Error("opted out")
		}
	})
}

func TestSNS_tracing_header_comes_to_the_queue_R4_4(t *testing.T) {
	const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	notify(t, trace, func(t *testing.T, topics *sns.Client, queues *sqs.Client) {
		ctx := t.Context()
		url := must[*sqs.CreateQueueOutput](t)(queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("q")})).QueueUrl
		topic := must[*sns.CreateTopicOutput](t)(topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("t")})).TopicArn
		must[*sns.SubscribeOutput](t)(topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: topic, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:" + routingRegion + ":" + ours + ":q")}))
		must[*sns.PublishOutput](t)(topics.Publish(ctx, &sns.PublishInput{TopicArn: topic, Message: aws.String("m")}))
		got := must[*sqs.ReceiveMessageOutput](t)(queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: url, WaitTimeSeconds: 1, MessageSystemAttributeNames: []queue.MessageSystemAttributeName{queue.MessageSystemAttributeNameAWSTraceHeader},
		})).Messages
		if len(got) != 1 || got[0].Attributes["AWSTraceHeader"] != trace {
			t.Errorf("%+v", got)
		}
	})
}
