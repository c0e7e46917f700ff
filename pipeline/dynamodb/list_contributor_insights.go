// Implements: ListContributorInsights of one table or all, sorted by table and index.
// Differs from AWS: one page holds all.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListContributorInsights returns the settings that were ever made.
//
// Source: Amazon DynamoDB API Reference, ListContributorInsights.
func (s *Service) ListContributorInsights(_ *engine.Call, in *ListContributorInsightsInput) (*ListContributorInsightsOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	names := wire.SortedKeys(s.tables)
	if in.TableName.OK {
		name, err := s.tableName(in.TableName.V)
		if err != nil {
			return nil, err
		}
		if s.tables[name] == nil {
			return nil, noTableNamed(name)
		}
		names = []string{name}
	}
	out := &ListContributorInsightsOutput{ContributorInsightsSummaries: []ContributorInsightsSummary{}}
	for _, name := range names {
		t := s.tables[name]
		for _, index := range wire.SortedKeys(t.insights) {
			i := t.insights[index]
			summary := ContributorInsightsSummary{TableName: wire.Some(name), ContributorInsightsStatus: wire.Some(i.status), ContributorInsightsMode: i.mode}
			if index != "" {
				summary.IndexName = wire.Some(index)
			}
			out.ContributorInsightsSummaries = append(out.ContributorInsightsSummaries, summary)
		}
	}
	return out, nil
}
