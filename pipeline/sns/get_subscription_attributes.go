// Implements: all attributes.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// GetSubscriptionAttributes returns the attributes of a subscription.
func (s *Service) GetSubscriptionAttributes(_ *engine.Call, in *GetSubscriptionAttributesInput) (*GetSubscriptionAttributesOutput, error) {
	s = s.at(in.SubscriptionArn)
	s.scope.Lock()
	defer s.scope.Unlock()
	t, sub, err := s.subscription(in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	return &GetSubscriptionAttributesOutput{Attributes: sub.answer(t)}, nil
}

// subscription finds a subscription and its topic. The scope must be locked.
func (s *Service) subscription(text string) (*topic, *subscription, error) {
	a, err := s.local("SubscriptionArn", text)
	if err != nil {
		return nil, nil, err
	}
	name, _, _ := strings.Cut(a.Resource, ":")
	sub, t := s.subscriptions[text], s.topics[name]
	if sub == nil || t == nil {
		return nil, nil, errNoSubscription()
	}
	return t, sub, nil
}
