// Implements: by name prefix, states, source and target prefix, in pages; sorted by name.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package pipes

import (
	"encoding/base64"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListPipes lists pipes, at most 100 in one answer.
func (s *Service) ListPipes(_ *engine.Call, in *ListPipesInput) (*ListPipesOutput, error) {
	after := ""
	if in.NextToken.OK {
		raw, err := base64.RawURLEncoding.DecodeString(in.NextToken.V)
		if err != nil {
			return nil, invalid("NextToken is not valid.")
		}
		after = string(raw)
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	out := &ListPipesOutput{Pipes: []Pipe{}}
	for _, p := range s.sorted() {
		if p.name <= after || !in.selects(p) {
			continue
		}
		if len(out.Pipes) == int(in.Limit.Or(100)) {
			last := out.Pipes[len(out.Pipes)-1].Name.V
			out.NextToken = wire.Some(base64.RawURLEncoding.EncodeToString([]byte(last)))
			break
		}
		out.Pipes = append(out.Pipes, Pipe{
			Name: wire.Some(p.name), Arn: wire.Some(p.arn), DesiredState: wire.Some(p.desired), CurrentState: wire.Some(p.current),
			StateReason: optional(p.reason), CreationTime: wire.Some(p.created), LastModifiedTime: wire.Some(p.modified), Source: wire.Some(p.source),
			Target: wire.Some(p.target),
		})
	}
	return out, nil
}

func (in *ListPipesInput) selects(p *pipe) bool {
	return strings.HasPrefix(p.name, in.NamePrefix.V) && strings.HasPrefix(p.source, in.SourcePrefix.V) && strings.HasPrefix(p.target, in.TargetPrefix.V) &&
		(!in.DesiredState.OK || in.DesiredState.V == p.desired) && (!in.CurrentState.OK || in.CurrentState.V == p.current)
}
