// Implements: confirmation by the token of the message that asked for it, also by the link in it; confirming again; by the token of an
// UnsubscribeConfirmation the subscription is restored.
// Differs from AWS: tokens do not expire; AuthenticateOnUnsubscribe is not looked at.
// Not implemented: nothing.

package sns

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ConfirmSubscription lets a subscription take messages.
func (s *Service) ConfirmSubscription(c *engine.Call, in *ConfirmSubscriptionInput) (*ConfirmSubscriptionOutput, error) {
	if len(in.Token) != 64 || strings.Trim(in.Token, "0123456789abcdef") != "" {
		return nil, ErrInvalidParameterException("Invalid token")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	a, ok := arn.Parse(in.TopicArn)
	if !ok || a.Service != "sns" || a.Region != s.scope.Region {
		return nil, invalid("Topic")
	}
	for _, sub := range s.subscriptions {
		if sub.token != in.Token {
			continue
		}
		if sub.topicARN != in.TopicArn {
			return nil, invalid("Topic")
		}
		if !sub.confirmed {
			confirmed := *sub
			confirmed.confirmed = true
			t := s.topics[a.Resource]
			s.replace(t, &confirmed)
			c.Lineage(t.place)
		}
		return &ConfirmSubscriptionOutput{SubscriptionArn: wire.Some(sub.arn)}, nil
	}
	if gone, ok := s.departed[in.Token]; ok {
		return s.restore(c, gone, in)
	}
	return nil, invalid("Token")
}

// restore brings back a subscription that was ended, unless its endpoint has subscribed again meanwhile. The scope must be locked.
func (s *Service) restore(c *engine.Call, gone departure, in *ConfirmSubscriptionInput) (*ConfirmSubscriptionOutput, error) {
	t, sub := gone.topic, gone.sub
	if sub.topicARN != in.TopicArn {
		return nil, invalid("Topic")
	}
	delete(s.departed, in.Token)
	for _, other := range t.subscriptions {
		if other.protocol == sub.protocol && other.endpoint == sub.endpoint {
			return &ConfirmSubscriptionOutput{SubscriptionArn: wire.Some(other.arn)}, nil
		}
	}
	s.replace(t, sub)
	t.deleted--
	c.Lineage(t.place)
	return &ConfirmSubscriptionOutput{SubscriptionArn: wire.Some(sub.arn)}, nil
}
