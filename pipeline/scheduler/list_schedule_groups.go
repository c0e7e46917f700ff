// Implements: by name prefix, in pages; sorted by name.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package scheduler

import (
	"encoding/base64"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListScheduleGroups lists groups, at most 100 in one answer.
func (s *Service) ListScheduleGroups(_ *engine.Call, in *ListScheduleGroupsInput) (*ListScheduleGroupsOutput, error) {
	after, err := pageToken(in.NextToken)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	out := &ListScheduleGroupsOutput{ScheduleGroups: []ScheduleGroupSummary{}}
	last := ""
	for _, g := range s.sortedGroups() {
		if g.name <= after || !strings.HasPrefix(g.name, in.NamePrefix.V) {
			continue
		}
		if len(out.ScheduleGroups) == int(in.MaxResults.Or(100)) {
			out.NextToken = wire.Some(base64.RawURLEncoding.EncodeToString([]byte(last)))
			break
		}
		last = g.name
		out.ScheduleGroups = append(out.ScheduleGroups, ScheduleGroupSummary{
			Arn: wire.Some(s.arn("schedule-group", g.name)), Name: wire.Some(g.name), State: wire.Some(ScheduleGroupStateActive),
			CreationDate: wire.Some(g.created), LastModificationDate: wire.Some(g.modified),
		})
	}
	return out, nil
}
