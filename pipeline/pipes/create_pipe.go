// Implements: pipes from a DynamoDB stream or an SQS queue, standard or FIFO, with filters, enrichment by a function or an API destination
// (one event a request, path, header and query values with JSON paths), input templates, to an event bus of the same account and Region,
// an SQS queue, an SNS topic, a log group, an API destination or a function (with or without waiting for its answer); batch size (as much
// as the target takes) and window, parallelization factor, bisecting, partial batch responses, retry limits, maximum record age,
// dead-letter queue or topic.
// Differs from AWS: the pipe runs at once (AWS: after a minute or so in CREATING); failed batches are tried again after one second,
// doubling up to a minute (AWS's intervals are not documented); at most 1,000 records behind one that fails again and again are
// read for other partition keys and shards (how far AWS reads is not documented); at most five batches of a queue are processed at the
// same time; a parameter whose JSON path finds nothing is a failed delivery; an answer of an API destination that is not JSON is a
// failed batch (AWS's way is not documented); an API destination that does not exist is a failed batch; a source that does not exist
// makes the state CREATE_FAILED at once.
// Not implemented: other sources, enrichments and targets, name and time of log streams, logging (kept only), RoleArn (kept, not checked).

package pipes

import (
	"maps"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// CreatePipe makes a pipe and, unless it is to be stopped, runs it.
func (s *Service) CreatePipe(c *engine.Call, in *CreatePipeInput) (*CreatePipeOutput, error) {
	set := settings{
		name: in.Name, description: in.Description, source: in.Source, sourceParameters: in.SourceParameters, enrichment: in.Enrichment.V, enrichParameters: in.EnrichmentParameters,
		target: in.Target, targetParameters: in.TargetParameters, role: in.RoleArn, log: logConfiguration(in.LogConfiguration), kmsKey: in.KmsKeyIdentifier,
	}
	plan, err := s.compile(&set)
	if err != nil {
		return nil, err
	}
	now := s.scope.Engine.Now()
	p := &pipe{
		settings: set, service: s, plan: plan, place: event.At(event.PlacePipe, in.Name), tags: maps.Clone(in.Tags), created: now, modified: now,
		arn:     plan.arn,
		desired: in.DesiredState.Or(RequestedPipeStateRunning), current: PipeStateStopped,
	}
	hold := s.scope.Hold()
	defer hold.End()
	if s.pipes[in.Name] != nil {
		return nil, ErrConflictException("Pipe " + in.Name + " already exists.")
	}
	c.Lineage(p.place)
	s.pipes[in.Name] = p
	hold.End()
	if p.desired == RequestedPipeStateRunning {
		s.run(p, PipeStateCreateFailed)
	}
	return &CreatePipeOutput{
		Arn: wire.Some(p.arn), Name: wire.Some(p.name), DesiredState: wire.Some(p.desired), CurrentState: wire.Some(PipeStateCreating),
		CreationTime: wire.Some(now), LastModifiedTime: wire.Some(now),
	}, nil
}

// logConfiguration turns what is asked for into what is told.
func logConfiguration(in *PipeLogConfigurationParameters) *PipeLogConfiguration {
	if in == nil {
		return nil
	}
	out := &PipeLogConfiguration{Level: wire.Some(in.Level), IncludeExecutionData: in.IncludeExecutionData}
	if d := in.S3LogDestination; d != nil {
		out.S3LogDestination = &S3LogDestination{BucketName: wire.Some(d.BucketName), BucketOwner: wire.Some(d.BucketOwner), OutputFormat: d.OutputFormat, Prefix: d.Prefix}
	}
	if d := in.FirehoseLogDestination; d != nil {
		out.FirehoseLogDestination = &FirehoseLogDestination{DeliveryStreamArn: wire.Some(d.DeliveryStreamArn)}
	}
	if d := in.CloudwatchLogsLogDestination; d != nil {
		out.CloudwatchLogsLogDestination = &CloudwatchLogsLogDestination{LogGroupArn: wire.Some(d.LogGroupArn)}
	}
	return out
}
