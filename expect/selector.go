package expect

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Selector picks events by type, place, tenant and fields. As an expectation of its own it says that at least one such event
// must have come. Its methods return a changed copy; the zero Selector selects any event.
//
// Without a place it counts facts: the stream record, the bus entry and the messages that are copies of one fact are one. With
// a place it counts arrivals there. Redeliveries are neither; see [Selector.Deliveries].
type Selector struct {
	typ        string
	place      string
	tenant     string
	conditions []condition
	exactly    number // not asked for: at least one
	deliveries number // not asked for: any
}

// number is how often something is asked for, if it is.
type number struct {
	n     int
	asked bool
}

func (n number) is(m int) bool { return n.asked && n.n == m }

// condition is what must hold of an event beside type, place and tenant.
type condition struct {
	Matcher
	with bool // made by With: path and value
}

// Type selects events by what happened: EventBridge's detail-type, CloudEvents' type.
func Type(name string) Selector { return Selector{typ: name} }

// On selects events by where they are: "bus:crm", "queue:acme-*", "dlq:*" (every queue that some redrive or dead-letter
// configuration names). A * stands for any run of characters.
func On(place string) Selector { return Selector{place: place} }

// Tenant selects what is a tenant's: events that name it, and arrivals at places whose name has it as a part between
// separators ("queue:rival-contacts").
func Tenant(name string) Selector { return Selector{tenant: name} }

// On also asks for a place.
func (s Selector) On(place string) Selector { s.place = place; return s }

// Type also asks for a type.
func (s Selector) Type(name string) Selector { s.typ = name; return s }

// Tenant also asks for a tenant.
func (s Selector) Tenant(name string) Selector { s.tenant = name; return s }

// With also asks for a value at a path of the event: names and indices separated by dots ("detail.lead_id"), a * for any one of
// them ("detail.lines.*.sku": of some line). The value is a [Matcher], or anything that is compared as JSON, numbers by value.
func (s Selector) With(path string, value any) Selector { return s.and(At(path, value), true) }

// Where also asks that the whole event matches: [At] in the document, [Attribute], [Payload], and what is composed of these.
func (s Selector) Where(conditions ...Matcher) Selector {
	for _, m := range conditions {
		s = s.and(matching(m), false)
	}
	return s
}

func (s Selector) and(m Matcher, with bool) Selector {
	s.conditions = append(slices.Clip(s.conditions), condition{m, with})
	return s
}

// Exactly asks for that number of facts (or of arrivals, with a place); 0 is an absence, see [Never] for its grade.
func (s Selector) Exactly(n int) Selector { s.exactly = number{n, true}; return s }

// Deliveries asks that consumers were handed the event n times in all at the place: its redeliveries count. It needs a place.
func (s Selector) Deliveries(n int) Selector { s.deliveries = number{n, true}; return s }

// String prints the selector as it was built.
func (s Selector) String() string {
	var parts []string
	if s.typ != "" {
		parts = append(parts, s.typ)
	}
	if s.tenant != "" {
		parts = append(parts, "tenant="+s.tenant)
	}
	if s.place != "" {
		parts = append(parts, "on "+s.place)
	}
	for i, c := range s.conditions {
		word := "where"
		if c.with {
			word = "with"
		}
		if i > 0 {
			word = "and"
		}
		parts = append(parts, word+" "+c.text)
	}
	if s.exactly.asked {
		parts = append(parts, fmt.Sprintf("exactly %d", s.exactly.n))
	}
	if s.deliveries.asked {
		parts = append(parts, "with "+times(s.deliveries.n))
	}
	if len(parts) == 0 {
		return "any event"
	}
	return strings.Join(parts, " ")
}

// match is one fact that a selector picked, with the arrivals that made it do so.
type match struct {
	fact     *observe.Fact
	arrivals []*observe.Arrival
	placed   bool
}

func (m match) seq() uint64 { return m.arrivals[0].Seq }

func (s Selector) matches(f *observe.Flow) []match {
	var list []match
	for _, fact := range f.Facts {
		m := match{fact: fact, placed: s.place != ""}
		for _, a := range fact.Arrivals {
			if s.meets(f, a) {
				m.arrivals = append(m.arrivals, a)
			}
		}
		if len(m.arrivals) > 0 && (s.place != "" || fact.Public()) {
			list = append(list, m)
		}
	}
	return list
}

