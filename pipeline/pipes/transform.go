package pipes

import (
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// item is one event on its way through a pipe: a record, or what the enrichment made of it.
type item struct {
	record *feed.Record
	raw    string // as it came
	text   []byte // as templates and paths look into it: JSON in the body of a message is part of it
}

// dynamicError says that a JSON path in the target's parameters finds nothing in an event.
//
// What AWS does then is not documented; the pipe takes it as a failed delivery.
type dynamicError struct{ parameter, path string }

func (e *dynamicError) Error() string {
	return "the path " + e.path + " of the parameter " + e.parameter + " finds nothing in the record"
}

// ErrorCode names the error in hops.
func (e *dynamicError) ErrorCode() string { return "InvalidDynamicPath" }

// body is what the template makes of an event.
func (m *plan) body(t *template, it item) string {
	if t == nil {
		return it.raw
	}
	return t.render(it.text, func(name string) []byte { return m.variable(name, it) })
}

// transform makes what is delivered to a place. Dynamic parameters look into the event, not into what the template made of it.
//
// Source: Amazon EventBridge User Guide, "Amazon EventBridge Pipes targets"; that the source is "Pipe NAME" and the detail type
// "Event from aws:dynamodb" unless set is seen in many recorded events.
func (m *plan) transform(it item) (*event.Event, error) {
	ev := &event.Event{Body: m.body(m.template, it)}
	var found bool
	switch m.to.Place.Kind() {
	case event.PlaceBus:
		return ev, m.entry(ev, it)
	case event.PlaceQueue:
		if ev.Key, found = m.group.of(it.text); !found {
			return ev, &dynamicError{"MessageGroupId", m.group.text}
		}
		id, found := m.deduplication.of(it.text)
		if !found {
			return ev, &dynamicError{"MessageDeduplicationId", m.deduplication.text}
		}
		if id != "" {
			ev.Attributes = map[string]string{event.AttributeDeduplicationID: id}
		}
	}
	return ev, nil
}

func (m *plan) entry(ev *event.Event, it item) error {
	var found bool
	if ev.Source, found = m.source.of(it.text); !found {
		return &dynamicError{"Source", m.source.text}
	}
	if ev.Type, found = m.detailType.of(it.text); !found {
		return &dynamicError{"DetailType", m.detailType.text}
	}
	if text, found := m.at.of(it.text); !found {
		return &dynamicError{"Time", m.at.text}
	} else if ev.Time, found = timeOf(text); !found {
		return &dynamicError{"Time (as a time)", m.at.text}
	}
	if len(m.resources) == 0 {
		return nil
	}
	list := []byte("[")
	for i, v := range m.resources {
		text, found := v.of(it.text)
		if !found {
			return &dynamicError{"Resources", v.text}
		}
		if i > 0 {
			list = append(list, ',')
		}
		list = wire.AppendString(list, text)
	}
	ev.Attributes = map[string]string{"resources": string(append(list, ']'))}
	return nil
}

// timeOf reads RFC 3339, or seconds since 1970; "" is no time.
func timeOf(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), true
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0).UTC(), err == nil
}

// variable returns a reserved variable as JSON.
func (m *plan) variable(name string, it item) []byte {
	text := ""
	switch name {
	case "aws.pipes.event":
		return []byte(it.raw)
	case "aws.pipes.event.json":
		return it.text
	case "aws.pipes.pipe-arn":
		text = m.arn
	case "aws.pipes.pipe-name":
		text = m.name
	case "aws.pipes.source-arn":
		text = m.origin
	case "aws.pipes.target-arn":
		text = m.target
	case "aws.pipes.enrichment-arn":
		if m.enrich != nil {
			text = m.enrich.arn
		}
	case "aws.pipes.event.ingestion-time":
		text = m.options.Scope.Engine.Now().Format(timeFormat)
	}
	return wire.AppendString(nil, text)
}
