package inject

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/event"
)

// LineError says what is wrong with a line of a file.
type LineError struct {
	Line   int    // from 1
	Column string // of a CSV: its name; "" is the line as a whole
	Err    error
}

// Error begins with the line's number.
func (e *LineError) Error() string {
	if e.Column != "" {
		return fmt.Sprintf("line %d, column %s: %v", e.Line, e.Column, e.Err)
	}
	return fmt.Sprintf("line %d: %v", e.Line, e.Err)
}

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }

const (
	maxLine   = 4 << 20 // bytes: an event of 1 MiB with its escapes
	maxErrors = 20      // that one reading tells
)

var byteOrderMark = []byte("\ufeff")

// ReadJSONL reads one event a line, for [Put]; empty lines are passed over. A line is either
//
//   - an event as it is on the wire, as one JSON value: an EventBridge or CloudEvents envelope, an item, a stream record, or whatever
//     the body of a message is; or
//   - an object that has the member body and otherwise none but those of [event.Event] and place: {"place": "queue:tasks",
//     "key": "L-17", "attributes": {"tenant": "acme"}, "body": {…}}. The body may be a text or any JSON.
//
// Events that name no place are for the one given, which may be "" if all do. The error joins a *[LineError] for each line that is
// wrong, at most 20; there are no entries then.
func ReadJSONL(r io.Reader, place event.Place) ([]Entry, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	var entries []Entry
	var wrong []error
	for line := 1; len(wrong) < maxErrors; line++ {
		text, err := readLine(in)
		if line == 1 {
			text = bytes.TrimPrefix(text, byteOrderMark)
		}
		text = bytes.TrimSpace(text)
		if len(text) > 0 {
			e, problem := readEvent(text)
			e.Line = line
			if e.Place == "" {
				e.Place = place
			}
			if problem != nil {
				wrong = append(wrong, &LineError{Line: line, Err: problem})
			}
			entries = append(entries, e)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			wrong = append(wrong, &LineError{Line: line, Err: err})
			break
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return entries, nil
}

func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, fmt.Errorf("it has more than %d bytes", maxLine)
		}
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// lineEvent is a line that says more than the body.
type lineEvent struct {
	event.Event
	Place event.Place     `json:"place"`
	Body  json.RawMessage `json:"body"` // in place of the event's
}

func readEvent(line []byte) (Entry, error) {
	if !utf8.Valid(line) {
		return Entry{}, errors.New("it is not UTF-8")
	}
	if _, err := decode(string(line)); err != nil {
		return Entry{}, fmt.Errorf("it is not one JSON value: %w", err)
	}
	plain := Entry{Event: event.Event{Body: string(line)}}
	if !isLineEvent(line) {
		return plain, nil
	}
	var e lineEvent
	if err := json.Unmarshal(line, &e); err != nil {
		return plain, fmt.Errorf("it is not an event: %w", err)
	}
	entry := Entry{Place: e.Place, Event: e.Event}
	if json.Unmarshal(e.Body, &entry.Event.Body) != nil || string(e.Body) == "null" {
		entry.Event.Body = string(e.Body)
	}
	return entry, nil
}

var lineMembers = map[string]bool{
	"place": true, "body": true, "id": true, "source": true, "type": true, "time": true, "key": true, "attributes": true, "attributeTypes": true,
}

// isLineEvent tells the second form of a line from the first.
func isLineEvent(line []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(line, &members) != nil || members["body"] == nil {
		return false
	}
	for name := range members {
		if !lineMembers[name] {
			return false
		}
	}
	return true
}
