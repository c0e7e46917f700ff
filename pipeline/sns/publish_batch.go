// Implements: up to ten messages and 256 KiB in one call, with a result for each entry.
// Differs from AWS: nothing known; what is wrong with one entry refuses the whole request, as at AWS.
// Not implemented: nothing.

package sns

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// PublishBatch hands several messages to all subscriptions of a topic.
func (s *Service) PublishBatch(c *engine.Call, in *PublishBatchInput) (*PublishBatchOutput, error) {
	s = s.at(in.TopicArn)
	hold := s.scope.Hold()
	defer hold.End()
	_, err := s.find(in.TopicArn, "Publish")
	hold.End()
	if err == nil {
		err = checkEntries(in.PublishBatchRequestEntries)
	}
	if err != nil {
		return nil, err
	}
	drafts, messages, total := make([]draft, len(in.PublishBatchRequestEntries)), make([]*message, len(in.PublishBatchRequestEntries)), 0
	for i, e := range in.PublishBatchRequestEntries {
		drafts[i] = draft{text: e.Message, subject: e.Subject, structure: e.MessageStructure, dedup: e.MessageDeduplicationId, group: e.MessageGroupId, attributes: e.MessageAttributes}
		total += drafts[i].size()
	}
	if total > maxMessage {
		return nil, ErrBatchRequestTooLongException("The length of all the messages put together is more than the limit.")
	}
	for i := range drafts {
		if messages[i], err = drafts[i].read(); err != nil {
			return nil, err
		}
		messages[i].trace = c.TraceHeader
	}
	hold.Resume()
	t, err := s.find(in.TopicArn, "Publish")
	for i := range messages {
		if err == nil {
			err = messages[i].check(t, drafts[i].dedup, drafts[i].group)
		}
	}
	hold.End()
	if err != nil {
		return nil, err
	}
	out := &PublishBatchOutput{Successful: make([]PublishBatchResultEntry, len(messages)), Failed: []BatchResultErrorEntry{}}
	for i, m := range messages {
		hold.Resume()
		result := s.accept(c, &hold, t, m)
		out.Successful[i] = PublishBatchResultEntry{Id: wire.Some(in.PublishBatchRequestEntries[i].Id), MessageId: wire.Some(result.id), SequenceNumber: sequenceOf(t, result)}
	}
	return out, nil
}

func checkEntries(entries []PublishBatchRequestEntry) error {
	if len(entries) == 0 {
		return ErrEmptyBatchRequestException("The batch request doesn't contain any entries.")
	}
	if len(entries) > 10 {
		return ErrTooManyEntriesInBatchRequestException("The batch request contains more entries than permissible.")
	}
	seen := map[string]bool{}
	for _, e := range entries {
		if len(e.Id) > 80 {
			return ErrInvalidBatchEntryIdException("The Id of a batch entry in the batch request is too long: " + e.Id)
		}
		if e.Id == "" || strings.ContainsFunc(e.Id, func(r rune) bool {
			return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
		}) {
			return ErrInvalidBatchEntryIdException("The Id of a batch entry in the batch request contains an impermissible character: " + e.Id)
		}
		if seen[e.Id] {
			return ErrBatchEntryIdsNotDistinctException("Two or more batch entries in the request have the same Id.")
		}
		seen[e.Id] = true
	}
	return nil
}
