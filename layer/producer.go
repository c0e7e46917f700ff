package layer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// Producer says what calling a producer emits: these events in this form, and nothing else.
type Producer struct {
	Do    func(ctx context.Context) error // the business operation
	Emits []Emission                      // none: the operation emits nothing
	Fails bool                            // the operation is to fail; usually with no Emits, since what did not happen is no event
}

// Emission is an event that a producer emits.
type Emission struct {
	Event  expect.Selector // its type, place, tenant, fields: expect.Type("OrderPlaced").On("bus:shop").With("detail.total", 900)
	Times  Times           // how often; the zero value is exactly once
	Source string          // "" is any
	Form   Form            // its envelope; "" is any
	Schema Version         // must be able to read the payload, and know all of its fields; the zero value is any
}

// Times is how often an event is emitted. The zero value is exactly once.
type Times struct{ min, more int }

// Exactly is that many times.
func Exactly(n int) Times { return Times{min: n - 1} }

// AtLeast is that many times or more.
func AtLeast(n int) Times { return Times{min: n - 1, more: -1} }

// AtMost is that many times or less, down to none.
func AtMost(n int) Times { return Between(0, n) }

// Between is from least to most times.
func Between(least, most int) Times { return Times{min: least - 1, more: most - least} }

// bounds returns the least and the most; without an upper bound that is least or n, whatever is more.
func (t Times) bounds(n int) (least, most int) {
	least = t.min + 1
	if t.more < 0 {
		return least, max(least, n)
	}
	return least, least + t.more
}

// Expectations returns what the flow of the operation must show, for [expect.Judge], when the operation ended with err: it says how
// often each event came where that is too few or too many, and that there is nothing else. The error says that the operation itself
// did not end as it should.
func (p Producer) Expectations(f *observe.Flow, err error) ([]expect.Expectation, error) {
	switch {
	case p.Fails && err == nil:
		return nil, errors.New("the operation was to fail, and did not")
	case !p.Fails && err != nil:
		return nil, fmt.Errorf("the operation failed: %w", err)
	}
	var list []expect.Expectation
	for _, e := range p.Emits {
		s := e.selector()
		findings := expect.Judge(f, s.Exactly(1)).Findings
		n, _ := strconv.Atoi(findings[0].Got) // of an expectation that cannot be judged, and says so, it is 0
		least, most := e.Times.bounds(n)
		if n == 0 && least == 0 && findings[0].Problem == "" {
			continue
		}
		list = append(list, s.Exactly(min(max(n, least), most)))
	}
	return append(list, expect.NothingElse()), nil
}

func (e Emission) selector() expect.Selector {
	s := e.Event
	if e.Source != "" {
		s = s.Where(expect.Explained(fmt.Sprintf("source %q", e.Source), e.wrongSource))
	}
	if e.Form != "" {
		s = s.Where(expect.Explained("form "+string(e.Form), e.wrongForm))
	}
	switch what := "schema " + e.Schema.name; {
	case e.Schema.problem != nil:
		s = s.Where(expect.Unusable(what, e.Schema.problem.Error()))
	case e.Schema.read != nil:
		s = s.Where(expect.Explained(what, e.wrongSchema))
	case len(e.Schema.docs) > 0:
		s = s.Where(expect.Unusable(what, "recorded samples cannot read what is emitted: make the schema with VersionOf"))
	}
	return s
}

func (e Emission) wrongSource(body string) []event.Mismatch {
	document, _ := event.Decode(body) // one that is not JSON has no source
	if document.Source == e.Source {
		return nil
	}
	return []event.Mismatch{{Path: "source", Want: strconv.Quote(e.Source), Got: strconv.Quote(document.Source)}}
}

func (e Emission) wrongForm(body string) []event.Mismatch {
	got := formOf(body)
	if got == e.Form || e.Form == SQSBody && got == JSON {
		return nil
	}
	return []event.Mismatch{{Path: "(form)", Want: string(e.Form), Got: string(got)}}
}

// formOf says in which envelope a body is.
func formOf(body string) Form {
	document, err := event.Decode(body)
	if err != nil {
		return "not JSON"
	}
	var notice struct{ Type, TopicArn string }
	switch {
	case document.Codec == event.CodecEventBridge:
		return EventBridge
	case document.Codec == event.CodecCloudEvents:
		return CloudEvents
	case json.Unmarshal([]byte(body), &notice) == nil && notice.Type == "Notification" && notice.TopicArn != "":
		return SNS
	case document.Codec == event.CodecJSON:
		return JSON
	}
	return Form(document.Codec)
}

// wrongSchema reads the payload as a consumer of that version does.
func (e Emission) wrongSchema(body string) []event.Mismatch {
	miss := func(path, want, got string) []event.Mismatch {
		return []event.Mismatch{{Path: path, Want: want, Got: got}}
	}
	document, err := event.Decode(body)
	if err != nil {
		return miss("(schema)", e.Schema.name, "no JSON")
	}
	raw, err := compact(document.Payload)
	if err != nil {
		return miss("(schema)", e.Schema.name, err.Error())
	}
	again, err := e.Schema.read(raw)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return miss("payload."+wrong.Field, "a "+wrong.Type.String(), "a "+wrong.Value)
	}
	if err != nil {
		return miss("(schema)", e.Schema.name, err.Error())
	}
	list, err := expect.Diff(document.Payload, again)
	if err != nil {
		return miss("(schema)", e.Schema.name, err.Error())
	}
	var misses []event.Mismatch
	for _, d := range list {
		switch {
		case emptyJSON(d.Want) && emptyJSON(d.Got), sameTime(d.Want, d.Got), d.Want == absent:
		case d.Got == absent:
			misses = append(misses, event.Mismatch{Path: "payload." + d.Path, Want: "no such field in " + e.Schema.name, Got: d.Want})
		default:
			misses = append(misses, event.Mismatch{Path: "payload." + d.Path, Want: d.Got, Got: d.Want})
		}
	}
	return misses
}
