package dye

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
)

// Matcher is a condition on a value of an event ([expect.Selector.With]) or on the whole event ([expect.Selector.Where]) that says why it is
// not met. Package expect has them: numbers with a tolerance, times, regular expressions, sets, parts of documents, typed
// payloads, and what is composed of these.
type Matcher = expect.Matcher

// Pattern matches the events that an EventBridge rule with that event pattern would match; why not is told leaf by leaf. It is
// for [expect.Selector.Where]. The event must be in EventBridge's envelope or have the fields that the pattern names at its top.
func Pattern(text string) Matcher {
	what := "pattern " + text
	p, err := pattern.Compile([]byte(text))
	if err != nil {
		return expect.Unusable(what, err.Error())
	}
	return expect.Explained(what, func(body string) []event.Mismatch {
		e, err := pattern.ParseString(body)
		if err != nil {
			return []event.Mismatch{{Path: "body", Want: "a JSON object", Got: err.Error()}}
		}
		var list []event.Mismatch
		for _, m := range p.Explain(e) {
			got := strings.Join(m.Got, ", ")
			if m.Elsewhere {
				got += " (in another element of the array)"
			}
			list = append(list, event.Mismatch{Path: m.Path, Want: m.Want, Got: got})
		}
		return list
	})
}
