// Implements: all of it; a topic that is not there is success, as at AWS.
// Differs from AWS: the subscriptions go at once.
// Not implemented: nothing.

package sns

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeleteTopic removes a topic and its subscriptions.
func (s *Service) DeleteTopic(c *engine.Call, in *DeleteTopicInput) (*DeleteTopicOutput, error) {
	s = s.at(in.TopicArn)
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(in.TopicArn, "DeleteTopic")
	if err != nil {
		if codeOf(err) == "NotFound" {
			return &DeleteTopicOutput{}, nil
		}
		return nil, err
	}
	for _, sub := range t.subscriptions {
		delete(s.subscriptions, sub.arn)
	}
	maps.DeleteFunc(s.departed, func(_ string, gone departure) bool { return gone.topic == t })
	delete(s.topics, t.name)
	c.Lineage(t.place)
	return &DeleteTopicOutput{}, nil
}
