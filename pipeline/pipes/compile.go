package pipes

import (
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Defaults and limits: Amazon EventBridge Pipes API Reference, PipeSourceDynamoDBStreamParameters and PipeSourceSqsQueueParameters;
// the size of batches of streams by default is that of the AWS CDK API Reference, DynamoDBSourceParameters; the limits of batches of
// queues are those of Lambda's event source mappings.
const (
	streamBatch = 1
	queueBatch  = 10
	// concurrency is how many batches of a queue are processed at the same time, as event source mappings begin with.
	concurrency = 5
)

func invalid(message string) *wire.Error { return ErrValidationException(message) }

// compile checks everything that the model cannot and makes the plan of a pipe.
func (s *Service) compile(p *settings) (*plan, error) {
	made := &plan{
		options: feed.Options{Scope: s.scope, Place: event.At(event.PlacePipe, p.name)}, name: p.name, origin: p.source, target: p.target,
		arn: "arn:aws:pipes:" + s.scope.Region + ":" + s.scope.Account + ":pipe/" + p.name,
	}
	if err := s.compileSource(p, made); err != nil {
		return nil, err
	}
	if err := s.compileEnrichment(p, made); err != nil {
		return nil, err
	}
	if err := s.compileTarget(p, made); err != nil {
		return nil, err
	}
	if made.most > 0 && made.feed.Batch > made.most {
		if p.batchSize() > 0 {
			return nil, invalid("BatchSize " + strconv.Itoa(made.feed.Batch) + " is larger than the target supports: at most " + strconv.Itoa(made.most) + ".")
		}
		made.feed.Batch = made.most
	}
	made.feed.To, made.feed.Process, made.feed.Word = made.to.Place, made.process, made.word
	return made, nil
}

func (s *Service) compileSource(p *settings, made *plan) error {
	a, ok := arn.Parse(p.source)
	stream := ok && a.Service == "dynamodb" && strings.HasPrefix(a.Resource, "table/") && strings.Contains(a.Resource, "/stream/")
	if !stream && (!ok || a.Service != "sqs") {
		return invalid("dyetrace reads pipes from DynamoDB streams and SQS queues only; Source is not the ARN of one: " + p.source)
	}
	if a.Region != s.scope.Region || a.Account != s.scope.Account {
		return invalid("The source of a pipe must be in the account and Region of the pipe: " + p.source)
	}
	parameters := PipeSourceParameters{}
	if p.sourceParameters != nil {
		parameters = *p.sourceParameters
	}
	var err error
	if stream {
		table, _, _ := strings.Cut(strings.TrimPrefix(a.Resource, "table/"), "/")
		made.from = event.At(event.PlaceStream, table)
		err = compileStream(parameters.DynamoDBStreamParameters, made)
	} else {
		made.from = event.At(event.PlaceQueue, a.Resource)
		err = compileQueue(parameters.SqsQueueParameters, strings.HasSuffix(a.Resource, ".fifo"), made)
	}
	if err != nil || parameters.FilterCriteria == nil {
		return err
	}
	for i, f := range parameters.FilterCriteria.Filters {
		compiled, err := pattern.Compile([]byte(f.Pattern.V))
		if err != nil {
			return invalid("Invalid filter pattern at filterCriteria.filters." + strconv.Itoa(i+1) + ": " + err.Error())
		}
		made.feed.Filters = append(made.feed.Filters, compiled)
	}
	return nil
}

func compileStream(in *PipeSourceDynamoDBStreamParameters, made *plan) error {
	if in == nil {
		return invalid("SourceParameters.DynamoDBStreamParameters with StartingPosition must be specified for a DynamoDB stream.")
	}
	made.position = in.StartingPosition
	made.feed = feed.Plan{
		Batch: int(in.BatchSize.Or(streamBatch)), Window: time.Duration(in.MaximumBatchingWindowInSeconds.V) * time.Second,
		Concurrency: int(in.ParallelizationFactor.Or(1)), Retries: int(in.MaximumRetryAttempts.Or(-1)), MaxAge: -1, Bisect: in.OnPartialBatchItemFailure.V == OnPartialBatchItemFailureStreamsAutomaticBisect,
	}
	if age := in.MaximumRecordAgeInSeconds.Or(-1); age >= 0 {
		if age < 60 {
			return invalid("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.")
		}
		made.feed.MaxAge = time.Duration(age) * time.Second
	}
	if c := in.DeadLetterConfig; c != nil && c.Arn.V != "" {
		to, ok := addressOf(c.Arn.V)
		if kind := to.Place.Kind(); !ok || kind != event.PlaceQueue && kind != event.PlaceTopic {
			return invalid("DeadLetterConfig.Arn is not the ARN of an SQS queue or an SNS topic: " + c.Arn.V)
		}
		made.feed.DeadLetter = to
	}
	return nil
}

func compileQueue(in *PipeSourceSqsQueueParameters, fifo bool, made *plan) error {
	if in == nil {
		in = &PipeSourceSqsQueueParameters{}
	}
	made.feed = feed.Plan{
		Batch: int(in.BatchSize.Or(queueBatch)), Window: time.Duration(in.MaximumBatchingWindowInSeconds.V) * time.Second, Concurrency: concurrency, Retries: -1, MaxAge: -1,
	}
	switch {
	case fifo && made.feed.Batch > 10:
		return invalid("The BatchSize of a FIFO queue can be at most 10.")
	case made.feed.Batch > 10 && made.feed.Window == 0:
		return invalid("MaximumBatchingWindowInSeconds must be at least 1 if BatchSize is greater than 10.")
	}
	return nil
}

// addressOf returns the place an ARN stands for.
func addressOf(text string) (feed.Address, bool) {
	a, ok := arn.Parse(text)
	to := feed.Address{Account: a.Account, Region: a.Region}
	bus, isBus := strings.CutPrefix(a.Resource, "event-bus/")
	name, isFunction := strings.CutPrefix(a.Resource, "function:")
	group, isLog := strings.CutPrefix(a.Resource, "log-group:")
	switch {
	case !ok || len(a.Account) != 12 || a.Region == "":
		return to, false
	case a.Service == "events" && isBus && bus != "":
		to.Place = event.At(event.PlaceBus, bus)
	case a.Service == "sqs":
		to.Place = event.At(event.PlaceQueue, a.Resource)
	case a.Service == "sns":
		to.Place = event.At(event.PlaceTopic, a.Resource)
	case a.Service == "lambda" && isFunction:
		name, _, _ = strings.Cut(name, ":") // without its qualifier
		to.Place = event.At(event.PlaceFunction, name)
	case a.Service == "logs" && isLog:
		to.Place = event.At(event.PlaceLog, strings.TrimSuffix(group, ":*"))
	default:
		return to, false
	}
	return to, true
}

// mostOf is how many events a target takes in one batch.
//
// Source: EventBridge User Guide, "Amazon EventBridge Pipes batching and concurrency", batchable targets; an API destination is none.
var mostOf = map[string]int{event.PlaceBus: 10, event.PlaceQueue: 10, event.PlaceTopic: 10, event.PlaceLog: 10_000, event.PlaceHTTP: 1}

func (s *Service) compileTarget(p *settings, made *plan) error {
	var ok, isAPI bool
	if made.to, isAPI = destinationOf(p.target); !isAPI {
		if made.to, ok = addressOf(p.target); !ok {
			return invalid("dyetrace delivers from pipes to event buses, SQS queues, SNS topics, Lambda functions, log groups and API destinations only; Target is not the ARN of one: " + p.target)
		}
	}
	kind := made.to.Place.Kind()
	made.most = mostOf[kind]
	if (kind == event.PlaceBus || isAPI) && (made.to.Region != s.scope.Region || made.to.Account != s.scope.Account) {
		return invalid("The event bus or API destination of a pipe must be in the account and Region of the pipe: " + p.target)
	}
	if kind == event.PlaceTopic && strings.HasSuffix(p.target, ".fifo") {
		return invalid("SNS FIFO topics are not supported as targets of pipes: " + p.target)
	}
	t := PipeTargetParameters{}
	if p.targetParameters != nil {
		t = *p.targetParameters
	}
	if t.InputTemplate.V != "" {
		compiled, err := compileTemplate(t.InputTemplate.V)
		if err != nil {
			return invalid("Invalid InputTemplate: " + err.Error())
		}
		made.template = compiled
	}
	switch kind {
	case event.PlaceBus:
		return compileBus(t.EventBridgeEventBusParameters, p, made)
	case event.PlaceHTTP:
		if h := t.HttpParameters; h != nil {
			var err error
			made.request, err = compileRequest(h.PathParameterValues, h.HeaderParameters, h.QueryStringParameters)
			return err
		}
	case event.PlaceFunction:
		made.wait = t.LambdaFunctionParameters == nil || t.LambdaFunctionParameters.InvocationType.Or(PipeTargetInvocationTypeRequestResponse) == PipeTargetInvocationTypeRequestResponse
	case event.PlaceQueue:
		if q := t.SqsQueueParameters; q != nil {
			return compileValues([]part{{"MessageGroupId", q.MessageGroupId.V, &made.group}, {"MessageDeduplicationId", q.MessageDeduplicationId.V, &made.deduplication}})
		}
	}
	return nil
}

type part struct {
	name, text string
	to         *value
}

func compileValues(parts []part) (err error) {
	for _, part := range parts {
		if *part.to, err = newValue(part.text); err != nil {
			return invalid("Invalid " + part.name + ": " + err.Error() + ": " + part.text)
		}
	}
	return nil
}

func compileBus(bus *PipeTargetEventBridgeEventBusParameters, p *settings, made *plan) error {
	if bus == nil {
		bus = &PipeTargetEventBridgeEventBusParameters{}
	}
	if bus.EndpointId.V != "" {
		return invalid("dyetrace does not implement global endpoints: leave EndpointId out.")
	}
	kind := "Event from aws:dynamodb"
	if made.position == "" {
		kind = "Event from aws:sqs"
	}
	made.resources = make([]value, len(bus.Resources))
	parts := []part{{"DetailType", bus.DetailType.Or(kind), &made.detailType}, {"Source", bus.Source.Or("Pipe " + p.name), &made.source}, {"Time", bus.Time.V, &made.at}}
	for i, text := range bus.Resources {
		parts = append(parts, part{"Resources", text, &made.resources[i]})
	}
	return compileValues(parts)
}
