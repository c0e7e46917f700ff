package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bus "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	pipe "github.com/aws/aws-sdk-go-v2/service/pipes/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queue "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
)

// The scenarios of this file are what a router of events has to survive, with the stock SDK, in virtual time.

const (
	routingRegion = "us-east-1"
	ours          = "111111111111"
	partner       = "222222222222"
)

// routing is a pipeline in a bubble, as one account sees it.
type routing struct {
	*testing.T
	pipeline *pipeline.Pipeline
	account  string
	bus      *eventbridge.Client
	queues   *sqs.Client
	pipes    *pipes.Client
	tables   *dynamodb.Client
}

// route runs a scenario in virtual time.
func route(t *testing.T, o pipeline.Options, scenario func(r *routing)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New(o)
		defer p.Close()
		scenario((&routing{T: t, pipeline: p}).as(ours))
	})
}

// as returns the same pipeline with the clients of an account.
func (r *routing) as(account string) *routing {
	cfg := aws.Config{
		Region: routingRegion, BaseEndpoint: aws.String("http://localhost:4566"), Credentials: credentials.NewStaticCredentialsProvider(account, "any", ""),
		HTTPClient: &http.Client{Transport: r.pipeline.RoundTripper("app")}, RetryMaxAttempts: 1,
	}
	return &routing{
		T: r.T, pipeline: r.pipeline, account: account,
		bus: eventbridge.NewFromConfig(cfg), queues: sqs.NewFromConfig(cfg), pipes: pipes.NewFromConfig(cfg), tables: dynamodb.NewFromConfig(cfg),
	}
}

func (r *routing) arn(service, resource string) *string {
	return aws.String("arn:aws:" + service + ":" + routingRegion + ":" + r.account + ":" + resource)
}

// pass lets time pass, and what is due then happen.
//
//tidy:bubble route runs its scenarios in one
func (r *routing) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// queue makes a queue.
func (r *routing) queue(name string) {
	r.Helper()
	must[*sqs.CreateQueueOutput](r.T)(r.queues.CreateQueue(r.Context(), &sqs.CreateQueueInput{QueueName: &name}))
}

// busNamed makes a bus.
func (r *routing) busNamed(name string) {
	r.Helper()
	must[*eventbridge.CreateEventBusOutput](r.T)(r.bus.CreateEventBus(r.Context(), &eventbridge.CreateEventBusInput{Name: &name}))
}

// rule makes a rule with one target and returns its ARN.
func (r *routing) rule(onBus, name, pattern string, to bus.Target) (arn string) {
	r.Helper()
	made := must[*eventbridge.PutRuleOutput](r.T)(r.bus.PutRule(r.Context(), &eventbridge.PutRuleInput{Name: &name, EventBusName: &onBus, EventPattern: &pattern}))
	to.Id = aws.String("1")
	put := must[*eventbridge.PutTargetsOutput](r.T)(r.bus.PutTargets(r.Context(), &eventbridge.PutTargetsInput{Rule: &name, EventBusName: &onBus, Targets: []bus.Target{to}}))
	if put.FailedEntryCount != 0 {
		r.Fatalf("PutTargets: %s", *put.FailedEntries[0].ErrorMessage)
	}
	return *made.RuleArn
}

// put states a fact on a bus.
func (r *routing) put(onBus, detailType string, detail any) {
	r.Helper()
	text := must[[]byte](r.T)(json.Marshal(detail))
	out := must[*eventbridge.PutEventsOutput](r.T)(r.bus.PutEvents(r.Context(), &eventbridge.PutEventsInput{Entries: []bus.PutEventsRequestEntry{{
		EventBusName: &onBus, Source: aws.String("crm.contact"), DetailType: &detailType, Detail: aws.String(string(text)),
	}}}))
	if out.FailedEntryCount != 0 {
		r.Fatalf("PutEvents: %s", *out.Entries[0].ErrorMessage)
	}
}

