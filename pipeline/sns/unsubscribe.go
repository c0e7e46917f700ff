// Implements: all of it, also by the link in a message; a subscription that is not there is success, as at AWS. An HTTP endpoint is
// posted an UnsubscribeConfirmation, whose token or link restores the subscription.
// Differs from AWS: any signed request may end a subscription. One that is not confirmed does not go by itself.
// Not implemented: nothing.

package sns

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Unsubscribe removes a subscription that was confirmed.
//
// Source: HashiCorp's AWS provider (resourceTopicSubscriptionDelete) and cdkd, issue 1301, for those that were not.
func (s *Service) Unsubscribe(c *engine.Call, in *UnsubscribeInput) (*UnsubscribeOutput, error) {
	s = s.at(in.SubscriptionArn)
	if in.SubscriptionArn == "" {
		return nil, invalid("SubscriptionArn Reason: no value for required parameter")
	}
	a, err := s.local("SubscriptionArn", in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	name, id, _ := strings.Cut(a.Resource, ":")
	if len(id) != len("00000000-0000-0000-0000-000000000000") || strings.Count(id, "-") != 4 {
		return nil, invalid("SubscriptionId")
	}
	hold := s.scope.Hold()
	defer hold.End()
	sub, t := s.subscriptions[in.SubscriptionArn], s.topics[name]
	if sub == nil || t == nil {
		return &UnsubscribeOutput{}, nil
	}
	if sub.guarded && !c.Signed {
		return nil, ErrAuthorizationErrorException("The subscription was confirmed with AuthenticateOnUnsubscribe: it is ended by signed requests only")
	}
	if !sub.confirmed {
		return nil, invalid("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
	}
	t.subscriptions = slices.DeleteFunc(slices.Clone(t.subscriptions), func(other *subscription) bool { return other.arn == sub.arn })
	t.deleted++
	delete(s.subscriptions, sub.arn)
	lineage := c.Lineage(t.place)
	if sub.protocol != protocolHTTP && sub.protocol != protocolHTTPS {
		return &UnsubscribeOutput{}, nil
	}
	gone := *sub
	gone.token = s.newToken()
	s.departed[gone.token] = departure{t, &gone}
	asking := s.toRestore(t, &gone)
	hold.End()
	s.ask(&gone, asking, lineage)
	return &UnsubscribeOutput{}, nil
}
