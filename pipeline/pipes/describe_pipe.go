// Implements: everything that was set, state, reason, times and tags.
// Differs from AWS: members of SourceParameters that were left out stay left out (AWS fills in defaults).
// Not implemented: nothing known.

package pipes

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribePipe returns a pipe.
func (s *Service) DescribePipe(_ *engine.Call, in *DescribePipeInput) (*DescribePipeOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	p, err := s.find(in.Name)
	if err != nil {
		return nil, err
	}
	return &DescribePipeOutput{
		Arn: wire.Some(p.arn), Name: wire.Some(p.name), Description: p.description, DesiredState: wire.Some(p.desired), CurrentState: wire.Some(p.current),
		StateReason: optional(p.reason), Source: wire.Some(p.source), SourceParameters: p.sourceParameters, Target: wire.Some(p.target), Enrichment: optional(p.enrichment), EnrichmentParameters: p.enrichParameters,
		TargetParameters: p.targetParameters, RoleArn: wire.Some(p.role), Tags: maps.Clone(p.tags), CreationTime: wire.Some(p.created),
		LastModifiedTime: wire.Some(p.modified), LogConfiguration: p.log, KmsKeyIdentifier: p.kmsKey,
	}, nil
}

func optional(text string) wire.Opt[string] { return wire.Opt[string]{V: text, OK: text != ""} }