// take receives and deletes all that is visible in a queue.
func (r *routing) take(name string) (all []queue.Message) {
	r.Helper()
	url := aws.String("http://localhost:4566/" + r.account + "/" + name)
	for {
		got := must[*sqs.ReceiveMessageOutput](r.T)(r.queues.ReceiveMessage(r.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		}))
		if len(got.Messages) == 0 {
			return all
		}
		for _, m := range got.Messages {
			must[*sqs.DeleteMessageOutput](r.T)(r.queues.DeleteMessage(r.Context(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}))
		}
		all = append(all, got.Messages...)
	}
}

// hops returns the recorded hops that hold.
func (r *routing) hops(holds func(h event.Hop) bool) []event.Hop {
	all, _ := r.pipeline.Hops(0)
	return slices.DeleteFunc(all, func(h event.Hop) bool { return !holds(h) })
}

// phoneChanged is the event of the replay's scenario.
type phoneChanged struct {
	Contact string `json:"contact"`
	Phone   string `json:"phone"`
}

type envelope struct {
	Detail     phoneChanged `json:"detail"`
	ReplayName string       `json:"replay-name"`
	Account    string       `json:"account"`
}

func decode(t *testing.T, m queue.Message) (e envelope) {
	t.Helper()
	if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// A projector drops numbers that begin with +, and acknowledges them all the same. After the fix the events of the bad hour are
// replayed to the projector's rule alone, and the read model is right.
func TestReplay_after_a_consumer_bug_R1_6(t *testing.T) {
	route(t, pipeline.Options{}, func(r *routing) {
		r.busNamed("crm")
		r.queue("projector")
		r.queue("mailer")
		projector := r.rule("crm", "projector", `{"detail-type":["PhoneChanged"]}`, bus.Target{Arn: r.arn("sqs", "projector")})
		r.rule("crm", "mailer", `{"detail-type":["PhoneChanged"]}`, bus.Target{Arn: r.arn("sqs", "mailer")})
		archive := must[*eventbridge.CreateArchiveOutput](t)(r.bus.CreateArchive(r.Context(), &eventbridge.CreateArchiveInput{
			ArchiveName: aws.String("everything"), EventSourceArn: r.arn("events", "event-bus/crm"),
		}))
		r.pass(time.Minute)
		released := time.Now()
		for i := range 6 { // one every ten minutes: an hour
			r.put("crm", "PhoneChanged", phoneChanged{fmt.Sprint("C-", i), []string{"030 1", "+49 30 2"}[i%2]})
			r.pass(10 * time.Minute)
		}

		phones := map[string]string{} // the read model
		replayed := 0
		project := func(accepts func(phone string) bool) {
			for _, m := range r.take("projector") {
				e := decode(t, m)
				if accepts(e.Detail.Phone) {
					phones[e.Detail.Contact] = e.Detail.Phone
				}
				if e.ReplayName == "after-the-fix" {
					replayed++
				}
			}
		}
		project(func(phone string) bool { return !strings.HasPrefix(phone, "+") })
		if len(phones) != 3 {
			t.Fatalf("the bug is not there: %v", phones)
		}
		if n := len(r.take("mailer")); n != 6 {
			t.Fatalf("%d mails", n)
		}

		must[*eventbridge.StartReplayOutput](t)(r.bus.StartReplay(r.Context(), &eventbridge.StartReplayInput{
			ReplayName: aws.String("after-the-fix"), EventSourceArn: archive.ArchiveArn, EventStartTime: &released, EventEndTime: aws.Time(time.Now()),
			Destination: &bus.ReplayDestination{Arn: r.arn("events", "event-bus/crm"), FilterArns: []string{projector}},
		}))
		r.pass(time.Minute)
		project(func(string) bool { return true })
		want := map[string]string{"C-0": "030 1", "C-1": "+49 30 2", "C-2": "030 1", "C-3": "+49 30 2", "C-4": "030 1", "C-5": "+49 30 2"}
		if diff := cmp.Diff(want, phones); diff != "" || replayed != 6 {
			t.Errorf("%d events say that they are replayed; the read model (-want +got):\n%s", replayed, diff)
		}
		if again := r.take("mailer"); len(again) != 0 {
			t.Errorf("the replay was for the projector, and sent %d mails", len(again))
		}
		state := must[*eventbridge.DescribeReplayOutput](t)(r.bus.DescribeReplay(r.Context(), &eventbridge.DescribeReplayInput{ReplayName: aws.String("after-the-fix")}))
		if state.State != bus.ReplayStateCompleted {
			t.Errorf("the replay is %s", state.State)
		}
		marked := r.hops(func(h event.Hop) bool { return h.From == "replay:after-the-fix" && h.Arrives() && h.Fact != h.Seq })
		skipped := r.hops(func(h event.Hop) bool {
			return h.To == "rule:crm/mailer" && h.Reason != nil && h.Reason.Code == "NotInReplay"
		})
		if len(marked) != 6 || len(skipped) != 6 {
			t.Errorf("%d events come from the replay and are the old facts, %d did not go to the mailer because of it; want 6 and 6", len(marked), len(skipped))
		}
	})
}

// The endpoint of a partner is down for more than a day. EventBridge tries 185 times within 24 hours; then the dead-letter queue has
// the event, and says why. It takes milliseconds.
func TestDelivery_fails_185_times_in_a_day_R1_5(t *testing.T) {
	began := time.Now()
	calls := 0
	down := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, "back soon")
	})
	route(t, pipeline.Options{Outbound: outbound.Options{Handlers: map[string]http.Handler{"partner.test": down}}}, func(r *routing) {
		r.busNamed("crm")
		r.queue("undelivered")
		connection := must[*eventbridge.CreateConnectionOutput](t)(r.bus.CreateConnection(r.Context(), &eventbridge.CreateConnectionInput{
			Name: aws.String("partner"), AuthorizationType: bus.ConnectionAuthorizationTypeApiKey, AuthParameters: &bus.CreateConnectionAuthRequestParameters{
				ApiKeyAuthParameters: &bus.CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: aws.String("X-Key"), ApiKeyValue: aws.String("k")}},
		}))
		endpoint := must[*eventbridge.CreateApiDestinationOutput](t)(r.bus.CreateApiDestination(r.Context(), &eventbridge.CreateApiDestinationInput{
			Name: aws.String("partner"), ConnectionArn: connection.ConnectionArn, HttpMethod: bus.ApiDestinationHttpMethodPost, InvocationEndpoint: aws.String("https://partner.test/leads"),
		}))
		rule := r.rule("crm", "leads", `{"detail-type":["LeadConverted"]}`, bus.Target{
			Arn: endpoint.ApiDestinationArn, DeadLetterConfig: &bus.DeadLetterConfig{Arn: r.arn("sqs", "undelivered")},
		})
		put := time.Now()
		r.put("crm", "LeadConverted", map[string]string{"lead": "L-17"})
		r.pass(25 * time.Hour)
		dead := r.take("undelivered")
		if calls != 186 || len(dead) != 1 {
			t.Fatalf("%d calls, %d dead letters; want a first attempt, 185 retries and one dead letter", calls, len(dead))
		}
		got := map[string]string{}
		for name, v := range dead[0].MessageAttributes {
			got[name] = *v.StringValue
		}
		want := map[string]string{
			"RULE_ARN": rule, "TARGET_ARN": *endpoint.ApiDestinationArn, "ERROR_CODE": "ERROR_FROM_TARGET", "ERROR_MESSAGE": "the endpoint answered with status 503: back soon",
			"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts", "RETRY_ATTEMPTS": "185",
		}
		if diff := cmp.Diff(want, got); diff != "" || !strings.Contains(*dead[0].Body, `"lead":"L-17"`) {
			t.Errorf("dead letter %s (-want +got):\n%s", *dead[0].Body, diff)
		}
		retries := r.hops(func(h event.Hop) bool { return h.Kind == event.KindRetry })
		if last := retries[len(retries)-1].Due.Sub(put); len(retries) != 185 || last > 24*time.Hour || last < 12*time.Hour {
			t.Errorf("%d retries, the last %v after the event", len(retries), last)
		}
	})
	t.Logf("a day of retries took %v", time.Since(began))
}

