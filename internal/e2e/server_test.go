package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
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
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

const serverAccount = "424242424242"

// served is a pipeline behind a loopback port, and clients as any program has them.
type served struct {
	t        *testing.T
	pipeline *pipeline.Pipeline
	url      string
	header   http.Header // of each call

	tables *dynamodb.Client
	bus    *eventbridge.Client
	pipes  *pipes.Client
	queues *sqs.Client
	sts    *sts.Client
}

func serve(t *testing.T, o pipeline.Options) *served {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, pipeline: pipeline.New(o), url: "http://" + listener.Addr().String(), header: http.Header{"X-Dyetrace-Client": {"go"}}}
	ended := make(chan error, 1)
	go func() { ended <- s.pipeline.Serve(listener) }()
	carrier := &http.Transport{}
	t.Cleanup(func() {
		carrier.CloseIdleConnections()
		if err := s.pipeline.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve ended with %v", err)
		}
		if n := s.pipeline.Panics(); n > 0 {
			t.Errorf("%d requests met a panic", n)
		}
	})
	cfg := aws.Config{
		Region: "eu-central-1", BaseEndpoint: &s.url, Credentials: credentials.NewStaticCredentialsProvider(serverAccount, "any", ""),
		HTTPClient: &http.Client{Transport: marked{s, carrier}}, RetryMaxAttempts: 1,
	}
	s.tables, s.bus, s.pipes = dynamodb.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg), pipes.NewFromConfig(cfg)
	s.queues, s.sts = sqs.NewFromConfig(cfg), sts.NewFromConfig(cfg)
	return s
}

// marked tells the server whose call it is and to which flow it belongs.
type marked struct {
	*served
	next http.RoundTripper
}

func (m marked) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, values := range m.header {
		r.Header[name] = values
	}
	if id := event.Correlation(r.Context()); id != "" {
		r.Header.Set("X-Dyetrace-Correlation", id)
	}
	return m.next.RoundTrip(r)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (s *served) queue(name string, attributes map[string]string) (url, arn string) {
	s.t.Helper()
	made := must[*sqs.CreateQueueOutput](s.t)(s.queues.CreateQueue(s.t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes}))
	got := must[*sqs.GetQueueAttributesOutput](s.t)(s.queues.GetQueueAttributes(s.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: made.QueueUrl, AttributeNames: []queue.QueueAttributeName{queue.QueueAttributeNameQueueArn},
	}))
	return *made.QueueUrl, got.Attributes["QueueArn"]
}

// provision makes a table whose items go through its stream, a pipe and a bus into one queue per tenant.
func (s *served) provision(tenants ...string) (queues map[string]string) {
	s.t.Helper()
	ctx := s.t.Context()
	table := must[*dynamodb.CreateTableOutput](s.t)(s.tables.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String("contact-events"), BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: []ddb.AttributeDefinition{{AttributeName: aws.String("entity"), AttributeType: ddb.ScalarAttributeTypeS}},
		KeySchema:            []ddb.KeySchemaElement{{AttributeName: aws.String("entity"), KeyType: ddb.KeyTypeHash}},
		StreamSpecification:  &ddb.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: ddb.StreamViewTypeNewImage},
	}))
	crm := must[*eventbridge.CreateEventBusOutput](s.t)(s.bus.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String("crm")}))
	queues = map[string]string{}
	for _, tenant := range tenants {
		url, arn := s.queue(tenant+"-contacts", nil)
		queues[tenant] = url
		must[*eventbridge.PutRuleOutput](s.t)(s.bus.PutRule(ctx, &eventbridge.PutRuleInput{
			Name: &tenant, EventBusName: aws.String("crm"), EventPattern: aws.String(fmt.Sprintf(`{"detail":{"tenant_id":[%q]}}`, tenant)),
		}))
		must[*eventbridge.PutTargetsOutput](s.t)(s.bus.PutTargets(ctx, &eventbridge.PutTargetsInput{
			Rule: &tenant, EventBusName: aws.String("crm"), Targets: []bus.Target{{Id: aws.String("queue"), Arn: &arn}},
		}))
	}
	must[*pipes.CreatePipeOutput](s.t)(s.pipes.CreatePipe(ctx, &pipes.CreatePipeInput{
		Name: aws.String("contacts"), RoleArn: aws.String("arn:aws:iam::" + serverAccount + ":role/pipe"),
		Source: table.TableDescription.LatestStreamArn, Target: crm.EventBusArn,
		SourceParameters: &pipe.PipeSourceParameters{
			DynamoDBStreamParameters: &pipe.PipeSourceDynamoDBStreamParameters{StartingPosition: pipe.DynamoDBStreamStartPositionTrimHorizon},
			FilterCriteria:           &pipe.FilterCriteria{Filters: []pipe.Filter{{Pattern: aws.String(`{"eventName":["INSERT"]}`)}}},
		},
		TargetParameters: &pipe.PipeTargetParameters{
			InputTemplate: aws.String(`{"tenant_id": <$.dynamodb.NewImage.tenant_id.S>, "entity": <$.dynamodb.Keys.entity.S>}`),
			EventBridgeEventBusParameters: &pipe.PipeTargetEventBridgeEventBusParameters{
				DetailType: aws.String("$.dynamodb.NewImage.type.S"), Source: aws.String("$.dynamodb.NewImage.source.S"),
			},
		},
	}))
	return queues
}

