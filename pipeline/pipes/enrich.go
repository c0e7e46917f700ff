package pipes

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// enrichment makes other events of the events of a pipe.
type enrichment struct {
	arn      string
	to       feed.Address
	template *template // nil: the event as it is

	// Of an API destination.
	path          []value
	header, query map[string]value
}

// destinationOf returns the place of an API destination's ARN, whose resource is api-destination/NAME/ID.
func destinationOf(text string) (feed.Address, bool) {
	a, ok := parseARN(text)
	part := strings.Split(a.resource, "/")
	if !ok || a.service != "events" || len(a.account) != 12 || a.region == "" || len(part) != 3 || part[0] != "api-destination" || part[1] == "" {
		return feed.Address{}, false
	}
	return feed.Address{Account: a.account, Region: a.region, Place: event.At(event.PlaceHTTP, part[0]+"/"+part[1])}, true
}

func (s *Service) compileEnrichment(p *settings, made *plan) error {
	if p.enrichment == "" {
		return nil
	}
	in := PipeEnrichmentParameters{}
	if p.enrichParameters != nil {
		in = *p.enrichParameters
	}
	made.enrich = &enrichment{arn: p.enrichment}
	to, isAPI := destinationOf(p.enrichment)
	if !isAPI {
		var ok bool
		if to, ok = addressOf(p.enrichment); !ok || to.Place.Kind() != event.PlaceFunction {
			return invalid("dyetrace enriches the events of pipes by Lambda functions and API destinations only; Enrichment is not the ARN of one: " + p.enrichment)
		}
		if in.HttpParameters != nil {
			return invalid("EnrichmentParameters.HttpParameters are those of API destinations; Enrichment is a function: " + p.enrichment)
		}
	}
	made.enrich.to = to
	if isAPI {
		if err := s.compileDestination(p, in.HttpParameters, made); err != nil {
			return err
		}
	}
	if in.InputTemplate.V == "" {
		return nil
	}
	compiled, err := compileTemplate(in.InputTemplate.V)
	if err != nil {
		return invalid("Invalid InputTemplate of the enrichment: " + err.Error())
	}
	made.enrich.template = compiled
	return nil
}

// compileDestination prepares the requests to an API destination. Each has one event, so batches are of one record.
//
// Source: EventBridge User Guide, "Amazon EventBridge Pipes batching and concurrency": batching to an enrichment is for functions and
// state machines; with another, batching at the source cannot be activated.
func (s *Service) compileDestination(p *settings, in *PipeEnrichmentHttpParameters, made *plan) error {
	if made.enrich.to.Account != s.scope.Account || made.enrich.to.Region != s.scope.Region {
		return invalid("The API destination that enriches a pipe must be in the account and Region of the pipe: " + p.enrichment)
	}
	if p.batchSize() > 1 {
		return invalid("BatchSize must be 1 with an enrichment by an API destination, which takes one event at a time.")
	}
	made.feed.Batch = 1
	if in == nil {
		return nil
	}
	made.enrich.path = make([]value, len(in.PathParameterValues))
	parts := make([]part, len(in.PathParameterValues))
	for i, text := range in.PathParameterValues {
		parts[i] = part{"PathParameterValues", text, &made.enrich.path[i]}
	}
	err := compileValues(parts)
	if err == nil {
		made.enrich.header, err = compileMap("HeaderParameters", in.HeaderParameters)
	}
	if err == nil {
		made.enrich.query, err = compileMap("QueryStringParameters", in.QueryStringParameters)
	}
	return err
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

// batchSize is what the owner of the pipe asks for, 0 if nothing.
func (p *settings) batchSize() int32 {
	switch in := p.sourceParameters; {
	case in == nil:
	case in.DynamoDBStreamParameters != nil:
		return in.DynamoDBStreamParameters.BatchSize.V
	case in.SqsQueueParameters != nil:
		return in.SqsQueueParameters.BatchSize.V
	}
	return 0
}

// responseError says that the answer of an API destination cannot be the events of a pipe. What AWS does then is not documented; the
// pipe takes it as a failed batch.
type responseError struct{ text string }

func (e *responseError) Error() string { return e.text }

// ErrorCode names the error in hops.
func (e *responseError) ErrorCode() string { return "InvalidEnrichmentResponse" }

// ask hands the one event of a batch to an API destination. The hop interceptors are asked: an event that they lose or hold up is
// lost or late on its way, and its batch goes on without an answer (nil).
func (m *plan) ask(b *feed.Batch, it item, done func(answer []byte, err error)) {
	q, err := m.question(it)
	if err != nil {
		done(nil, err)
		return
	}
	e := m.options.Scope.Engine
	destinations := m.options.Scope.Destinations()
	q.Delivery.Attempt = b.Attempt
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
		destinations.Ask(q, func(answer []byte, err error) {
			if answer = bytes.TrimSpace(answer); err == nil && len(answer) > 0 && !json.Valid(answer) {
				err = &responseError{"the answer of the API destination is not JSON"}
			}
			done(append([]byte{}, answer...), err)
		})
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

func (m *plan) question(it item) (engine.Question, error) {
	ev := *it.record.Event
	ev.Body = m.body(m.enrich.template, it)
	q := engine.Question{
		Destination: m.enrich.arn, Header: make(map[string]string, len(m.enrich.header)), Query: make(map[string]string, len(m.enrich.query)),
		Delivery: event.Delivery{
			Lineage: it.record.Lineage, Account: m.enrich.to.Account, Region: m.enrich.to.Region, From: m.options.Place, To: m.enrich.to.Place, Event: &ev,
		},
	}
	for _, v := range m.enrich.path {
		text, found := v.of(it.text)
		if !found {
			return q, &dynamicError{"PathParameterValues", v.text}
		}
		q.Path = append(q.Path, text)
	}
	if err := fill(q.Header, "HeaderParameters", m.enrich.header, it); err != nil {
		return q, err
	}
	return q, fill(q.Query, "QueryStringParameters", m.enrich.query, it)
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
