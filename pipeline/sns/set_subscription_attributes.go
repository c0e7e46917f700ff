// Implements: all attributes; an empty value takes one away.
// Differs from AWS: a filter policy counts at once, not after up to 15 minutes.
// Not implemented: ReplayPolicy.

package sns

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// SetSubscriptionAttributes sets one attribute of a subscription.
func (s *Service) SetSubscriptionAttributes(c *engine.Call, in *SetSubscriptionAttributesInput) (*SetSubscriptionAttributesOutput, error) {
	s = s.at(in.SubscriptionArn)
	s.scope.Lock()
	defer s.scope.Unlock()
	t, sub, err := s.subscription(in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	attributes := maps.Clone(sub.attributes)
	attributes[in.AttributeName] = in.AttributeValue.V
	changed, err := sub.with(attributes, t.fifo)
	if err != nil {
		return nil, invalid(err.Error())
	}
	if in.AttributeValue.V == "" && in.AttributeName != attributeRaw {
		delete(attributes, in.AttributeName)
	}
	changed.readDelivery(t)
	s.replace(t, changed)
	c.Lineage(t.place)
	return &SetSubscriptionAttributesOutput{}, nil
}