func (s *served) put(ctx context.Context, tenant, contact string) error {
	_, err := s.tables.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String("contact-events"), ConditionExpression: aws.String("attribute_not_exists(entity)"),
		Item: map[string]ddb.AttributeValue{
			"entity": &ddb.AttributeValueMemberS{Value: contact}, "tenant_id": &ddb.AttributeValueMemberS{Value: tenant},
			"type": &ddb.AttributeValueMemberS{Value: "ContactCreated"}, "source": &ddb.AttributeValueMemberS{Value: "crm.contact"},
		},
	})
	return err
}

func (s *served) receive(url string, wait int32) []queue.Message {
	s.t.Helper()
	got := must[*sqs.ReceiveMessageOutput](s.t)(s.queues.ReceiveMessage(s.t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &url, WaitTimeSeconds: wait, MaxNumberOfMessages: 10,
		MessageSystemAttributeNames: []queue.MessageSystemAttributeName{queue.MessageSystemAttributeNameAll},
	}))
	return got.Messages
}

// control asks the control API.
func (s *served) control(method, path string, into any) {
	s.t.Helper()
	r := must[*http.Request](s.t)(http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil))
	answer := must[*http.Response](s.t)(http.DefaultClient.Do(r))
	defer answer.Body.Close()
	body := must[[]byte](s.t)(io.ReadAll(answer.Body))
	if err := json.Unmarshal(body, into); err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, body)
	}
}

func (s *served) settle() {
	s.t.Helper()
	var q event.Quiescence
	if s.control(http.MethodPost, "/_dyetrace/settle?account="+serverAccount, &q); !q.Quiet {
		s.t.Fatalf("the server does not come to rest: %+v", q.Pending)
	}
}

func TestServer_event_flows_to_its_tenant_and_to_nobody_else_R1_1(t *testing.T) {
	s := serve(t, pipeline.Options{})
	queues := s.provision("acme", "globex")
	ctx := event.WithCorrelation(t.Context(), "flow-17")
	waiting := make(chan []queue.Message)
	go func() { // parked before the event is there
		waiting <- s.receive(queues["acme"], 20)
	}()
	if err := s.put(ctx, "acme", "C-1"); err != nil {
		t.Fatal(err)
	}
	got := <-waiting
	if len(got) != 1 {
		t.Fatalf("got %d messages", len(got))
	}
	doc, err := event.Decode(*got[0].Body)
	if err != nil || doc.Type != "ContactCreated" || doc.Source != "crm.contact" {
		t.Errorf("got %+v, %v", doc, err)
	}
	if diff := cmp.Diff(map[string]any{"tenant_id": "acme", "entity": "C-1"}, doc.Payload); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
	must[*sqs.DeleteMessageOutput](t)(s.queues.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(queues["acme"]), ReceiptHandle: got[0].ReceiptHandle}))
	if more := s.receive(queues["acme"], 0); len(more) != 0 {
		t.Errorf("and %d more", len(more))
	}
	s.settle()
	if leaked := s.receive(queues["globex"], 0); len(leaked) != 0 {
		t.Errorf("globex received %v", *leaked[0].Body)
	}

	var answer struct{ Hops []event.Hop }
	s.control(http.MethodGet, "/_dyetrace/hops?correlation=flow-17", &answer)
	var arrived []event.Place
	var mismatches []event.Mismatch
	for _, h := range answer.Hops {
		if h.Kind == event.KindArrive && h.Outcome == event.Delivered {
			arrived = append(arrived, h.To)
		}
		if h.Outcome == event.Filtered {
			mismatches = append(mismatches, h.Reason.Mismatches...)
		}
	}
	if want := []event.Place{"pipe:contacts", "bus:crm", "queue:acme-contacts"}; !slices.Equal(arrived, want) {
		t.Errorf("arrived at %v, want %v", arrived, want)
	}
	if len(mismatches) != 1 || mismatches[0].Path != "detail.tenant_id" || mismatches[0].Got != `"acme"` {
		t.Errorf("why globex did not get it: %+v", mismatches)
	}
}

