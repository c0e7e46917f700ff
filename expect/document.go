package expect

import (
	"fmt"

	"github.com/dyetrace/dyetrace/event"
)

// Nothing is a document that is not there, for [Misses]: an item or a row that nobody wrote. [Absent] matches it.
type Nothing struct{}

// Misses returns what keeps a document that is no event, such as an answer of the system under test, from being as all conditions
// say, field by field; an empty list: it is. A condition is a [Matcher], for the document as a whole ([At] goes into it), or
// anything else, which must be the same as JSON.
//
// The error says that the document cannot be written as JSON, or that a condition is of no use; looking again cannot mend that.
func Misses(document any, conditions ...any) ([]Difference, error) {
	if len(conditions) == 0 {
		return nil, fmt.Errorf("no condition: say what the document must be like")
	}
	s := subject{}
	if _, none := document.(Nothing); !none {
		v, err := asJSON(document)
		if err != nil {
			return nil, fmt.Errorf("a %T cannot be written as JSON: %w", document, err)
		}
		s.value, s.found = v, true
		s.event = &event.Event{Body: printJSON(v)}
		s.document = &event.Document{Codec: event.CodecJSON, Root: v, Payload: v}
	}
	var missed []Difference
	for _, c := range conditions {
		m, isMatcher := c.(Matcher)
		if !isMatcher && s.found {
			list, err := Diff(c, s.value)
			if err != nil {
				return nil, err
			}
			missed = append(missed, list...)
			continue
		}
		if !isMatcher {
			m = Equal(c)
		}
		if m = matching(m); m.problem != "" {
			return nil, fmt.Errorf("%s: %s", m.text, m.problem)
		}
		missed = append(missed, m.misses(s)...)
	}
	return missed, nil
}
