// Implements: all of it, 100 topics a page.
// Differs from AWS: topics come in the order of their names.
// Not implemented: nothing.

package sns

import (
	"encoding/base64"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// pageSize is how many topics or subscriptions one answer lists.
//
// Source: SNS API Reference, ListTopics.
const pageSize = 100

// ListTopics lists the topics.
func (s *Service) ListTopics(_ *engine.Call, in *ListTopicsInput) (*ListTopicsOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	names, next, err := page(wire.SortedKeys(s.topics), in.NextToken, pageSize)
	if err != nil {
		return nil, err
	}
	out := &ListTopicsOutput{Topics: make([]Topic, len(names)), NextToken: next}
	for i, name := range names {
		out.Topics[i].TopicArn = wire.Some(s.topics[name].arn)
	}
	return out, nil
}

// page returns those of the sorted keys that come after the one a token names, no more than most, and the token of the next page.
func page(keys []string, token wire.Opt[string], most int) ([]string, wire.Opt[string], error) {
	var next wire.Opt[string]
	if token.OK {
		last, err := base64.StdEncoding.DecodeString(token.V)
		if err != nil || token.V == "" {
			return nil, next, invalid("NextToken")
		}
		for len(keys) > 0 && keys[0] <= string(last) {
			keys = keys[1:]
		}
	}
	if len(keys) > most {
		keys = keys[:most]
		next = wire.Some(base64.StdEncoding.EncodeToString([]byte(keys[most-1])))
	}
	return keys, next, nil
}
