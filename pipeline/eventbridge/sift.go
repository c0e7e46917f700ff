package eventbridge

import (
	"fmt"
	"strings"
	"sync"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
)

// maxShown is how many rules a bus may have for each of them to leave a hop for each event. Of a bus with more, only the rules that
// match leave one, and one more counts the others; [Service.Explain] tells of each of them on demand.
const maxShown = 50

// ruleIndex finds the rules of one list that may match, and is made when it is first asked.
type ruleIndex struct {
	once sync.Once
	made *pattern.Index
}

func (x *ruleIndex) of(rules []*rule) *pattern.Index {
	x.once.Do(func() {
		patterns := make([]*pattern.Pattern, len(rules))
		for i, r := range rules {
			patterns[i] = r.pattern
		}
		x.made = pattern.NewIndex(patterns)
	})
	return x.made
}

// sift shows the event to those rules of many that match.
func (a *arrival) sift(from event.Place, rules []*rule, index *ruleIndex) {
	shown := 0
	for _, i := range index.of(rules).Candidates(a.parsed, nil) {
		if r := rules[i]; r.pattern.MatchEvent(a.parsed) {
			a.show(from, r)
			shown++
		}
	}
	if shown < len(rules) {
		a.service.record(event.Hop{
			Kind: event.KindMatch, From: from, To: event.At(event.PlaceRule, from.Name()+"/*"), Outcome: event.Filtered, Event: a.event,
			Reason: event.Because("PatternMismatch", fmt.Sprintf("%d other rules of the bus do not match; GET /_dyetrace/explain tells why of each", len(rules)-shown)),
		}, a.lineage)
	}
}

// Explain says why a rule, as "rule:BUS/NAME", does not take an event that is at its bus.
func (s *Service) Explain(e *event.Event, place event.Place) (why *event.Reason, known bool) {
	busName, name, isRule := strings.Cut(place.Name(), "/")
	if place.Kind() != event.PlaceRule || !isRule {
		return nil, false
	}
	hold := s.scope.Hold()
	defer hold.End()
	_, r, err := s.rule(busName, name)
	hold.End()
	if err != nil {
		return nil, false
	}
	parsed, err := pattern.ParseString(e.Body)
	switch {
	case err != nil:
		return event.Because("MalformedDetail", "the event is not a JSON object: "+err.Error()), true
	case r.disabled():
		return event.Because("RuleDisabled", "the rule is disabled"), true
	case r.pattern == nil:
		return event.Because("ScheduleOnly", "the rule has a schedule and no pattern"), true
	case !r.pattern.MatchEvent(parsed):
		return mismatch(r.pattern.Explain(parsed)), true
	}
	return nil, true
}
