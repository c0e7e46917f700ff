package eventbridge

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// arrive records that an event came to a bus and shows it to the bus's rules. It must be called without the lock.
func (s *Service) arrive(d event.Delivery) error {
	hold := s.scope.Hold()
	defer hold.End()
	b := s.buses[d.To.Name()]
	var rules []*rule
	var archives []*archive
	var index *ruleIndex
	var again *replay
	if b != nil {
		rules, archives, index = b.rules, b.archives, b.index
	}
	if d.From.Kind() == event.PlaceReplay {
		again = s.replays[d.From.Name()]
	}
	hold.End()
	if b == nil {
		return noSuchBus(d.To.Name())
	}
	hop := event.Hop{
		Account: s.scope.Account, Region: s.scope.Region, Kind: event.KindArrive, From: d.From, To: d.To, Outcome: event.Delivered,
		Fact: d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred, Attempt: d.Attempt, Event: d.Event,
	}
	if len(rules) == 0 && len(archives) == 0 {
		at := arrival{service: s, event: d.Event, lineage: s.scope.Engine.Record(hop)}
		at.drop(d.To, "", event.Because("NoRules", "the bus has no rules"))
		return nil
	}
	parsed, err := pattern.ParseString(d.Event.Body)
	if err != nil {
		return &wire.Error{Code: "MalformedDetail", Message: "Detail is malformed: " + err.Error()}
	}
	at := arrival{service: s, event: d.Event, parsed: parsed, lineage: s.scope.Engine.Record(hop), forwarded: d.From.Kind() == event.PlaceRule, replay: again}
	for _, a := range archives {
		at.keep(d.To, a)
	}
	if len(rules) == 0 {
		at.drop(d.To, "", event.Because("NoRules", "the bus has no rules"))
	}
	if len(rules) > maxShown {
		at.sift(d.To, rules, index)
		return nil
	}
	for _, r := range rules {
		at.show(d.To, r)
	}
	return nil
}

// arrival is one event at one bus on its way to the rules.
type arrival struct {
	service   *Service
	event     *event.Event
	parsed    *pattern.Event
	lineage   event.Lineage
	forwarded bool    // the event came from a rule of another bus
	replay    *replay // that brought the event here again, nil if none did
}

// show lets one rule look at the event and records what the rule says.
func (a *arrival) show(from event.Place, r *rule) {
	switch {
	case r.pattern == nil:
		return // a rule with a schedule takes no notice of events
	case r.disabled():
		a.record(from, r, event.Filtered, event.Because("RuleDisabled", "the rule is disabled"))
		return
	case a.replay != nil && !a.replay.concerns(r):
		a.record(from, r, event.Filtered, event.Because("NotInReplay", "the replay "+a.replay.name+" is for other rules"))
		return
	case !r.pattern.MatchEvent(a.parsed):
		a.record(from, r, event.Filtered, mismatch(r.pattern.Explain(a.parsed)))
		return
	}
	lineage := a.record(from, r, event.Delivered, nil)
	if len(r.targets) == 0 {
		matched := *a
		matched.lineage = lineage
		matched.drop(r.place, "", event.Because("NoTargets", "the rule matched but has no targets"))
		return
	}
	for _, t := range r.targets {
		a.deliver(r, t, lineage)
	}
}

func (a *arrival) record(from event.Place, r *rule, outcome event.Outcome, why *event.Reason) event.Lineage {
	return a.service.record(event.Hop{Kind: event.KindMatch, From: from, To: r.place, Outcome: outcome, Reason: why, Event: a.event}, a.lineage)
}

// drop records that the event goes nowhere from here.
func (a *arrival) drop(from, to event.Place, why *event.Reason) {
	a.service.record(event.Hop{Kind: event.KindDrop, From: from, To: to, Outcome: event.Filtered, Reason: why, Event: a.event}, a.lineage)
}

// record adds a hop in this scope that a lineage led to.
func (s *Service) record(h event.Hop, l event.Lineage) event.Lineage {
	h.Account, h.Region = s.scope.Account, s.scope.Region
	h.Fact, h.Cause, h.CorrelationID, h.Inferred = l.Fact, l.Cause, l.CorrelationID, l.Inferred
	return s.scope.Engine.Record(h)
}

// mismatch words the leaves of a pattern that an event does not satisfy.
func mismatch(leaves []pattern.Mismatch) *event.Reason {
	why := &event.Reason{Code: "PatternMismatch", Mismatches: make([]event.Mismatch, len(leaves))}
	var text strings.Builder
	text.WriteString("the event does not match the pattern: ")
	for i, m := range leaves {
		why.Mismatches[i] = event.Mismatch{Path: m.Path, Want: m.Want, Got: strings.Join(m.Got, ", ")}
		if i > 0 {
			text.WriteString("; ")
		}
		text.WriteString(m.String())
	}
	why.Text = text.String()
	return why
}
