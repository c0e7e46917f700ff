package lambda

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

// plan is what a mapping does with its batches, compiled from its settings. It is immutable.
type plan struct {
	feed     feed.Plan
	options  feed.Options // Scope and Place only
	queue    bool         // the source is a queue, not a stream
	from     event.Place
	to       feed.Address
	function string // ARN
	source   string // ARN
	report   bool   // the function reports which items failed
	mapping  *mapping
}

// Defaults: Lambda API Reference, CreateEventSourceMapping.
const (
	streamBatch = 100
	queueBatch  = 10
	// concurrency is how many batches of a queue are processed at the same time unless MaximumConcurrency says otherwise: what AWS
	// begins with.
	concurrency = 5
)

func invalid(message string) *wire.Error {
	e := ErrInvalidParameterValueException(message)
	e.Members = (&InvalidParameterValueExceptionMembers{Type: wire.Some("User")}).AppendMembers
	return e
}

// defaults fills in what AWS tells of a mapping that leaves it out.
//
// Source: the texts "Unsupported DestinationConfig …" and "Unrecognized event source." were recorded against AWS by LocalStack.
func defaults(in *CreateEventSourceMappingInput) (queue bool, err error) {
	arn := in.EventSourceArn.V
	if d := in.DestinationConfig; d != nil && (d.OnSuccess != nil || strings.HasPrefix(arn, "arn:aws:sqs:")) {
		return false, invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
	}
	if arn == "" && in.SelfManagedEventSource == nil {
		return false, invalid("Unrecognized event source.")
	}
	stream := strings.HasPrefix(arn, "arn:aws:dynamodb:") && strings.Contains(arn, "/stream/")
	queue = strings.HasPrefix(arn, "arn:aws:sqs:")
	if !stream && !queue || in.SelfManagedEventSource != nil {
		return false, invalid("dyetrace maps DynamoDB streams and SQS queues only; EventSourceArn is not the ARN of one: " + arn)
	}
	in.MaximumBatchingWindowInSeconds = wire.Some(in.MaximumBatchingWindowInSeconds.V)
	if in.FunctionResponseTypes == nil {
		in.FunctionResponseTypes = []string{}
	}
	if queue {
		in.BatchSize = wire.Some(in.BatchSize.Or(queueBatch))
		return true, nil
	}
	in.BatchSize = wire.Some(in.BatchSize.Or(streamBatch))
	in.ParallelizationFactor = wire.Some(in.ParallelizationFactor.Or(1))
	in.MaximumRecordAgeInSeconds = wire.Some(in.MaximumRecordAgeInSeconds.Or(-1))
	in.MaximumRetryAttempts = wire.Some(in.MaximumRetryAttempts.Or(-1))
	in.BisectBatchOnFunctionError = wire.Some(in.BisectBatchOnFunctionError.V)
	in.TumblingWindowInSeconds = wire.Some(in.TumblingWindowInSeconds.V)
	if in.DestinationConfig == nil {
		in.DestinationConfig = &DestinationConfig{OnFailure: &OnFailure{}}
	}
	return false, nil
}

// compile checks the settings, fills in defaults and makes the plan of a mapping.
//
// Source: the answer for a function that does not exist was recorded against AWS by LocalStack.
func (s *Service) compile(in *CreateEventSourceMappingInput) (*plan, error) {
	queue, err := defaults(in)
	if err != nil {
		return nil, err
	}
	p := &plan{queue: queue, source: in.EventSourceArn.V, function: s.functionARN(in.FunctionName), report: len(in.FunctionResponseTypes) > 0}
	function, _ := arn.Parse(p.function)
	name, _, _ := strings.Cut(strings.TrimPrefix(function.Resource, "function:"), ":")
	p.to = feed.Address{Account: function.Account, Region: function.Region, Place: event.At(event.PlaceFunction, name)}
	if functions := s.scope.Functions(); functions == nil || !functions.Known(p.function) {
		return nil, invalid("Function does not exist")
	}
	from, ok := arn.Parse(p.source)
	if !ok || from.Region != s.scope.Region || from.Account != s.scope.Account {
		return nil, invalid("The event source must be in the account and Region of the mapping: " + p.source)
	}
	p.feed = feed.Plan{
		To: p.to.Place, Batch: int(in.BatchSize.V), Window: time.Duration(in.MaximumBatchingWindowInSeconds.V) * time.Second, Concurrency: concurrency,
		Retries: int(in.MaximumRetryAttempts.Or(-1)), MaxAge: -1, Bisect: in.BisectBatchOnFunctionError.V, Process: p.process, Word: p.word,
	}
	name = from.Resource
	if queue {
		p.from = event.At(event.PlaceQueue, name)
		err = compileQueue(in, p)
	} else {
		name, _, _ = strings.Cut(strings.TrimPrefix(name, "table/"), "/")
		p.from = event.At(event.PlaceStream, name)
		err = compileStream(in, p)
	}
	if err != nil {
		return nil, err
	}
	p.options = feed.Options{Scope: s.scope, Place: event.At(event.PlaceMapping, name+"/"+p.to.Place.Name())}
	if in.FilterCriteria == nil {
		return p, nil
	}
	for _, f := range in.FilterCriteria.Filters {
		compiled, err := pattern.Compile([]byte(f.Pattern.V))
		if err != nil {
			return nil, invalid("Invalid filter pattern definition.")
		}
		p.feed.Filters = append(p.feed.Filters, compiled)
	}
	return p, nil
}

