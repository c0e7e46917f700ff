package pipes

import (
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// arn is an Amazon Resource Name cut into its parts.
type arn struct{ service, region, account, resource string }

func parseARN(text string) (a arn, ok bool) {
	part := strings.SplitN(text, ":", 6)
	if len(part) != 6 || part[0] != "arn" {
		return a, false
	}
	return arn{service: part[2], region: part[3], account: part[4], resource: part[5]}, true
}

// plan is what a pipe does with each record, compiled from what its owner set. It is immutable.
type plan struct {
	filters  []filter
	template *template // nil: the record as it is
	to       event.Place
	name     string // of the pipe
	origin   string // ARN of the source
	target   string // ARN of the target

	detailType, source, at value
	resources              []value

	position   string // "TRIM_HORIZON" or "LATEST"
	batch      int
	retries    int           // -1: no limit
	maxAge     time.Duration // -1: no limit
	deadLetter arn           // zero: none
}

type filter struct {
	text    string
	pattern *pattern.Pattern
}

// value is a parameter of a target: a constant, or a JSON path into the record.
type value struct {
	constant string
	path     path
	dynamic  bool
}

func newValue(text string) (value, error) {
	if !strings.HasPrefix(text, "$.") && text != "$" {
		return value{constant: text}, nil
	}
	p, err := parsePath(text)
	return value{path: p, dynamic: true}, err
}

// of returns the value for a record; ok is false where the path finds nothing.
func (v value) of(record []byte) (text string, ok bool) {
	if !v.dynamic {
		return v.constant, true
	}
	found := v.path.find(record)
	return textOf(found), found != nil
}

// Defaults and limits: Amazon EventBridge Pipes API Reference, PipeSourceDynamoDBStreamParameters.
const defaultBatch = 100

func invalid(message string) *wire.Error { return ErrValidationException(message) }

// compile checks everything that the model cannot and makes the plan of a pipe.
func (s *Service) compile(p *settings) (*plan, error) {
	made := &plan{name: p.name, origin: p.source, target: p.target, batch: defaultBatch, retries: -1, maxAge: -1}
	if p.enrichment != "" {
		return nil, invalid("dyetrace does not implement the enrichment of pipes: leave Enrichment out.")
	}
	if err := s.compileSource(p, made); err != nil {
		return nil, err
	}
	a, ok := parseARN(p.target)
	bus, isBus := strings.CutPrefix(a.resource, "event-bus/")
	if !ok || a.service != "events" || !isBus || bus == "" {
		return nil, invalid("dyetrace delivers from pipes to event buses only; Target is not the ARN of an event bus: " + p.target)
	}
	if a.region != s.scope.Region || a.account != s.scope.Account {
		return nil, invalid("The event bus of a pipe must be in the account and Region of the pipe: " + p.target)
	}
	made.to = event.At(event.PlaceBus, bus)
	if err := compileTarget(p, made); err != nil {
		return nil, err
	}
	return made, nil
}

func (s *Service) compileSource(p *settings, made *plan) error {
	a, ok := parseARN(p.source)
	if !ok || a.service != "dynamodb" || !strings.HasPrefix(a.resource, "table/") || !strings.Contains(a.resource, "/stream/") {
		return invalid("dyetrace reads pipes from DynamoDB streams only; Source is not the ARN of a DynamoDB stream: " + p.source)
	}
	if a.region != s.scope.Region || a.account != s.scope.Account {
		return invalid("The source of a pipe must be in the account and Region of the pipe: " + p.source)
	}
	if p.sourceParameters == nil || p.sourceParameters.DynamoDBStreamParameters == nil {
		return invalid("SourceParameters.DynamoDBStreamParameters with StartingPosition must be specified for a DynamoDB stream.")
	}
	stream := p.sourceParameters.DynamoDBStreamParameters
	made.position = stream.StartingPosition
	made.batch = int(stream.BatchSize.Or(defaultBatch))
	made.retries = int(stream.MaximumRetryAttempts.Or(-1))
	if age := stream.MaximumRecordAgeInSeconds.Or(-1); age >= 0 {
		if age < 60 {
			return invalid("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.")
		}
		made.maxAge = time.Duration(age) * time.Second
	}
	if c := stream.DeadLetterConfig; c != nil && c.Arn.V != "" {
		if made.deadLetter, ok = parseARN(c.Arn.V); !ok || made.deadLetter.service != "sqs" {
			return invalid("dyetrace sends what a pipe gives up to SQS queues only; DeadLetterConfig.Arn is not the ARN of a queue: " + c.Arn.V)
		}
	}
	if p.sourceParameters.FilterCriteria == nil {
		return nil
	}
	for i, f := range p.sourceParameters.FilterCriteria.Filters {
		compiled, err := pattern.Compile([]byte(f.Pattern.V))
		if err != nil {
			return invalid("Invalid filter pattern at filterCriteria.filters." + strconv.Itoa(i+1) + ": " + err.Error())
		}
		made.filters = append(made.filters, filter{text: f.Pattern.V, pattern: compiled})
	}
	return nil
}

func compileTarget(p *settings, made *plan) error {
	bus := &PipeTargetEventBridgeEventBusParameters{}
	if t := p.targetParameters; t != nil {
		if t.InputTemplate.V != "" {
			compiled, err := compileTemplate(t.InputTemplate.V)
			if err != nil {
				return invalid("Invalid InputTemplate: " + err.Error())
			}
			made.template = compiled
		}
		if t.EventBridgeEventBusParameters != nil {
			bus = t.EventBridgeEventBusParameters
		}
	}
	if bus.EndpointId.V != "" {
		return invalid("dyetrace does not implement global endpoints: leave EndpointId out.")
	}
	var err error
	for _, part := range []struct {
		name, text string
		to         *value
	}{
		{"DetailType", bus.DetailType.Or("Event from aws:dynamodb"), &made.detailType},
		{"Source", bus.Source.Or("Pipe " + p.name), &made.source},
		{"Time", bus.Time.V, &made.at},
	} {
		if *part.to, err = newValue(part.text); err != nil {
			return invalid("Invalid " + part.name + ": " + err.Error())
		}
	}
	for _, text := range bus.Resources {
		v, err := newValue(text)
		if err != nil {
			return invalid("Invalid Resources: " + err.Error())
		}
		made.resources = append(made.resources, v)
	}
	return nil
}

// settings is what the owner of a pipe sets.
type settings struct {
	name             string
	description      wire.Opt[string]
	source           string
	sourceParameters *PipeSourceParameters
	enrichment       string
	target           string
	targetParameters *PipeTargetParameters
	role             string
	log              *PipeLogConfiguration
	kmsKey           wire.Opt[string]
}

// updated returns the settings after an update: what the request leaves out stays, the description excepted, as AWS does.
func (p settings) updated(in *UpdatePipeInput) settings {
	p.role = in.RoleArn
	if in.Description.OK {
		p.description = in.Description
	}
	if in.Target.OK {
		p.target = in.Target.V
	}
	if in.TargetParameters != nil {
		p.targetParameters = in.TargetParameters
	}
	if in.Enrichment.OK {
		p.enrichment = in.Enrichment.V
	}
	if in.KmsKeyIdentifier.OK {
		p.kmsKey = in.KmsKeyIdentifier
	}
	if in.LogConfiguration != nil {
		p.log = logConfiguration(in.LogConfiguration)
	}
	if in.SourceParameters != nil {
		p.sourceParameters = p.updatedSource(in.SourceParameters)
	}
	return p
}

func (p settings) updatedSource(in *UpdatePipeSourceParameters) *PipeSourceParameters {
	made := PipeSourceParameters{}
	if p.sourceParameters != nil {
		made = *p.sourceParameters
	}
	if in.FilterCriteria != nil {
		made.FilterCriteria = in.FilterCriteria
	}
	if n := in.DynamoDBStreamParameters; n != nil && made.DynamoDBStreamParameters != nil {
		stream := PipeSourceDynamoDBStreamParameters{
			BatchSize: n.BatchSize, DeadLetterConfig: n.DeadLetterConfig, OnPartialBatchItemFailure: n.OnPartialBatchItemFailure,
			MaximumBatchingWindowInSeconds: n.MaximumBatchingWindowInSeconds, MaximumRecordAgeInSeconds: n.MaximumRecordAgeInSeconds,
			MaximumRetryAttempts: n.MaximumRetryAttempts, ParallelizationFactor: n.ParallelizationFactor,
			StartingPosition: made.DynamoDBStreamParameters.StartingPosition,
		}
		made.DynamoDBStreamParameters = &stream
	}
	return &made
}
