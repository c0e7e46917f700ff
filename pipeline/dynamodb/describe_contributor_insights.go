// Implements: DescribeContributorInsights of tables and indexes.
// Differs from AWS: there are no rules, because there is no CloudWatch.
// Not implemented: nothing else known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeContributorInsights tells whether Contributor Insights is enabled.
//
// Source: Amazon DynamoDB API Reference, DescribeContributorInsights.
func (s *Service) DescribeContributorInsights(_ *engine.Call, in *DescribeContributorInsightsInput) (*DescribeContributorInsightsOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	_, i, err := s.insightsOf(name, in.IndexName)
	if err != nil {
		return nil, err
	}
	out := &DescribeContributorInsightsOutput{
		TableName: wire.Some(name), IndexName: in.IndexName, ContributorInsightsStatus: wire.Some(i.status), ContributorInsightsMode: i.mode,
	}
	if i.status == ContributorInsightsStatusEnabled {
		out.ContributorInsightsRuleList = []string{} // a disabled one tells none, as LocalStack's tests record
	}
	if !i.changed.IsZero() {
		out.LastUpdateDateTime = wire.Some(i.changed)
	}
	return out, nil
}
