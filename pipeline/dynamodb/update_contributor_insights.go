// Implements: UpdateContributorInsights of tables and indexes: the setting is stored and told, as ENABLED or DISABLED at once.
// Differs from AWS: nothing is counted, because there is no CloudWatch; no ENABLING and DISABLING.
// Not implemented: nothing else known.

package dynamodb

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// UpdateContributorInsights turns Contributor Insights on and off.
//
// Source: Amazon DynamoDB API Reference, UpdateContributorInsights.
func (s *Service) UpdateContributorInsights(c *engine.Call, in *UpdateContributorInsightsInput) (*UpdateContributorInsightsOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t, i, err := s.insightsOf(name, in.IndexName)
	if err != nil {
		return nil, err
	}
	i.status, i.changed = ContributorInsightsStatusDisabled, second(s.scope.Engine.Now())
	if in.ContributorInsightsAction == ContributorInsightsActionEnable {
		i.status = ContributorInsightsStatusEnabled
	}
	if in.ContributorInsightsMode.OK {
		i.mode = in.ContributorInsightsMode
	}
	all := maps.Clone(t.insights)
	if all == nil {
		all = map[string]insight{}
	}
	all[in.IndexName.V] = i
	t.insights = all
	c.Lineage(t.place)
	return &UpdateContributorInsightsOutput{
		TableName: wire.Some(name), IndexName: in.IndexName, ContributorInsightsStatus: wire.Some(i.status), ContributorInsightsMode: i.mode,
	}, nil
}
