// Implements: all of it, also by the link in a message; a subscription that is not there is success, as at AWS.
// Differs from AWS: AuthenticateOnUnsubscribe is not looked at: everybody may end a subscription.
// Not implemented: the UnsubscribeConfirmation that AWS posts to an HTTP endpoint afterwards.

package sns

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Unsubscribe removes a subscription.
func (s *Service) Unsubscribe(c *engine.Call, in *UnsubscribeInput) (*UnsubscribeOutput, error) {
	if in.SubscriptionArn == "" {
		return nil, invalid("SubscriptionArn Reason: no value for required parameter")
	}
	a, err := s.local("SubscriptionArn", in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	name, id, _ := strings.Cut(a.resource, ":")
	if len(id) != len("00000000-0000-0000-0000-000000000000") || strings.Count(id, "-") != 4 {
		return nil, invalid("SubscriptionId")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	sub, t := s.subscriptions[in.SubscriptionArn], s.topics[name]
	if sub == nil || t == nil {
		return &UnsubscribeOutput{}, nil
	}
	t.subscriptions = slices.DeleteFunc(slices.Clone(t.subscriptions), func(other *subscription) bool { return other.arn == sub.arn })
	t.deleted++
	delete(s.subscriptions, sub.arn)
	c.Lineage(t.place)
	return &UnsubscribeOutput{}, nil
}
