package eventbridge

import (
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// entry is one event before it has its envelope.
type entry struct {
	source, detailType, detail string
	resources                  []string
	at                         time.Time // zero: now
	trace                      string    // X-Ray header that travels with the event, "" is none
}

// size is the size that counts against the limit of a request.
//
// Source: EventBridge User Guide, "Calculating PutEvents event entry size".
func (e *entry) size() int {
	n := len(e.source) + len(e.detailType) + len(e.detail)
	if !e.at.IsZero() {
		n += 14
	}
	for _, r := range e.resources {
		n += len(r)
	}
	return n
}

// check returns the code and message with which AWS refuses the entry, "" if it does not.
func (e *entry) check() (code, message string) {
	switch {
	case e.source == "":
		return "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."
	case e.detailType == "":
		return "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument."
	case e.detail == "":
		return "InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument."
	case !pattern.Valid(e.detail):
		return "MalformedDetail", "Detail is malformed."
	}
	return "", ""
}

// traceHeader is the attribute under which queues and buses find the X-Ray header of an event.
const traceHeader = "AWSTraceHeader"

const timeFormat = "2006-01-02T15:04:05Z"

// event puts the entry into its envelope: the JSON that rules see and targets receive.
func (e *entry) event(id, account, region string, now time.Time) *event.Event {
	at := e.at
	if at.IsZero() {
		at = now
	}
	at = at.UTC().Truncate(time.Second)
	b := make([]byte, 0, 256+e.size())
	b = append(append(b, `{"version":"0","id":"`...), id...)
	b = wire.AppendString(append(b, `","detail-type":`...), e.detailType)
	b = wire.AppendString(append(b, `,"source":`...), e.source)
	b = append(append(b, `,"account":"`...), account...)
	b = at.AppendFormat(append(b, `","time":"`...), timeFormat)
	b = append(append(b, `","region":"`...), region...)
	b = append(b, `","resources":[`...)
	for i, r := range e.resources {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendString(b, r)
	}
	b = appendCompact(append(b, `],"detail":`...), e.detail)
	b = append(b, '}')
	ev := &event.Event{ID: id, Source: e.source, Type: e.detailType, Time: at, Body: string(b)}
	if e.trace != "" {
		ev.Attributes = map[string]string{traceHeader: e.trace}
	}
	return ev
}

// appendCompact appends JSON without the white space between its tokens, as AWS delivers it.
func appendCompact(dst []byte, json string) []byte {
	quoted := false
	for i := 0; i < len(json); i++ {
		c := json[i]
		switch {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			dst = append(dst, c)
			i++
			c = json[i]
		case !quoted && (c == ' ' || c == '\n' || c == '\t' || c == '\r'):
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
