package sqs

// Implements: all queues by name, by prefix, in pages of MaxResults.
// Differs from AWS: sorted by name (AWS promises no order).
// Not implemented: nothing known.

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListQueues lists up to 1,000 queues.
func (s *Service) ListQueues(c *engine.Call, in *ListQueuesInput) (*ListQueuesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	var names []string
	for _, name := range wire.SortedKeys(s.queues) {
		if strings.HasPrefix(name, in.QueueNamePrefix.V) {
			names = append(names, name)
		}
	}
	page, next, err := pageOf(names, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &ListQueuesOutput{NextToken: next}
	for _, name := range page {
		out.QueueUrls = append(out.QueueUrls, queueURL(c.BaseURL, s.scope.Account, name))
	}
	return out, nil
}

// pageOf cuts one page out of sorted names. A token names the last one of the page before; without MaxResults there is no next
// page, as on AWS.
func pageOf(names []string, limit wire.Opt[int32], token wire.Opt[string]) (page []string, next wire.Opt[string], err error) {
	if limit.OK && (limit.V < 1 || limit.V > 1000) {
		return nil, next, errInvalidParameter(strconv.Itoa(int(limit.V)), "MaxResults", "Must be between 1 and 1000, if provided.")
	}
	if token.OK && token.V != "" {
		last, err := base64.StdEncoding.DecodeString(token.V)
		if err != nil {
			return nil, next, errInvalidValue("Invalid or expired next token.")
		}
		i, found := slices.BinarySearch(names, string(last))
		if found {
			i++
		}
		names = names[i:]
	}
	size := int(limit.Or(1000))
	if len(names) <= size {
		return names, next, nil
	}
	if limit.OK {
		next = wire.Some(base64.StdEncoding.EncodeToString([]byte(names[size-1])))
	}
	return names[:size], next, nil
}
