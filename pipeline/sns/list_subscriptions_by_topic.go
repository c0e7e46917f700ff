// Implements: all of it, 100 subscriptions a page.
// Differs from AWS: subscriptions come in the order of their ARNs.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// ListSubscriptionsByTopic lists the subscriptions of one topic.
func (s *Service) ListSubscriptionsByTopic(_ *engine.Call, in *ListSubscriptionsByTopicInput) (*ListSubscriptionsByTopicOutput, error) {
	s = s.at(in.TopicArn)
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(in.TopicArn, "ListSubscriptionsByTopic")
	if err != nil {
		return nil, err
	}
	all := make(map[string]*subscription, len(t.subscriptions))
	for _, sub := range t.subscriptions {
		all[sub.arn] = sub
	}
	list, next, err := listed(all, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ListSubscriptionsByTopicOutput{Subscriptions: list, NextToken: next}, nil
}
