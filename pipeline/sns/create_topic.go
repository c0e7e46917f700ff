// Implements: standard and FIFO topics with attributes and tags; creating a topic again with the same attributes and tags, or some of them.
// Differs from AWS: the number of topics is not limited.
// Not implemented: nothing.

package sns

import (
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// CreateTopic makes a topic, or returns the ARN of one that is there already.
func (s *Service) CreateTopic(c *engine.Call, in *CreateTopicInput) (*CreateTopicOutput, error) {
	fifo := strings.EqualFold(in.Attributes[attributeFifo], "true")
	if !validTopicName(in.Name, fifo) {
		return nil, invalid("Topic Name")
	}
	for _, name := range wire.SortedKeys(in.Attributes) {
		if err := checkTopicAttribute(name, in.Attributes[name], fifo, true); err != nil {
			return nil, invalid("Attributes Reason: " + err.Error())
		}
	}
	tags, err := mergedTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if t := s.topics[in.Name]; t != nil {
		if err := t.sameAs(in.Attributes, tags); err != nil {
			return nil, err
		}
		return &CreateTopicOutput{TopicArn: wire.Some(t.arn)}, nil
	}
	t := &topic{
		name: in.Name, arn: s.topicARN(in.Name), place: event.At(event.PlaceTopic, in.Name), fifo: fifo, attributes: map[string]string{}, tags: tags,
		protection: in.DataProtectionPolicy.V, seen: map[string]published{},
	}
	for name, value := range in.Attributes {
		t.put(name, value, s.engine.Now())
	}
	delete(t.attributes, attributeFifo)
	s.topics[in.Name] = t
	c.Lineage(t.place)
	return &CreateTopicOutput{TopicArn: wire.Some(t.arn)}, nil
}

// put sets a checked attribute. The scope must be locked.
func (t *topic) put(name, value string, now time.Time) {
	before := t.attributes[name]
	t.attributes[name] = written(name, value)
	if name == attributeArchive && before == "" {
		t.archived = now
	}
}

// sameAs tells whether the topic is what a request to make it again describes. What the request leaves out is as it is, single tags
// included.
//
// Source: recorded against AWS by LocalStack, test_create_duplicate_topic_check_idempotency.
func (t *topic) sameAs(attributes map[string]string, tags []Tag) error {
	for name, value := range attributes {
		if name != attributeFifo && t.attribute(name) != written(name, value) {
			return invalid("Attributes Reason: Topic already exists with different attributes")
		}
	}
	for _, tag := range tags {
		if !slices.Contains(t.tags, tag) {
			return invalid("Tags Reason: Topic already exists with different tags")
		}
	}
	return nil
}

// validTopicName tells whether a name is 1 to 256 letters, digits, hyphens and underscores, of which a FIFO topic's ends in .fifo.
func validTopicName(name string, fifo bool) bool {
	base := name
	if fifo {
		var ok bool
		if base, ok = strings.CutSuffix(name, ".fifo"); !ok {
			return false
		}
	}
	if base == "" || len(name) > 256 {
		return false
	}
	for i := range len(base) {
		c := base[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
