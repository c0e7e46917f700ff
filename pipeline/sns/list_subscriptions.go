// Implements: all of it, 100 subscriptions a page.
// Differs from AWS: subscriptions come in the order of their ARNs.
// Not implemented: nothing.

package sns

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListSubscriptions lists the subscriptions of all topics.
func (s *Service) ListSubscriptions(_ *engine.Call, in *ListSubscriptionsInput) (*ListSubscriptionsOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	list, next, err := listed(s.subscriptions, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ListSubscriptionsOutput{Subscriptions: list, NextToken: next}, nil
}

// listed returns one page of subscriptions, by ARN.
func listed(all map[string]*subscription, token wire.Opt[string]) ([]Subscription, wire.Opt[string], error) {
	arns, next, err := page(wire.SortedKeys(all), token, pageSize)
	if err != nil {
		return nil, next, err
	}
	list := make([]Subscription, len(arns))
	for i, arn := range arns {
		list[i] = all[arn].listed()
	}
	return list, next, nil
}