// A record in a stream makes a consumer fail. The pipe halves its batch until the record is alone, and gives it up after two retries:
// nothing else is lost or held up, and the dead-letter queue says where the record is.
func TestPoison_record_in_a_stream_is_cut_out_R1_4(t *testing.T) {
	var handled []string
	consumer := func(_ context.Context, batch []struct {
		Dynamodb struct {
			Keys map[string]map[string]string
		} `json:"dynamodb"`
	}) error {
		for _, record := range batch {
			if record.Dynamodb.Keys["pk"]["S"] == "poison" {
				return errors.New("cannot be parsed")
			}
		}
		for _, record := range batch {
			handled = append(handled, record.Dynamodb.Keys["pk"]["S"])
		}
		return nil
	}
	route(t, pipeline.Options{Functions: map[string]any{"consumer": consumer}}, func(r *routing) {
		r.queue("poisonous")
		source := r.contacts()
		keys := []string{"a", "b", "c", "poison", "d", "e", "f", "g"}
		for _, key := range keys {
			r.write(key)
		}
		must[*pipes.CreatePipeOutput](t)(r.pipes.CreatePipe(r.Context(), &pipes.CreatePipeInput{
			Name: aws.String("contacts"), RoleArn: aws.String("arn:aws:iam::" + ours + ":role/pipe"), Source: source, Target: r.arn("lambda", "function:consumer"),
			SourceParameters: &pipe.PipeSourceParameters{DynamoDBStreamParameters: &pipe.PipeSourceDynamoDBStreamParameters{
				StartingPosition: pipe.DynamoDBStreamStartPositionTrimHorizon, BatchSize: aws.Int32(100), MaximumRetryAttempts: aws.Int32(2),
				OnPartialBatchItemFailure: pipe.OnPartialBatchItemFailureStreamsAutomaticBisect,
				DeadLetterConfig:          &pipe.DeadLetterConfig{Arn: r.arn("sqs", "poisonous")},
			}},
		}))
		r.pass(time.Minute)
		if want := []string{"a", "b", "c", "d", "e", "f", "g"}; !slices.Equal(handled, want) {
			t.Errorf("handled %v, want %v, each once and in order", handled, want)
		}
		dead := r.take("poisonous")
		if len(dead) != 1 || !strings.Contains(*dead[0].Body, `"condition":"RetryAttemptsExhausted"`) || !strings.Contains(*dead[0].Body, `"batchSize":1`) {
			t.Errorf("dead letters %+v", dead)
		}
		given := r.hops(func(h event.Hop) bool { return h.Kind == event.KindDrop && h.Outcome == event.DeadLettered })
		if len(given) != 1 || !strings.Contains(given[0].Event.Body, "poison") || !strings.Contains(given[0].Reason.Text, "cannot be parsed") {
			t.Errorf("given up: %+v", given)
		}
	})
}

