// Implements: confirmation by the token of the message that asked for it, also by the link in it; confirming again; by the token of an
// UnsubscribeConfirmation the subscription is restored.
// Differs from AWS: a subscription that nobody confirms stays.
// Not implemented: nothing.

package sns

import (
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// tokenLife is how long a subscription can be confirmed.
//
// Source: SNS API Reference, Subscribe: "Confirmation tokens are valid for two days."
const tokenLife = 48 * time.Hour

// ConfirmSubscription lets a subscription take messages. The token alone decides which: any topic of the region may be named with it.
//
// Source: recorded against AWS by LocalStack, test_subscribe_external_http_endpoint and test_sns_confirm_subscription_wrong_token.
func (s *Service) ConfirmSubscription(c *engine.Call, in *ConfirmSubscriptionInput) (*ConfirmSubscriptionOutput, error) {
	s = s.at(in.TopicArn)
	if in.Token == "" || strings.Trim(in.Token, "0123456789abcdef") != "" {
		return nil, ErrInvalidParameterException("Invalid token")
	}
	hold := s.scope.Hold()
	defer hold.End()
	a, ok := arn.Parse(in.TopicArn)
	if !ok || a.Service != "sns" || a.Region != s.scope.Region {
		return nil, invalid("Topic")
	}
	for _, sub := range s.subscriptions {
		if sub.token != in.Token {
			continue
		}
		if !sub.confirmed {
			if s.engine.Now().Sub(sub.asked) > tokenLife {
				break
			}
			confirmed := *sub
			confirmed.confirmed, confirmed.authenticated = true, c.Signed
			confirmed.guarded = c.Signed && strings.EqualFold(in.AuthenticateOnUnsubscribe.V, "true")
			t := s.topics[topicName(sub.topicARN)]
			s.replace(t, &confirmed)
			c.Lineage(t.place)
		}
		return &ConfirmSubscriptionOutput{SubscriptionArn: wire.Some(sub.arn)}, nil
	}
	if gone, ok := s.departed[in.Token]; ok {
		return s.restore(c, gone, in)
	}
	hold.End()
	for _, scope := range s.engine.Scopes() {
		if other, ok := scope.Receiver(event.PlaceTopic).(*Service); ok && other != s && scope.Account == s.scope.Account && other.gave(in.Token) {
			return nil, invalid("Topic") // as AWS answers to the ARN of another region
		}
	}
	return nil, invalid("Token")
}

// gave tells whether a token is of a subscription here.
func (s *Service) gave(token string) bool {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, sub := range s.subscriptions {
		if sub.token == token {
			return true
		}
	}
	return false
}

// restore brings back a subscription that was ended, unless its endpoint has subscribed again meanwhile. The scope must be locked.
func (s *Service) restore(c *engine.Call, gone departure, in *ConfirmSubscriptionInput) (*ConfirmSubscriptionOutput, error) {
	t, sub := gone.topic, gone.sub
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
