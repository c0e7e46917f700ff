// Implements: tags of buses and rules, at most 50 of each.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// maxTags is AWS's limit of tags of one resource.
const maxTags = 50

// TagResource adds or replaces tags.
func (s *Service) TagResource(c *engine.Call, in *TagResourceInput) (*TagResourceOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	place, err := s.tagged(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	merged := slices.Clone(s.tags[in.ResourceARN])
	for _, tag := range in.Tags {
		merged = append(slices.DeleteFunc(merged, func(t Tag) bool { return t.Key == tag.Key }), tag)
	}
	if len(merged) > maxTags {
		return nil, overLimit()
	}
	s.setTags(in.ResourceARN, merged)
	c.Lineage(place)
	return &TagResourceOutput{}, nil
}

func (s *Service) setTags(arn string, tags []Tag) {
	tags = slices.Clone(tags)
	slices.SortFunc(tags, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	s.tags[arn] = tags
}

// tagged finds the bus or rule of an ARN. The scope must be locked.
func (s *Service) tagged(text string) (event.Place, error) {
	a, ok := parseARN(text)
	if !ok || a.Service != "events" {
		return "", badARN(text)
	}
	if name, isBus := strings.CutPrefix(a.Resource, "event-bus/"); isBus {
		if b := s.buses[name]; b != nil && b.arn == text {
			return b.place, nil
		}
		return "", noSuchBus(name)
	}
	name, isRule := strings.CutPrefix(a.Resource, "rule/")
	if !isRule {
		return "", badARN(text)
	}
	busName := defaultBus
	if i := strings.LastIndexByte(name, '/'); i >= 0 { // a partner's bus has slashes in its name
		busName, name = name[:i], name[i+1:]
	}
	_, r, err := s.rule(busName, name)
	if err != nil {
		return "", noSuchRule(name, busName)
	}
	return r.place, nil
}