// contacts makes a table with a stream and returns the stream's ARN.
func (r *routing) contacts() *string {
	r.Helper()
	table := must[*dynamodb.CreateTableOutput](r.T)(r.tables.CreateTable(r.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("contacts"), BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: []ddb.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: ddb.ScalarAttributeTypeS}},
		KeySchema:            []ddb.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: ddb.KeyTypeHash}},
		StreamSpecification:  &ddb.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: ddb.StreamViewTypeNewImage},
	}))
	return table.TableDescription.LatestStreamArn
}

func (r *routing) write(key string) {
	r.Helper()
	must[*dynamodb.PutItemOutput](r.T)(r.tables.PutItem(r.Context(), &dynamodb.PutItemInput{
		TableName: aws.String("contacts"), Item: map[string]ddb.AttributeValue{"pk": &ddb.AttributeValueMemberS{Value: key}},
	}))
}

// A consumer of a queue fails for some messages of its batches and says which: only those come again.
func TestPartial_batch_repeats_only_what_failed_R1_4(t *testing.T) {
	seen := map[string]int{}
	type failure struct {
		ItemIdentifier string `json:"itemIdentifier"`
	}
	type report struct {
		BatchItemFailures []failure `json:"batchItemFailures"`
	}
	consumer := func(_ context.Context, batch []struct {
		MessageID string `json:"messageId"`
		Body      string `json:"body"`
	}) (failed report, _ error) {
		for _, m := range batch {
			if seen[m.Body]++; m.Body == "flaky" && seen[m.Body] < 3 {
				failed.BatchItemFailures = append(failed.BatchItemFailures, failure{m.MessageID})
			}
		}
		return failed, nil
	}
	route(t, pipeline.Options{Functions: map[string]any{"consumer": consumer}}, func(r *routing) {
		r.queue("jobs")
		for _, body := range []string{"a", "flaky", "b", "c"} {
			must[*sqs.SendMessageOutput](t)(r.queues.SendMessage(r.Context(), &sqs.SendMessageInput{QueueUrl: aws.String("http://localhost:4566/" + ours + "/jobs"), MessageBody: &body}))
		}
		must[*pipes.CreatePipeOutput](t)(r.pipes.CreatePipe(r.Context(), &pipes.CreatePipeInput{
			Name: aws.String("jobs"), RoleArn: aws.String("arn:aws:iam::" + ours + ":role/pipe"), Source: r.arn("sqs", "jobs"), Target: r.arn("lambda", "function:consumer"),
		}))
		r.pass(10 * time.Minute)
		if diff := cmp.Diff(map[string]int{"a": 1, "flaky": 3, "b": 1, "c": 1}, seen); diff != "" {
			t.Errorf("how often each came (-want +got):\n%s", diff)
		}
		if left := r.take("jobs"); len(left) != 0 {
			t.Errorf("%d messages are left", len(left))
		}
	})
}

