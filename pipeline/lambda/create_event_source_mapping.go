// Implements: mappings from SQS queues, standard and FIFO, and DynamoDB streams to in-process functions: batch size and window, filters,
// ReportBatchItemFailures, maximum concurrency of queues; of streams starting position, parallelization factor, bisecting, retry limits, maximum record age, a
// queue or topic for what is given up.
// Differs from AWS: the mapping works at once (AWS: after a while in Creating); at most 1,000 records behind one that fails again and
// again are read for other partition keys and shards (how far AWS reads is not documented); at most five batches of a queue are processed at the same time unless
// MaximumConcurrency says otherwise; failed batches of a stream are tried again after one second, doubling up to a minute (AWS's
// intervals are not documented); some texts of errors are ours.
// Not implemented: other sources, starting at a time, tumbling windows, provisioned pollers, logging and metrics.

package lambda

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// CreateEventSourceMapping makes a mapping and, unless it is to be disabled, lets it work.
func (s *Service) CreateEventSourceMapping(c *engine.Call, in *CreateEventSourceMappingInput) (*CreateEventSourceMappingOutput, error) {
	m := &mapping{service: s, settings: *in, modified: s.scope.Engine.Now(), enabled: in.Enabled.Or(true), result: "No records processed"}
	p, err := s.compile(&m.settings)
	if err != nil {
		return nil, err
	}
	if len(in.Tags) > maxTags {
		return nil, invalid("An event source mapping can have at most 50 tags.")
	}
	m.plan, p.mapping = p, m
	hold := s.scope.Hold()
	defer hold.End()
	err = s.conflict(p)
	hold.End()
	if err != nil {
		return nil, err
	}
	opened, err := s.open(m, p)
	if err != nil {
		return nil, err
	}
	hold.Resume()
	if err = s.conflict(p); err != nil { // made meanwhile
		hold.End()
		opened.Close()
		return nil, err
	}
	m.id, m.reader = s.scope.UUID(), opened
	c.Lineage(p.options.Place)
	s.mappings[m.id] = m
	if m.enabled {
		opened.Look()
	}
	return m.configuration("Creating"), nil
}

// conflict is the answer to a mapping that is there already.
func conflict(message string) *wire.Error {
	e := ErrResourceConflictException(message)
	e.Members = (&ResourceConflictExceptionMembers{Type: wire.Some("User")}).AppendMembers
	return e
}

// conflict returns an error if the source is mapped to the function already. The scope must be locked.
//
// Source: both texts were recorded against AWS by LocalStack.
func (s *Service) conflict(p *plan) error {
	for _, old := range s.mappings {
		if old.plan.source != p.source || old.plan.function != p.function {
			continue
		}
		name := p.to.Place.Name()
		if p.queue {
			return conflict("An event source mapping with SQS arn (\" " + p.source + " \") and function (\" " + name +
				" \") already exists. Please update or delete the existing mapping with UUID " + old.id)
		}
		return conflict("The event source arn (\" " + p.source + " \") and function (\" " + name +
			" \") provided mapping already exists. Please update or delete the existing mapping with UUID " + old.id)
	}
	return nil
}
