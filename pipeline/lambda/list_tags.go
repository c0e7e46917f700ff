// Implements: all tags of an event source mapping.
// Differs from AWS: nothing known.
// Not implemented: tags of functions, which are Go code here.

package lambda

import (
	"maps"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// ListTags lists the tags of a mapping.
func (s *Service) ListTags(_ *engine.Call, in *ListTagsInput) (*ListTagsOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	m, err := s.tagged(in.Resource)
	if err != nil {
		return nil, err
	}
	out := &ListTagsOutput{Tags: map[string]string{}}
	maps.Copy(out.Tags, m.settings.Tags)
	return out, nil
}
