// Implements: the protocols sqs, lambda (a function in process), http and https (with the confirmation that AWS asks for), email,
// email-json, sms, application and firehose; all attributes; subscribing again with the same attributes, which asks an
// endpoint again that has not confirmed.
// Differs from AWS: a queue, function or address need not exist (an endpoint of a mobile application must); access policies of topics and queues are not asked. Nothing is
// sent by e-mail, SMS, mobile push or Firehose: each such delivery is recorded with that reason.
// Not implemented: nothing.

package sns

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Subscribe joins an endpoint to a topic.
func (s *Service) Subscribe(c *engine.Call, in *SubscribeInput) (*SubscribeOutput, error) {
	s = s.at(in.TopicArn)
	if !protocols[in.Protocol] {
		return nil, invalid("Amazon SNS does not support this protocol string: " + in.Protocol)
	}
	hold := s.scope.Hold()
	defer hold.End()
	t, err := s.find(in.TopicArn, "Subscribe")
	if err != nil {
		return nil, err
	}
	sub, err := s.join(c, t, in)
	if err != nil {
		return nil, err
	}
	if !sub.confirmed {
		asking := s.toConfirm(t, sub)
		hold.End()
		s.ask(sub, asking, c.Lineage(t.place))
	}
	shown := sub.arn
	if !sub.confirmed && !in.ReturnSubscriptionArn.V {
		shown = "pending confirmation"
	}
	return &SubscribeOutput{SubscriptionArn: wire.Some(shown)}, nil
}

// join makes the subscription, or finds it. One that waits for confirmation waits anew. The scope must be locked.
func (s *Service) join(c *engine.Call, t *topic, in *SubscribeInput) (sub *subscription, err error) {
	to, err := s.aim(t, in.Protocol, in.Endpoint.V)
	if err != nil {
		return nil, err
	}
	for _, old := range t.subscriptions {
		if old.protocol == in.Protocol && old.endpoint == in.Endpoint.V {
			if !old.has(in.Attributes) {
				return nil, invalid("Attributes Reason: Subscription already exists with different attributes")
			}
			if !old.confirmed {
				again := *old
				again.asked = s.engine.Now()
				s.replace(t, &again)
			}
			return old, nil
		}
	}
	sub = &subscription{protocol: in.Protocol, endpoint: in.Endpoint.V, topicARN: t.arn, owner: c.Scope.Account, to: to, base: c.BaseURL}
	attributes := map[string]string{}
	for name, value := range in.Attributes {
		attributes[name] = value
	}
	if sub, err = sub.with(attributes, t.fifo); err != nil {
		return nil, invalid("Attributes Reason: " + err.Error())
	}
	sub.arn = t.arn + ":" + s.scope.UUID()
	sub.confirmed, sub.authenticated = !asks(in.Protocol), !asks(in.Protocol)
	sub.token, sub.asked = s.newToken(), s.engine.Now()
	sub.readDelivery(t)
	s.replace(t, sub)
	c.Lineage(t.place)
	return sub, nil
}

// newToken returns what confirms a subscription. The scope must be locked.
func (s *Service) newToken() string {
	return strings.ReplaceAll(s.scope.UUID()+s.scope.UUID(), "-", "")
}

// has tells whether the subscription has the given attributes, be it by default.
//
// Source: recorded against AWS by LocalStack, test_subscribe_idempotency.
func (sub *subscription) has(attributes map[string]string) bool {
	for name, value := range attributes {
		have, set := sub.attributes[name]
		switch {
		case set && have == value:
		case name == attributeRaw && checkBool(name, value) == nil && strings.EqualFold(value, "true") == sub.raw:
		case name == attributeFilterOver && value == sub.scope():
		case name == attributeFilter && sub.policy == nil && strings.TrimSpace(value) == "{}":
		case !set && value == "":
		default:
			return false
		}
	}
	return true
}
