package dyegomega

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// MatchEvent succeeds for an event that one of the selectors selects: its type, place, tenant, fields and conditions. It takes what
// d.Collect returns (*observe.Received), an event.Event or a pointer to one, or a body as string or []byte. Only the first of
// these knows a place.
func MatchEvent(selectors ...dye.Selector) types.GomegaMatcher {
	return &eventMatcher{selectors: selectors}
}

type eventMatcher struct {
	selectors []dye.Selector
	message   string
}

// Match looks at one event.
func (m *eventMatcher) Match(actual any) (success bool, err error) {
	if len(m.selectors) == 0 {
		return false, fmt.Errorf("dyegomega.MatchEvent has nothing to look for: give it at least one selector")
	}
	r, err := received(actual)
	if err != nil {
		return false, err
	}
	match, wanted := expect.Either(m.selectors...)
	missed := match(r)
	m.message = describe(wanted, r, missed)
	return len(missed) == 0, nil
}

// FailureMessage says field by field why not.
func (m *eventMatcher) FailureMessage(any) string { return "dye: the event is not " + m.message }

// NegatedFailureMessage shows the event that is selected.
func (m *eventMatcher) NegatedFailureMessage(any) string {
	return "dye: the event must not be " + m.message
}

// received takes an event in any of the forms that tests have it in.
func received(actual any) (*observe.Received, error) {
	switch e := actual.(type) {
	case *observe.Received:
		if e != nil {
			return e, nil
		}
	case *event.Event:
		if e != nil {
			return received(*e)
		}
	case event.Event:
		r := decoded(e.Body)
		r.ID, r.Attributes = e.ID, e.Attributes
		if r.Err == nil && r.Document.Type == "" { // what the body does not name the envelope may
			r.Document.Type, r.Document.Source = e.Type, e.Source
		}
		return r, nil
	case string:
		return decoded(e), nil
	case []byte:
		return decoded(string(e)), nil
	}
	return nil, fmt.Errorf("dyegomega.MatchEvent looks at a *observe.Received, an event.Event, a string or []byte, and was given a %T that is none", actual)
}

func decoded(body string) *observe.Received {
	r := &observe.Received{Message: observe.Message{Body: body}}
	r.Document, r.Err = event.Decode(body)
	return r
}

const longestBody = 400

func describe(wanted string, r *observe.Received, missed []event.Mismatch) string {
	var b strings.Builder
	b.WriteString(wanted)
	for _, m := range missed {
		fmt.Fprintf(&b, "\n    %s\n        want %s\n        got  %s", report.Clean(m.Path), report.Clean(m.Want), report.Clean(cmp.Or(m.Got, "absent")))
	}
	body := report.Clean(r.Body)
	if runes := []rune(body); len(runes) > longestBody {
		body = string(runes[:longestBody]) + "…"
	}
	fmt.Fprintf(&b, "\n    the event: %s", body)
	if r.Place != "" {
		fmt.Fprintf(&b, "\n    on %s", report.Clean(string(r.Place)))
	}
	return b.String()
}
