// Implements: by group, name prefix and state, in pages; sorted by group and name.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package scheduler

import (
	"encoding/base64"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListSchedules lists schedules, at most 100 in one answer.
func (s *Service) ListSchedules(_ *engine.Call, in *ListSchedulesInput) (*ListSchedulesOutput, error) {
	after, err := pageToken(in.NextToken)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if in.GroupName.OK {
		if _, err := s.group(in.GroupName); err != nil {
			return nil, err
		}
	}
	out := &ListSchedulesOutput{Schedules: []ScheduleSummary{}}
	last := ""
	for _, g := range s.sortedGroups() {
		for _, x := range g.sorted() {
			key := g.name + "/" + x.settings.Name
			if after != "" && !follows(key, after) || !in.selects(x) {
				continue
			}
			if len(out.Schedules) == int(in.MaxResults.Or(100)) {
				out.NextToken = wire.Some(base64.RawURLEncoding.EncodeToString([]byte(last)))
				return out, nil
			}
			last = key
			out.Schedules = append(out.Schedules, ScheduleSummary{
				Arn: wire.Some(x.arn), Name: wire.Some(x.settings.Name), GroupName: wire.Some(g.name), State: x.settings.State,
				CreationDate: wire.Some(x.created), LastModificationDate: wire.Some(x.modified), Target: &TargetSummary{Arn: x.target.arn},
			})
		}
	}
	return out, nil
}

func (in *ListSchedulesInput) selects(x *schedule) bool {
	return (!in.GroupName.OK || in.GroupName.V == x.group.name) && strings.HasPrefix(x.settings.Name, in.NamePrefix.V) &&
		(!in.State.OK || in.State.V == x.settings.State.V)
}

// follows tells whether one group/name stands behind another in the order of groups, then names.
func follows(key, other string) bool {
	group, name, _ := strings.Cut(key, "/")
	otherGroup, otherName, _ := strings.Cut(other, "/")
	return group > otherGroup || group == otherGroup && name > otherName
}

func pageToken(token wire.Opt[string]) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token.V)
	if err != nil {
		return "", invalid("Invalid NextToken.")
	}
	return string(raw), nil
}