// functionARN completes the name of a function: NAME, NAME:QUALIFIER, ACCOUNT:function:NAME or an ARN.
func (s *Service) functionARN(name string) string {
	prefix := "arn:aws:lambda:" + s.scope.Region + ":"
	switch {
	case strings.HasPrefix(name, "arn:"):
		return name
	case strings.Contains(name, ":function:"):
		return prefix + name
	}
	return prefix + s.scope.Account + ":function:" + strings.TrimPrefix(name, "function:")
}

// Source: Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping": FIFO queues have batches of ten and no
// batching window.
func compileQueue(in *CreateEventSourceMappingInput, p *plan) error {
	switch {
	case strings.HasSuffix(p.source, ".fifo") && in.BatchSize.V > 10:
		return invalid("Batch size cannot be greater than 10 for FIFO queues.")
	case strings.HasSuffix(p.source, ".fifo") && in.MaximumBatchingWindowInSeconds.V > 0:
		return invalid("A batching window is not supported for FIFO queues.")
	case in.BatchSize.V > 10 && in.MaximumBatchingWindowInSeconds.V == 0:
		return invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
	case in.StartingPosition.OK || in.BisectBatchOnFunctionError.V || in.MaximumRetryAttempts.OK || in.MaximumRecordAgeInSeconds.OK || in.ParallelizationFactor.OK:
		return invalid("Unsupported parameter for event source type SQS: StartingPosition, BisectBatchOnFunctionError, MaximumRetryAttempts, MaximumRecordAgeInSeconds and ParallelizationFactor are those of streams.")
	}
	if c := in.ScalingConfig; c != nil && c.MaximumConcurrency.OK {
		p.feed.Concurrency = int(c.MaximumConcurrency.V)
	}
	return nil
}

func compileStream(in *CreateEventSourceMappingInput, p *plan) error {
	switch in.StartingPosition.V {
	case "TRIM_HORIZON", "LATEST":
	case "":
		return invalid("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")
	default:
		return invalid("Unsupported starting position for arn type: " + p.source)
	}
	p.feed.Concurrency = int(in.ParallelizationFactor.V)
	if in.TumblingWindowInSeconds.V > 0 {
		return invalid("dyetrace does not implement tumbling windows: leave TumblingWindowInSeconds out.")
	}
	if age := in.MaximumRecordAgeInSeconds.V; age >= 0 {
		if age < 60 {
			return invalid("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800: " + strconv.Itoa(int(age)))
		}
		p.feed.MaxAge = time.Duration(age) * time.Second
	}
	if c := in.DestinationConfig; c.OnFailure != nil && c.OnFailure.Destination.V != "" {
		to, ok := arn.Parse(c.OnFailure.Destination.V)
		kinds := map[string]string{"sqs": event.PlaceQueue, "sns": event.PlaceTopic}
		if !ok || kinds[to.Service] == "" {
			return invalid("dyetrace sends what a mapping gives up to SQS queues and SNS topics only, not to " + c.OnFailure.Destination.V)
		}
		p.feed.DeadLetter = feed.Address{Account: to.Account, Region: to.Region, Place: event.At(kinds[to.Service], to.Resource)}
	}
	return nil
}