func (s Selector) count(matches []match) int {
	if s.place == "" {
		return len(matches)
	}
	n := 0
	for _, m := range matches {
		n += len(m.arrivals)
	}
	return n
}

// meets reports whether an arrival meets all criteria. It looks at the cheap ones first, and decodes a body only if the text of it
// leaves no other way: a history can have millions of arrivals of which a selector means one.
func (s Selector) meets(f *observe.Flow, a *observe.Arrival) bool {
	if !s.meetsPlace(f, a) || !s.meetsType(a) || !s.meetsTenant(a) {
		return false
	}
	for _, c := range s.conditions {
		if !mayHave(a, c.needle) || len(c.misses(subjectOf(a))) > 0 {
			return false
		}
	}
	return true
}

func (s Selector) meetsPlace(f *observe.Flow, a *observe.Arrival) bool {
	return s.place == "" || f.MatchPlace(s.place, a.To)
}

// meetsType holds as well for a form that names no type, if another one of the fact does.
func (s Selector) meetsType(a *observe.Arrival) bool {
	if s.typ == "" {
		return true
	}
	t := a.Type()
	return t == s.typ || t == "" && a.Fact.Type() == s.typ
}

func (s Selector) meetsTenant(a *observe.Arrival) bool {
	if s.tenant == "" || ownedBy(a.To, s.tenant) {
		return true
	}
	return (mayHave(a, s.tenant) || a.Event.Attributes[observe.TenantAttribute] == s.tenant) && a.Tenant() == s.tenant
}

// mayHave reports whether the text can be in a value of the body: it is not if the body has neither it nor an escape.
func mayHave(a *observe.Arrival, text string) bool {
	if a.Event == nil || text == "" || strings.ContainsRune(text, utf8.RuneError) {
		return true
	}
	return strings.Contains(a.Event.Body, text) || strings.IndexByte(a.Event.Body, '\\') >= 0
}

func subjectOf(a *observe.Arrival) subject {
	d := a.Document()
	return subject{event: a.Event, document: d, value: d.Root, found: a.Err() == nil && a.Event != nil}
}

// misses lists the criteria that an arrival does not meet; an empty list is a match.
func (s Selector) misses(f *observe.Flow, a *observe.Arrival) []Difference {
	list, _ := s.compare(f, a)
	return list
}

// compare lists the criteria that an arrival does not meet, and says how far off it is.
func (s Selector) compare(f *observe.Flow, a *observe.Arrival) (list []Difference, weight int) {
	if !s.meetsType(a) {
		list = append(list, Difference{Path: "type", Want: s.typ, Got: orAbsent(a.Type())})
		weight += typeWeight
	}
	if !s.meetsPlace(f, a) {
		list = append(list, Difference{Path: "place", Want: s.place, Got: string(a.To)})
		weight += placeWeight
	}
	if !s.meetsTenant(a) {
		list = append(list, Difference{Path: "tenant", Want: s.tenant, Got: orAbsent(a.Tenant())})
		weight += conditionWeight
	}
	event := subjectOf(a)
	for _, c := range s.conditions {
		if missed := c.misses(event); len(missed) > 0 {
			list = append(list, missed...)
			weight += max(1, conditionWeight*min(len(missed), c.size)/c.size)
		}
	}
	return list, weight
}

// ownedBy reports whether the place's name has the tenant as a whole part: rival owns queue:rival-contacts, not queue:rivalry.
func ownedBy(p event.Place, tenant string) bool {
	name := p.Name()
	for i := 0; ; {
		j := strings.Index(name[i:], tenant)
		if j < 0 {
			return false
		}
		start, end := i+j, i+j+len(tenant)
		if (start == 0 || isSeparator(name[start-1])) && (end == len(name) || isSeparator(name[end])) {
			return true
		}
		i = start + 1
	}
}

func isSeparator(c byte) bool { return strings.IndexByte("-_./:", c) >= 0 }

