// Implements: all of it, with an entry for each id the rule does not have.
// Differs from AWS: Force changes nothing, because no rule is managed by a service.
// Not implemented: nothing.

package eventbridge

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// RemoveTargets takes targets from a rule. Deliveries to them that are under way go on.
func (s *Service) RemoveTargets(c *engine.Call, in *RemoveTargetsInput) (*RemoveTargetsOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, r, err := s.rule(in.EventBusName.Or(""), in.Rule)
	if err != nil {
		return nil, err
	}
	out := &RemoveTargetsOutput{FailedEntries: []RemoveTargetsResultEntry{}}
	changed := *r
	changed.targets = slices.Clone(r.targets)
	for _, id := range in.Ids {
		i := slices.IndexFunc(changed.targets, func(t *target) bool { return t.settings.Id == id })
		if i < 0 {
			out.FailedEntries = append(out.FailedEntries, RemoveTargetsResultEntry{
				TargetId: wire.Some(id), ErrorCode: wire.Some("ResourceNotFoundException"),
				ErrorMessage: wire.Some("Rule '" + r.name + "' does not have a target with the Id '" + id + "'."),
			})
			continue
		}
		changed.targets = slices.Delete(changed.targets, i, i+1)
	}
	out.FailedEntryCount = wire.Some(int32(len(out.FailedEntries)))
	b.put(&changed)
	c.Lineage(r.place)
	return out, nil
}
