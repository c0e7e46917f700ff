// Implements: all attributes, with the default access policy and the effective delivery policy.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// GetTopicAttributes returns the attributes of a topic.
func (s *Service) GetTopicAttributes(_ *engine.Call, in *GetTopicAttributesInput) (*GetTopicAttributesOutput, error) {
	s = s.at(in.TopicArn)
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(in.TopicArn, "GetTopicAttributes")
	if err != nil {
		return nil, err
	}
	return &GetTopicAttributesOutput{Attributes: t.answer(s.scope.Account, s.engine.Now())}, nil
}