func (s Selector) judge(f *observe.Flow, c *coverage) Finding {
	found := Finding{Kind: KindPresence, OK: true}
	if found.Problem = s.problem(f); found.Problem != "" {
		found.OK = false
		return found
	}
	matches := s.matches(f)
	for _, m := range matches {
		c.add(m)
	}
	n := s.count(matches)
	found.Want, found.Got = "at least 1", strconv.Itoa(n)
	switch {
	case s.exactly.asked:
		found.Want, found.OK = strconv.Itoa(s.exactly.n), s.exactly.is(n)
	default:
		found.OK = n > 0
	}
	if s.exactly.is(0) && n == 0 {
		if found.Problem = s.misspelt(f, c); found.Problem != "" {
			found.OK = false
			return found
		}
	}
	if found.OK && s.deliveries.asked {
		s.judgeDeliveries(matches, &found)
	}
	if found.OK || len(found.Near) > 0 || len(found.Offenders) > 0 {
		return found
	}
	if s.exactly.asked && n > s.exactly.n {
		for _, m := range matches {
			found.Offenders = append(found.Offenders, m.arrivals...)
		}
		return found
	}
	found.Near = nearest(f, s)
	found.Undecodable = s.undecodable(f)
	return found
}

// judgeDeliveries shows the arrivals whose deliveries were counted: what came is right, but for how often it was handed out.
func (s Selector) judgeDeliveries(matches []match, found *Finding) {
	n := 0
	var arrivals []*observe.Arrival
	for _, m := range matches {
		arrivals = append(arrivals, m.arrivals...)
		for _, a := range m.arrivals {
			n += a.Deliveries
		}
	}
	found.Want, found.Got, found.OK = times(s.deliveries.n), strconv.Itoa(n), s.deliveries.is(n)
	switch {
	case found.OK:
	case n > s.deliveries.n:
		found.Offenders = arrivals
	default:
		for _, a := range arrivals[:min(len(arrivals), maxNear)] {
			found.Near = append(found.Near, NearMiss{Arrival: a, Differences: []Difference{{Path: "deliveries", Want: strconv.Itoa(s.deliveries.n), Got: strconv.Itoa(a.Deliveries)}}})
		}
	}
}

func times(n int) string {
	if n == 1 {
		return "1 delivery"
	}
	return fmt.Sprintf("%d deliveries", n)
}

// undecodable lists arrivals that could have matched, had their body been JSON.
func (s Selector) undecodable(f *observe.Flow) []*observe.Arrival {
	var list []*observe.Arrival
	for _, fact := range f.Facts {
		for _, a := range fact.Arrivals {
			if a.Event != nil && s.meetsPlace(f, a) && !json.Valid([]byte(a.Event.Body)) {
				list = append(list, a)
			}
		}
	}
	return list
}

// useless says why the selector proves nothing whatever the flow, or "".
func (s Selector) useless() string {
	for _, c := range s.conditions {
		if c.problem != "" {
			return c.text + ": " + c.problem
		}
	}
	switch {
	case s.exactly.n < 0:
		return "Exactly needs a number from 0 on"
	case s.deliveries.n < 0:
		return "Deliveries needs a number from 0 on"
	case s.deliveries.asked && s.place == "":
		return "deliveries are counted at a place: add .On(\"queue:…\")"
	}
	return ""
}

// problem says why the selector can prove nothing of the flow, or "".
func (s Selector) problem(f *observe.Flow) string {
	if problem := s.useless(); problem != "" {
		return problem
	}
	if s.place != "" && len(f.Places(s.place)) == 0 {
		return fmt.Sprintf("%q matches no place; there are %s", s.place, placeList(f, s.place))
	}
	return ""
}

func placeList(f *observe.Flow, pattern string) string {
	kind, _, _ := strings.Cut(pattern, ":")
	if kind == event.PlaceDLQ {
		return "no dead-letter queues: give a queue a redrive policy or a rule's target a dead-letter queue, or leave this out"
	}
	var same, all []string
	for _, p := range f.Topology.Places {
		all = append(all, string(p))
		if p.Kind() == kind {
			same = append(same, string(p))
		}
	}
	if len(same) > 0 {
		all = same
	}
	if len(all) == 0 {
		return "no places at all"
	}
	if len(all) > 8 {
		all = append(all[:8], fmt.Sprintf("and %d more", len(all)-8))
	}
	return strings.Join(all, ", ")
}
