package dynamodb

import (
	"time"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// insight is the setting of Contributor Insights of a table, or of the index named. Nothing is counted.
type insight struct {
	status  string
	mode    wire.Opt[string]
	changed time.Time
}

// insightsOf finds the table that is asked for, and the setting of it or its index. The scope must be locked.
func (s *Service) insightsOf(name string, index wire.Opt[string]) (*table, insight, error) {
	t := s.tables[name]
	switch {
	case t == nil:
		return nil, insight{}, noTableNamed(name)
	case index.OK && t.index(index.V) == nil:
		return nil, insight{}, ErrResourceNotFoundException(msgNoSuchResource + ": Index: " + index.V + " not found")
	}
	i, found := t.insights[index.V]
	if !found {
		i.status = ContributorInsightsStatusDisabled
	}
	return t, i, nil
}
