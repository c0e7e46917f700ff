// Implements: pipes from a DynamoDB stream to an event bus of the same account and Region, with filters, input template, all
// parameters of the event bus, retry limits and a dead-letter queue.
// Differs from AWS: the pipe runs at once (AWS: after a minute or so in CREATING); failed deliveries are tried again after one
// second, doubling up to a minute (AWS's intervals are not documented); records are delivered one by one in order, so
// ParallelizationFactor and MaximumBatchingWindowInSeconds are kept and have no effect; a source that does not exist makes the
// state CREATE_FAILED at once; the message to the dead-letter queue names no shard.
// Not implemented: other sources and targets, enrichment, logging (kept only), RoleArn (kept, not checked).

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
		name: in.Name, description: in.Description, source: in.Source, sourceParameters: in.SourceParameters, enrichment: in.Enrichment.V,
		target: in.Target, targetParameters: in.TargetParameters, role: in.RoleArn, log: logConfiguration(in.LogConfiguration), kmsKey: in.KmsKeyIdentifier,
	}
	plan, err := s.compile(&set)
	if err != nil {
		return nil, err
	}
	now := s.scope.Engine.Now()
	p := &pipe{
		settings: set, service: s, plan: plan, place: event.At(event.PlacePipe, in.Name), tags: maps.Clone(in.Tags), created: now, modified: now,
		arn:     "arn:aws:pipes:" + s.scope.Region + ":" + s.scope.Account + ":pipe/" + in.Name,
		desired: in.DesiredState.Or(RequestedPipeStateRunning), current: PipeStateStopped,
	}
	s.scope.Lock()
	if s.pipes[in.Name] != nil {
		s.scope.Unlock()
		return nil, ErrConflictException("Pipe " + in.Name + " already exists.")
	}
	c.Lineage(p.place)
	s.pipes[in.Name] = p
	s.scope.Unlock()
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
