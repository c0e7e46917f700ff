// Implements: all attributes that AWS lists; an empty value takes one back to its default.
// Differs from AWS: encryption, tracing, archiving and delivery status logging are stored and returned, and change nothing; access
// policies are not enforced.
// Not implemented: replay of archived messages.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// SetTopicAttributes sets one attribute of a topic.
func (s *Service) SetTopicAttributes(c *engine.Call, in *SetTopicAttributesInput) (*SetTopicAttributesOutput, error) {
	s = s.at(in.TopicArn)
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(in.TopicArn, "SetTopicAttributes")
	if err != nil {
		return nil, err
	}
	if err := checkTopicAttribute(in.AttributeName, in.AttributeValue.V, t.fifo, false); err != nil {
		return nil, invalid(err.Error())
	}
	t.put(in.AttributeName, in.AttributeValue.V, s.engine.Now())
	if in.AttributeName == attributeDelivery {
		for _, sub := range t.subscriptions {
			changed := *sub
			changed.readDelivery(t)
			s.replace(t, &changed)
		}
	}
	c.Lineage(t.place)
	return &SetTopicAttributesOutput{}, nil
}
