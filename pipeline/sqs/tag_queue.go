package sqs

// Implements: up to 50 tags; an existing key gets the new value.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

import (
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// TagQueue adds tags to a queue.
func (s *Service) TagQueue(c *engine.Call, in *TagQueueInput) (*TagQueueOutput, error) {
	if len(in.Tags) == 0 {
		return nil, errMissing("Tags")
	}
	s, err := s.own(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkTags(q.name, in.Tags, q.tags); err != nil {
		return nil, err
	}
	c.Lineage(q.place)
	if q.tags == nil {
		q.tags = make(map[string]string, len(in.Tags))
	}
	maps.Copy(q.tags, in.Tags)
	return &TagQueueOutput{}, nil
}

// errTagKey refuses a key, or that there is none.
//
// Source: moto, test_untag_queue_errors.
func errTagKey() error {
	return errInvalidValue("Tag keys must be between 1 and 128 characters in length.")
}

// checkTags checks new tags of the queue of that name, given those already there. The text for too many is that of moto.
func checkTags(queue string, tags, old map[string]string) error {
	n := len(old)
	for key, value := range tags {
		if key == "" || utf8.RuneCountInString(key) > 128 {
			return errTagKey()
		}
		if utf8.RuneCountInString(value) > 256 {
			return errInvalidValue("Tag values must be between 0 and 256 characters in length.")
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return errInvalidValue("Tag keys cannot start with 'aws:'.")
		}
		if _, known := old[key]; !known {
			n++
		}
	}
	if n > 50 {
		return errInvalidValue("Too many tags added for queue " + queue + ".")
	}
	return nil
}
