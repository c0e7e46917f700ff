package inject

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
)

// What PutEvents takes at once.
//
// Source: EventBridge API Reference, PutEvents; EventBridge User Guide, "Calculating PutEvents event entry size".
const (
	busEntries = 10
	busBytes   = 1 << 20
	timeBytes  = 14 // that Time counts for
)

// busEntry is an entry of PutEvents.
type busEntry struct {
	EventBusName string
	Source       string
	DetailType   string
	Detail       string
	Time         float64  `json:",omitempty"` // seconds since 1970
	Resources    []string `json:",omitempty"`
	TraceHeader  string   `json:",omitempty"`
}

type busSender struct{}

func (busSender) most() (entries, bytes int) { return busEntries, busBytes }

func (busSender) prepare(t *transaction, e *event.Event, to event.Place, marks []mark) (any, int, error) {
	entry := busEntry{EventBusName: to.Name(), Source: e.Source, DetailType: e.Type, Detail: e.Body}
	at := e.Time
	if err := entry.unwrap(&at); err != nil {
		return nil, 0, err
	}
	for _, name := range sortedNames(e.Attributes) {
		if name != nameAWSTrace {
			return nil, 0, fmt.Errorf("a bus carries no attributes, and the event has %q: put it into the detail, or leave it out", name)
		}
		entry.TraceHeader = e.Attributes[name]
	}
	if e.Key != "" {
		return nil, 0, fmt.Errorf("a bus has no message groups, and the event is of group %q", e.Key)
	}
	if err := entry.mark(marks, t.Keep); err != nil {
		return nil, 0, err
	}
	switch {
	case entry.Source == "":
		return nil, 0, errors.New("a bus needs a source: set Source (in a file @source or \"source\"), or let the body be an EventBridge envelope that has one")
	case entry.DetailType == "":
		return nil, 0, errors.New("a bus needs a detail-type: set Type, or let the body be an EventBridge envelope that has one")
	}
	if v, err := decode(entry.Detail); err != nil {
		return nil, 0, fmt.Errorf("the detail is not JSON: %w", err)
	} else if _, ok := v.(map[string]any); !ok {
		return nil, 0, errors.New("the detail is not a JSON object")
	}
	n := len(entry.Source) + len(entry.DetailType) + len(entry.Detail)
	for _, r := range entry.Resources {
		n += len(r)
	}
	if !at.IsZero() {
		n += timeBytes
		entry.Time = float64(at.Unix())
	}
	e.Source, e.Type, e.Time, e.Body = entry.Source, entry.DetailType, at, entry.Detail
	return &entry, n, nil
}

// unwrap takes apart a body that is an EventBridge envelope. What the event says beside its body counts more.
func (entry *busEntry) unwrap(at *time.Time) error {
	var envelope map[string]json.RawMessage
	if json.Unmarshal([]byte(entry.Detail), &envelope) != nil || envelope["detail-type"] == nil || envelope["detail"] == nil {
		return nil
	}
	text := func(name string, into *string) error {
		var s string
		if raw, ok := envelope[name]; ok && json.Unmarshal(raw, &s) != nil {
			return fmt.Errorf("%s of the envelope is not a string", name)
		}
		if *into == "" {
			*into = s
		}
		return nil
	}
	var when string
	if err := errors.Join(text("source", &entry.Source), text("detail-type", &entry.DetailType), text("time", &when)); err != nil {
		return err
	}
	if at.IsZero() && when != "" {
		parsed, err := time.Parse(time.RFC3339, when)
		if err != nil {
			return fmt.Errorf("time of the envelope is %q, and must be as in RFC 3339", when)
		}
		*at = parsed
	}
	if raw, ok := envelope["resources"]; ok && json.Unmarshal(raw, &entry.Resources) != nil {
		return errors.New("resources of the envelope are not an array of strings")
	}
	entry.Detail = string(envelope["detail"])
	return nil
}

// mark puts marks into the detail: a path is one of the whole event, as rules see it.
func (entry *busEntry) mark(marks []mark, keep bool) error {
	d := document{text: entry.Detail}
	for _, m := range marks {
		if m.at == attributeMark+nameAWSTrace {
			if entry.TraceHeader == "" || !keep {
				entry.TraceHeader = m.value
			}
			continue
		}
		path := strings.Split(m.at, ".")
		if path[0] != "detail" || len(path) < 2 {
			return fmt.Errorf("nothing can be put at %s of an event on a bus: only at detail.…, or at %s%s", m.at, attributeMark, nameAWSTrace)
		}
		if err := d.set(path[1:], m.value, keep); err != nil {
			return err
		}
	}
	entry.Detail = d.text
	return nil
}

// open asks for the bus: PutEvents to one that does not exist is answered with success.
func (busSender) open(ctx context.Context, c awsapi.Client, to event.Place) (any, error) {
	return nil, c.JSON(ctx, awsapi.EventBridge, "DescribeEventBus", map[string]any{"Name": to.Name()}, nil)
}

func (busSender) send(ctx context.Context, c awsapi.Client, _ any, batch []*job) error {
	entries := make([]any, len(batch))
	for i, j := range batch {
		entries[i] = j.load
	}
	var out struct {
		Entries []struct{ EventId, ErrorCode, ErrorMessage string }
	}
	if err := c.JSON(ctx, awsapi.EventBridge, "PutEvents", map[string]any{"Entries": entries}, &out); err != nil {
		return err
	}
	if len(out.Entries) != len(batch) {
		return incomplete("events", "PutEvents", len(out.Entries), len(batch))
	}
	for i, answer := range out.Entries {
		r := batch[i].result
		r.ID = answer.EventId
		if answer.ErrorCode != "" {
			r.Err = &awsapi.Error{Service: "events", Operation: "PutEvents", Code: answer.ErrorCode, Message: answer.ErrorMessage}
		}
	}
	return nil
}

// incomplete says that an answer does not tell of all entries.
func incomplete(service, operation string, got, want int) error {
	return &awsapi.Error{Service: service, Operation: operation, Code: awsapi.InvalidAnswer, Message: fmt.Sprintf("it tells of %d entries of %d", got, want)}
}
