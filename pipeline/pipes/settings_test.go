package pipes

import (
	"encoding/json"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestCreatePipe_refuses_what_it_cannot_do(t *testing.T) {
	const (
		destination = "arn:aws:events:us-east-1:000000000001:api-destination/lookup/11111111-2222-3333-4444-555555555555"
		foreign     = "arn:aws:events:us-east-1:000000000002:api-destination/lookup/11111111-2222-3333-4444-555555555555"
	)
	f := newFixture(t, engine.Options{})
	for _, row := range []struct {
		message string
		change  func(*CreatePipeInput)
	}{
		{"dyetrace reads pipes from DynamoDB streams and SQS queues only; Source is not the ARN of one: arn:aws:kinesis:us-east-1:000000000001:stream/s", func(in *CreatePipeInput) { in.Source = "arn:aws:kinesis:us-east-1:000000000001:stream/s" }},
		{"The source of a pipe must be in the account and Region of the pipe: arn:aws:dynamodb:eu-west-1:000000000001:table/t/stream/x", func(in *CreatePipeInput) { in.Source = "arn:aws:dynamodb:eu-west-1:000000000001:table/t/stream/x" }},
		{"dyetrace delivers from pipes to event buses, SQS queues, SNS topics, Lambda functions, log groups and API destinations only; Target is not the ARN of one: arn:aws:kinesis:us-east-1:000000000001:stream/s", func(in *CreatePipeInput) { in.Target = "arn:aws:kinesis:us-east-1:000000000001:stream/s" }},
		{"The event bus or API destination of a pipe must be in the account and Region of the pipe: arn:aws:events:us-east-1:000000000002:event-bus/b", func(in *CreatePipeInput) { in.Target = "arn:aws:events:us-east-1:000000000002:event-bus/b" }},
		{"SourceParameters.DynamoDBStreamParameters with StartingPosition must be specified for a DynamoDB stream.", func(in *CreatePipeInput) { in.SourceParameters = nil }},
		{"dyetrace enriches the events of pipes by Lambda functions and API destinations only; Enrichment is not the ARN of one: arn:aws:states:us-east-1:000000000001:stateMachine:m", func(in *CreatePipeInput) {
			in.Enrichment = wire.Some("arn:aws:states:us-east-1:000000000001:stateMachine:m")
		}},
		{"The BatchSize of a FIFO queue can be at most 10.", func(in *CreatePipeInput) {
			in.Source, in.SourceParameters = "arn:aws:sqs:us-east-1:000000000001:q.fifo", &PipeSourceParameters{SqsQueueParameters: &PipeSourceSqsQueueParameters{BatchSize: wire.Some(int32(11))}}
		}},
		{"MaximumBatchingWindowInSeconds must be at least 1 if BatchSize is greater than 10.", func(in *CreatePipeInput) {
			in.Source, in.SourceParameters = "arn:aws:sqs:us-east-1:000000000001:q", &PipeSourceParameters{SqsQueueParameters: &PipeSourceSqsQueueParameters{BatchSize: wire.Some(int32(11))}}
		}},
		{"MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.", func(in *CreatePipeInput) {
			in.SourceParameters.DynamoDBStreamParameters.MaximumRecordAgeInSeconds = wire.Some(int32(59))
		}},
		{"BatchSize 11 is larger than the target supports: at most 10.", func(in *CreatePipeInput) {
			in.SourceParameters.DynamoDBStreamParameters.BatchSize = wire.Some(int32(11))
		}},
		{"BatchSize 2 is larger than the target supports: at most 1.", func(in *CreatePipeInput) {
			in.Target, in.TargetParameters, in.SourceParameters.DynamoDBStreamParameters.BatchSize = destination, nil, wire.Some(int32(2))
		}},
		{"BatchSize must be 1 with an enrichment by an API destination, which takes one event at a time.", func(in *CreatePipeInput) {
			in.Enrichment, in.SourceParameters.DynamoDBStreamParameters.BatchSize = wire.Some(destination), wire.Some(int32(2))
		}},
		{"The API destination that enriches a pipe must be in the account and Region of the pipe: " + foreign, func(in *CreatePipeInput) { in.Enrichment = wire.Some(foreign) }},
		{"Invalid QueryStringParameters.q: path is not valid: $.a[x]", func(in *CreatePipeInput) {
			in.Enrichment = wire.Some(destination)
			in.EnrichmentParameters = &PipeEnrichmentParameters{HttpParameters: &PipeEnrichmentHttpParameters{QueryStringParameters: map[string]string{"q": "$.a[x]"}}}
		}},
		{"EnrichmentParameters.HttpParameters are those of API destinations; Enrichment is a function: " + handler, func(in *CreatePipeInput) {
			in.Enrichment, in.EnrichmentParameters = wire.Some(handler), &PipeEnrichmentParameters{HttpParameters: &PipeEnrichmentHttpParameters{}}
		}},
		{"Invalid InputTemplate: there is no reserved variable <aws.pipes.color>", func(in *CreatePipeInput) { in.TargetParameters.InputTemplate = wire.Some(`{"a":<aws.pipes.color>}`) }},
		{"Invalid InputTemplate: path is not valid: $.a..b", func(in *CreatePipeInput) { in.TargetParameters.InputTemplate = wire.Some(`<$.a..b>`) }},
		{"Invalid DetailType: path is not valid: $.a[x]", func(in *CreatePipeInput) {
			in.TargetParameters.EventBridgeEventBusParameters.DetailType = wire.Some("$.a[x]")
		}},
	} {
		in := input()
		row.change(in)
		_, err := f.pipes.CreatePipe(f.call(), in)
		wantError(t, err, "ValidationException", row.message)
	}
	bad := input()
	bad.SourceParameters.FilterCriteria = &FilterCriteria{Filters: []Filter{{Pattern: wire.Some(`{"a":1}`)}}}
	if _, err := f.pipes.CreatePipe(f.call(), bad); err == nil {
		t.Error("a filter that is no pattern is accepted")
	}
	if len(f.pipes.pipes) != 0 {
		t.Error("a refused call made a pipe")
	}
	f.create(input())
	_, err := f.pipes.CreatePipe(f.call(), input())
	wantError(t, err, "ConflictException", "Pipe p already exists.")
}

func TestCreatePipe_with_a_missing_stream_fails_in_its_state(t *testing.T) {
	f := newFixture(t, engine.Options{})
	in := input()
	in.Source = "arn:aws:dynamodb:us-east-1:000000000001:table/none/stream/x"
	f.create(in)
	got := f.describe()
	if got.CurrentState.V != "CREATE_FAILED" || got.StateReason.V != "ResourceNotFoundException: Requested resource not found: Stream: "+in.Source+" not found" {
		t.Errorf("state %s because %q", got.CurrentState.V, got.StateReason.V)
	}
}

func TestListPipes_tags_and_topology(t *testing.T) {
	f := newFixture(t, engine.Options{})
	for _, name := range []string{"b", "a", "c"} {
		in := input()
		in.Name, in.DesiredState, in.Tags = name, wire.Some("STOPPED"), map[string]string{"of": name}
		f.create(in)
	}
	first, err := f.pipes.ListPipes(f.call(), &ListPipesInput{Limit: wire.Some(int32(2)), CurrentState: wire.Some("STOPPED")})
	if err != nil || len(first.Pipes) != 2 || first.Pipes[0].Name.V != "a" || !first.NextToken.OK {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := f.pipes.ListPipes(f.call(), &ListPipesInput{NextToken: first.NextToken})
	if err != nil || len(second.Pipes) != 1 || second.Pipes[0].Name.V != "c" || second.NextToken.OK {
		t.Errorf("%+v, %v", second, err)
	}
	arn := first.Pipes[0].Arn.V
	if _, err := f.pipes.TagResource(f.call(), &TagResourceInput{ResourceArn: arn, Tags: map[string]string{"x": "y"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.pipes.UntagResource(f.call(), &UntagResourceInput{ResourceArn: arn, TagKeys: []string{"of"}}); err != nil {
		t.Fatal(err)
	}
	tags, err := f.pipes.ListTagsForResource(f.call(), &ListTagsForResourceInput{ResourceArn: arn})
	if err != nil || len(tags.Tags) != 1 || tags.Tags["x"] != "y" {
		t.Errorf("tags %v, %v", tags, err)
	}
	var topology event.Topology
	f.pipes.Describe(&topology)
	text, _ := json.Marshal(topology.Edges[:2])
	if string(text) != `[{"from":"stream:events","to":"pipe:a","why":"source"},{"from":"pipe:a","to":"bus:crm","why":"target"}]` {
		t.Errorf("edges %s", text)
	}
}

func TestOperations_through_the_wire(t *testing.T) {
	f := newFixture(t, engine.Options{})
	table := Operations(f.pipes)
	serve := func(method, path, body string) (string, error) {
		op, labels, err := table.Route(method, path)
		if err != nil {
			t.Fatal(err)
		}
		out, err := op.Serve(f.call(), &wire.Request{Body: []byte(body), Labels: labels}, nil)
		return string(out), err
	}
	body := `{"Source":"` + "arn:aws:dynamodb:us-east-1:000000000001:table/events/stream/2026" + `","Target":"` + bus + `","RoleArn":"` + role + `","SourceParameters":{"DynamoDBStreamParameters":{"StartingPosition":"LATEST","BatchSize":1}}}`
	if out, err := serve("POST", "/v1/pipes/p", body); err != nil {
		t.Fatalf("%s, %v", out, err)
	}
	if out, err := serve("GET", "/v1/pipes/p", ""); err != nil || !json.Valid([]byte(out)) {
		t.Errorf("%s, %v", out, err)
	}
	_, err := serve("POST", "/v1/pipes/q", `{"Source":"`+bus+`","Target":"`+bus+`","RoleArn":"`+role+`","SourceParameters":{"DynamoDBStreamParameters":{"StartingPosition":"NOW"}}}`)
	wantError(t, err, "ValidationException", "1 validation error detected: Value 'NOW' at 'sourceParameters.dynamoDBStreamParameters.startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [TRIM_HORIZON, LATEST]")
}

func FuzzTemplate(f *testing.F) {
	f.Add(`{"a":<$.a>,"b":"<$.b[0]>"}`, `{"a":1,"b":["x"]}`)
	f.Add(`"<aws.pipes.pipe-name> <`, `{}`)
	f.Add(`<$.a>`, `{"a":"\u0000"}`)
	f.Fuzz(func(t *testing.T, text, record string) {
		compiled, err := compileTemplate(text)
		if err != nil || !json.Valid([]byte(record)) {
			return
		}
		compiled.render([]byte(record), func(string) []byte { return []byte(`"v"`) })
	})
}

// As in answers of AWS that public repositories recorded.
func TestDescribePipe_tells_parameters_and_tags_though_they_are_empty(t *testing.T) {
	f := newFixture(t, engine.Options{})
	in := input()
	in.TargetParameters = nil
	f.create(in)
	got := f.describe()
	if got.EnrichmentParameters == nil || got.TargetParameters == nil || got.Tags == nil || got.SourceParameters.DynamoDBStreamParameters.BatchSize.OK {
		t.Errorf("%+v", got)
	}
}
