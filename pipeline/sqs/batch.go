package sqs

import (
	"errors"
	"strconv"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxEntries is how many entries a batch may have.
const maxEntries = 10

// checkBatch refuses a batch as a whole: no entry, more than ten, an id twice or of a form that no id has.
func checkBatch[E any](entries []E, kind string, id func(*E) string) error {
	if len(entries) == 0 {
		return ErrEmptyBatchRequest("There should be at least one " + kind + " in the request.")
	}
	if len(entries) > maxEntries {
		return ErrTooManyEntriesInBatchRequest("Maximum number of entries per request are " + strconv.Itoa(maxEntries) + ". You have sent " + strconv.Itoa(len(entries)) + ".")
	}
	for i := range entries {
		if !validQueueName(id(&entries[i])) {
			return ErrInvalidBatchEntryId("A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		for j := range i {
			if id(&entries[i]) == id(&entries[j]) {
				return ErrBatchEntryIdsNotDistinct("Id " + id(&entries[i]) + " repeated.")
			}
		}
	}
	return nil
}

// failedEntry tells why one entry of a batch failed.
func failedEntry(id string, err error) BatchResultErrorEntry {
	e, ok := errors.AsType[*wire.Error](err)
	if !ok {
		return BatchResultErrorEntry{Id: id, Code: "InternalError", Message: wire.Some(err.Error())}
	}
	return BatchResultErrorEntry{Id: id, Code: e.ErrorCode(), Message: wire.Some(e.Message), SenderFault: e.SenderFault}
}
