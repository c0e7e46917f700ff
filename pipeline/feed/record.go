package feed

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
)

func (o *Options) channel() string {
	return string(o.Place) + "@" + o.Scope.Account + "/" + o.Scope.Region
}

func (o *Options) schedule(t *engine.Task) {
	t.Scope, t.Place, t.Channel = o.Scope, o.Place, o.channel()
	o.Scope.Engine.Schedule(t)
}

// Note records a hop of a record; later ones are caused by it.
func (o *Options) Note(r *Record, h event.Hop) {
	h.Account, h.Region = o.Scope.Account, o.Scope.Region
	h.Fact, h.Cause, h.CorrelationID, h.Inferred = r.Lineage.Fact, r.Lineage.Cause, r.Lineage.CorrelationID, r.Lineage.Inferred
	if h.Event == nil {
		h.Event = r.Event
	}
	inferred := r.Lineage.Inferred
	r.Lineage = o.Scope.Engine.Record(h)
	r.Lineage.Inferred = inferred
}

// passes asks the filters. What they say is recorded, of the one that came closest leaf by leaf.
func (o *Options) passes(plan *Plan, r *Record) bool {
	if len(plan.Filters) == 0 {
		return true
	}
	hop := event.Hop{Kind: event.KindMatch, From: o.Place, To: plan.To, Outcome: event.Filtered}
	parsed, err := pattern.Parse(r.Text)
	if err != nil {
		hop.Reason = event.Because("NotJSON", "the filters cannot look into the record: "+err.Error())
		o.Note(r, hop)
		return false
	}
	var closest []pattern.Mismatch
	for i, f := range plan.Filters {
		if f.MatchEvent(parsed) {
			hop.Outcome = event.Delivered
			o.Note(r, hop)
			return true
		}
		if why := f.Explain(parsed); i == 0 || len(why) < len(closest) {
			closest = why
		}
	}
	text := "the filter of " + string(o.Place) + " does not match"
	if n := len(plan.Filters); n > 1 {
		text = "none of the " + strconv.Itoa(n) + " filters of " + string(o.Place) + " matches"
	}
	hop.Reason = event.Because("PatternMismatch", text)
	for _, m := range closest {
		hop.Reason.Mismatches = append(hop.Reason.Mismatches, event.Mismatch{Path: m.Path, Want: m.Want, Got: strings.Join(m.Got, ", ")})
	}
	o.Note(r, hop)
	return false
}

// Unescape takes the member "body" of a message out of its string if that holds a JSON object or list. Other records stay as they
// are.
//
// Source: EventBridge User Guide, "Amazon EventBridge Pipes input transformation", implicit body data parsing; Lambda Developer
// Guide, "Using event filtering with an Amazon SQS event source".
func Unescape(record, body string) []byte {
	start := strings.TrimLeft(body, " \t\r\n")
	if start == "" || start[0] != '{' && start[0] != '[' || !json.Valid([]byte(body)) {
		return []byte(record)
	}
	const member = `"body":`
	at := strings.Index(record, member)
	if at < 0 {
		return []byte(record)
	}
	at += len(member)
	end := at + 1
	for end < len(record) && record[end] != '"' {
		if record[end] == '\\' {
			end++
		}
		end++
	}
	return []byte(record[:at] + body + record[min(end+1, len(record)):])
}

// Because words an error.
func Because(err error) *event.Reason {
	return event.Because(engine.CodeOf(err), err.Error())
}
