// Implements: everything that was set, state, reason, times and tags.
// Differs from AWS: a pipe from a stream has no reason for its state while it runs (AWS: "No records processed", at least until some are).
// Not implemented: nothing known.

package pipes

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribePipe returns a pipe.
//
// Source: answers of AWS recorded in public repositories: parameters and tags are there though they are empty, and the reason for the
// state of a pipe that reads no stream.
func (s *Service) DescribePipe(_ *engine.Call, in *DescribePipeInput) (*DescribePipeOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	p, err := s.find(in.Name)
	if err != nil {
		return nil, err
	}
	reason, enrichment, target, tags := p.reason, p.enrichParameters, p.targetParameters, maps.Clone(p.tags)
	if reason == "" && p.plan.position == "" {
		reason = "USER_INITIATED"
	}
	if enrichment == nil {
		enrichment = &PipeEnrichmentParameters{}
	}
	if target == nil {
		target = &PipeTargetParameters{}
	}
	if tags == nil {
		tags = map[string]string{}
	}
	return &DescribePipeOutput{
		Arn: wire.Some(p.arn), Name: wire.Some(p.name), Description: p.description, DesiredState: wire.Some(p.desired), CurrentState: wire.Some(p.current),
		StateReason: optional(reason), Source: wire.Some(p.source), SourceParameters: p.sourceParameters, Target: wire.Some(p.target), Enrichment: optional(p.enrichment), EnrichmentParameters: enrichment,
		TargetParameters: target, RoleArn: wire.Some(p.role), Tags: tags, CreationTime: wire.Some(p.created),
		LastModifiedTime: wire.Some(p.modified), LogConfiguration: p.log, KmsKeyIdentifier: p.kmsKey,
	}, nil
}

func optional(text string) wire.Opt[string] { return wire.Opt[string]{V: text, OK: text != ""} }
