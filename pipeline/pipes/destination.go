package pipes

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// request is what a pipe adds to its requests to an API destination, which enriches its events or is its target.
type request struct {
	path          []value
	header, query map[string]value
}

// destinationOf returns the place of an API destination's ARN, whose resource is api-destination/NAME/ID.
func destinationOf(text string) (feed.Address, bool) {
	a, ok := arn.Parse(text)
	part := strings.Split(a.Resource, "/")
	if !ok || a.Service != "events" || len(a.Account) != 12 || a.Region == "" || len(part) != 3 || part[0] != "api-destination" || part[1] == "" {
		return feed.Address{}, false
	}
	return feed.Address{Account: a.Account, Region: a.Region, Place: event.At(event.PlaceHTTP, part[0]+"/"+part[1])}, true
}

func compileRequest(path []string, header, query map[string]string) (made request, err error) {
	made.path = make([]value, len(path))
	parts := make([]part, len(path))
	for i, text := range path {
		parts[i] = part{"PathParameterValues", text, &made.path[i]}
	}
	err = compileValues(parts)
	if err == nil {
		made.header, err = compileMap("HeaderParameters", header)
	}
	if err == nil {
		made.query, err = compileMap("QueryStringParameters", query)
	}
	return made, err
}

func compileMap(name string, in map[string]string) (map[string]value, error) {
	made := make(map[string]value, len(in))
	for _, key := range wire.SortedKeys(in) {
		var v value
		if err := compileValues([]part{{name + "." + key, in[key], &v}}); err != nil {
			return nil, err
		}
		made[key] = v
	}
	return made, nil
}

// question is the request for one event.
func (m *plan) question(arn string, to feed.Address, r *request, it item, body string) (engine.Question, error) {
	ev := *it.record.Event
	ev.Body = body
	q := engine.Question{
		Destination: arn, Header: make(map[string]string, len(r.header)), Query: make(map[string]string, len(r.query)),
		Delivery: event.Delivery{Lineage: it.record.Lineage, Account: to.Account, Region: to.Region, From: m.options.Place, To: to.Place, Event: &ev},
	}
	for _, v := range r.path {
		text, found := v.of(it.text)
		if !found {
			return q, &dynamicError{"PathParameterValues", v.text}
		}
		q.Path = append(q.Path, text)
	}
	if err := fill(q.Header, "HeaderParameters", r.header, it); err != nil {
		return q, err
	}
	return q, fill(q.Query, "QueryStringParameters", r.query, it)
}

func fill(to map[string]string, name string, values map[string]value, it item) error {
	for _, key := range wire.SortedKeys(values) {
		text, found := values[key].of(it.text)
		if !found {
			return &dynamicError{name + "." + key, values[key].text}
		}
		to[key] = text
	}
	return nil
}

// ask makes a request to an API destination. The hop interceptors are asked: an event that they lose or hold up is lost or late on its way, and
// its batch goes on without an answer (nil). An answer without a body is empty, not nil.
func (m *plan) ask(q engine.Question, done func(answer []byte, err error)) {
	e := m.options.Scope.Engine
	destinations := m.options.Scope.Destinations()
	if destinations == nil {
		done(nil, &engine.NoReceiverError{To: q.Delivery.To, Account: q.Delivery.Account, Region: q.Delivery.Region})
		return
	}
	asked, passed := false, false
	e.Through(q.Delivery, func(d event.Delivery) {
		q.Delivery = d
		if asked || passed { // it comes again, or late: nobody waits for the answer
			destinations.Ask(q, func(_ []byte, err error) { m.unanswered(d, err) })
			return
		}
		asked = true
		destinations.Ask(q, func(answer []byte, err error) { done(append([]byte{}, answer...), err) })
	})
	passed = true
	if !asked {
		done(nil, nil)
	}
}

// unanswered records that a request failed whose answer nobody waits for.
func (m *plan) unanswered(d event.Delivery, err error) {
	if err == nil {
		return
	}
	m.options.Scope.Engine.Record(event.Hop{
		Account: d.Account, Region: d.Region, Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Reason: feed.Because(err),
		Fact: d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred, Event: d.Event, Attempt: d.Attempt,
	})
}
