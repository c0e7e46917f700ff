// Implements: UpdateTimeToLive; items are deleted the moment they expire, with a record that names the service as the user.
// Differs from AWS: expired items go at once, not within days; time to live may be changed again at any time.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// UpdateTimeToLive names the attribute by which items of a table expire, or ends that.
//
// Source: Amazon DynamoDB API Reference, UpdateTimeToLive; texts as observed.
func (s *Service) UpdateTimeToLive(c *engine.Call, in *UpdateTimeToLiveInput) (*UpdateTimeToLiveOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	spec := in.TimeToLiveSpecification
	s.scope.Lock()
	defer s.scope.Unlock()
	t := s.tables[name]
	switch {
	case t == nil:
		return nil, noTableNamed(name)
	case !t.usable():
		return nil, t.checkIdle()
	case t.timeToLive != "" && spec.AttributeName != t.timeToLive:
		return nil, invalid("TimeToLive is active on a different AttributeName: current AttributeName is " + t.timeToLive)
	case spec.Enabled && t.timeToLive != "":
		return nil, invalid("TimeToLive is already enabled")
	case !spec.Enabled && t.timeToLive == "":
		return nil, invalid("TimeToLive is already disabled")
	}
	t.expiries, t.timeToLive = nil, ""
	l := c.Lineage(t.place)
	if spec.Enabled {
		t.timeToLive = spec.AttributeName
		now := s.scope.Engine.Now()
		cause := event.Lineage{Cause: l.Cause, CorrelationID: l.CorrelationID, Inferred: l.Inferred}
		t.items.ascend("", "", func(_ string, rec *record) bool {
			s.watch(t, rec, cause, now)
			return true
		})
	}
	return &UpdateTimeToLiveOutput{TimeToLiveSpecification: &spec}, nil
}