func TestServer_errors_are_the_SDKs_types(t *testing.T) {
	s := serve(t, pipeline.Options{})
	ctx := t.Context()
	s.provision("acme")
	if err := s.put(ctx, "acme", "C-1"); err != nil {
		t.Fatal(err)
	}
	_, noQueue := s.queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("nothing")})
	_, noTable := s.tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("nothing")})
	_, noBus := s.bus.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: aws.String("nothing")})
	_, noPipe := s.pipes.DescribePipe(ctx, &pipes.DescribePipeInput{Name: aws.String("nothing")})
	_, notImplemented := s.bus.ListEndpoints(ctx, &eventbridge.ListEndpointsInput{})
	for _, tt := range []struct {
		err  error
		as   any
		code string
	}{
		{noQueue, new(*queue.QueueDoesNotExist), "AWS.SimpleQueueService.NonExistentQueue"}, // as x-amzn-query-error says
		{noTable, new(*ddb.ResourceNotFoundException), "ResourceNotFoundException"},
		{s.put(ctx, "acme", "C-1"), new(*ddb.ConditionalCheckFailedException), "ConditionalCheckFailedException"},
		{noBus, new(*bus.ResourceNotFoundException), "ResourceNotFoundException"},
		{noPipe, new(*pipe.NotFoundException), "NotFoundException"},
		{notImplemented, new(smithy.APIError), "NotImplemented"},
	} {
		var coded smithy.APIError
		if !errors.As(tt.err, tt.as) || !errors.As(tt.err, &coded) || coded.ErrorCode() != tt.code {
			t.Errorf("got %T %v, want %T with code %s", tt.err, tt.err, tt.as, tt.code)
		}
	}
	who := must[*sts.GetCallerIdentityOutput](t)(s.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
	if *who.Account != serverAccount {
		t.Errorf("the caller is of account %s", *who.Account)
	}
}

// The server's time stands still until it is moved: five receives at 30 s and the dead-letter queue, over TCP.
func TestServer_with_a_manual_clock_redrives_R1_2(t *testing.T) {
	s := serve(t, pipeline.Options{Clock: engine.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))})
	dlq, arn := s.queue("dlq", nil)
	url, _ := s.queue("q", map[string]string{"VisibilityTimeout": "30", "RedrivePolicy": `{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":5}`})
	must[*sqs.SendMessageOutput](t)(s.queues.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("poison")}))
	for count := 1; count <= 5; count++ {
		got := s.receive(url, 0)
		if len(got) != 1 || got[0].Attributes["ApproximateReceiveCount"] != fmt.Sprint(count) {
			t.Fatalf("receive %d: got %v", count, got)
		}
		if again := s.receive(url, 0); len(again) != 0 {
			t.Fatalf("receive %d: visible again at once", count)
		}
		var q event.Quiescence
		s.control(http.MethodPost, "/_dyetrace/advance?by=30s", &q)
	}
	if got := s.receive(url, 0); len(got) != 0 {
		t.Errorf("a sixth time: %v", got)
	}
	s.settle()
	if got := s.receive(dlq, 0); len(got) != 1 || *got[0].Body != "poison" {
		t.Errorf("the dead-letter queue has %v", got)
	}
}
