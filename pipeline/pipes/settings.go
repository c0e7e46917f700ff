package pipes

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/jsonpath"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// plan is what a pipe does with each record, compiled from what its owner set. It is immutable.
type plan struct {
	feed     feed.Plan
	options  feed.Options // Scope and Place only
	arn      string       // of the pipe
	name     string
	origin   string // ARN of the source
	from     event.Place
	position string // of a stream: "TRIM_HORIZON" or "LATEST"; "" is a queue
	enrich   *enrichment
	template *template // nil: the record as it is
	to       feed.Address
	target   string  // ARN of the target
	wait     bool    // for the answer of the target, a function
	most     int     // events that the target takes at once; 0: as many as come
	request  request // of an API destination as the target

	detailType, source, at value // of an entry on a bus
	resources              []value
	group, deduplication   value // of a message in a FIFO queue
}

// value is a parameter of a target: a constant, or a JSON path into the event.
type value struct {
	constant string
	path     jsonpath.Path
	text     string // of the path
	dynamic  bool
}

func newValue(text string) (value, error) {
	if !strings.HasPrefix(text, "$.") && text != "$" {
		return value{constant: text}, nil
	}
	p, err := jsonpath.Parse(text)
	return value{path: p, text: text, dynamic: true}, err
}

// of returns the value for a record; ok is false where the path finds nothing.
func (v value) of(record []byte) (text string, ok bool) {
	if !v.dynamic {
		return v.constant, true
	}
	found := v.path.Find(record)
	return jsonpath.Text(found), found != nil
}

// settings is what the owner of a pipe sets.
type settings struct {
	name             string
	description      wire.Opt[string]
	source           string
	sourceParameters *PipeSourceParameters
	enrichment       string
	enrichParameters *PipeEnrichmentParameters
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
	if in.EnrichmentParameters != nil {
		p.enrichParameters = in.EnrichmentParameters
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
	if n := in.SqsQueueParameters; n != nil {
		made.SqsQueueParameters = &PipeSourceSqsQueueParameters{BatchSize: n.BatchSize, MaximumBatchingWindowInSeconds: n.MaximumBatchingWindowInSeconds}
	}
	return &made
}
