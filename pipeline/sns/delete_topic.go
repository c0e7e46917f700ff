// Implements: all of it; a topic that is not there is success, as at AWS.
// Differs from AWS: the subscriptions go at once.
// Not implemented: nothing.

package sns

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeleteTopic removes a topic and its subscriptions. One with an archive policy stays.
//
// Source: the acceptance tests of HashiCorp's AWS provider, TestAccSNSTopic_fifoWithArchivePolicy, which run on AWS.
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
	if t.attributes[attributeArchive] != "" {
		return nil, ErrInvalidStateException("Invalid state: Cannot delete a topic with an ArchivePolicy")
	}
	for _, sub := range t.subscriptions {
		delete(s.subscriptions, sub.arn)
	}
	maps.DeleteFunc(s.departed, func(_ string, gone departure) bool { return gone.topic == t })
	delete(s.topics, t.name)
	c.Lineage(t.place)
	return &DeleteTopicOutput{}, nil
}
