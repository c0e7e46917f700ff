package pipes

import (
	"bytes"
	"encoding/json"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/feed"
)

// enrichment makes other events of the events of a pipe.
type enrichment struct {
	arn      string
	to       feed.Address
	template *template // nil: the event as it is

	request request // of an API destination
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
	var err error
	made.enrich.request, err = compileRequest(in.PathParameterValues, in.HeaderParameters, in.QueryStringParameters)
	return err
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

// enrichOne hands the one event of a batch to the API destination that enriches it.
func (m *plan) enrichOne(b *feed.Batch, it item, done func(answer []byte, err error)) {
	q, err := m.question(m.enrich.arn, m.enrich.to, &m.enrich.request, it, m.body(m.enrich.template, it))
	if err != nil {
		done(nil, err)
		return
	}
	q.Delivery.Attempt = b.Attempt
	m.ask(q, func(answer []byte, err error) {
		if answer != nil {
			answer = append([]byte{}, bytes.TrimSpace(answer)...) // no answer is nil, an empty one is not
		}
		if err == nil && len(answer) > 0 && !json.Valid(answer) {
			err = &responseError{"the answer of the API destination is not JSON"}
		}
		done(answer, err)
	})
}