// An event goes to the bus of another account by a rule, and there to a queue; it keeps its account of origin. A third account is
// too far: the event is lost there, and the history says why.
func TestBus_of_another_account_R1_4(t *testing.T) {
	route(t, pipeline.Options{}, func(r *routing) {
		theirs, third := r.as(partner), r.as("333333333333")
		r.busNamed("crm")
		theirs.busNamed("shared")
		theirs.queue("leads")
		third.busNamed("far")
		theirs.rule("shared", "leads", `{"account":["`+ours+`"]}`, bus.Target{Arn: theirs.arn("sqs", "leads")})
		theirs.rule("shared", "onwards", `{"account":["`+ours+`"]}`, bus.Target{Arn: third.arn("events", "event-bus/far")})
		r.rule("crm", "partner", `{"detail-type":["LeadConverted"]}`, bus.Target{Arn: theirs.arn("events", "event-bus/shared")})
		r.put("crm", "LeadConverted", map[string]string{"lead": "L-17"})
		r.put("crm", "ContactCreated", map[string]string{"contact": "C-17"})
		r.pass(time.Minute)
		got := theirs.take("leads")
		if len(got) != 1 || !strings.Contains(*got[0].Body, "L-17") || decode(t, got[0]).Account != ours {
			t.Errorf("the partner got %d messages: %+v", len(got), got)
		}
		lost := r.hops(func(h event.Hop) bool { return h.Outcome == event.Lost })
		if len(lost) != 1 || lost[0].To != "bus:far" || lost[0].Reason.Code != "THIRD_ACCOUNT_HOP_DETECTED" {
			t.Errorf("lost: %+v", lost)
		}
	})
}
