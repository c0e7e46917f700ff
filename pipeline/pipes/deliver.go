package pipes

import (
	"errors"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// deliver sends an event to the bus and goes on with the flow when it is there, or is known not to come: an event that an
// interceptor loses or holds up is lost or late on the way, not stuck in the pipe.
func (s *Service) deliver(p *pipe, plan *plan, d event.Delivery) {
	s.scope.Engine.Relay(d, func(err error) { s.delivered(p, plan, d, err) }, func(d event.Delivery, err error) {
		if err != nil {
			s.late(p, plan, d, err)
		}
	})
}

func (s *Service) delivered(p *pipe, plan *plan, d event.Delivery, err error) {
	if err != nil {
		s.failed(p, plan, d, err)
		return
	}
	s.done(p)
	s.step(p)
}

func reason(err error) *event.Reason {
	code := "InternalError"
	if c, ok := errors.AsType[engine.Coder](err); ok {
		code = c.ErrorCode()
	}
	return event.Because(code, err.Error())
}

// backoff is how long a pipe waits before it tries a failed delivery again: one second, doubling up to a minute.
func backoff(failures int) time.Duration { return min(time.Second<<min(failures-1, 6), time.Minute) }

// failed tries the current record again later, from the same position, unless it was tried too often or is too old.
func (s *Service) failed(p *pipe, plan *plan, d event.Delivery, err error) {
	f := &p.flow
	f.attempts++
	now := s.scope.Engine.Now()
	wait := backoff(f.attempts)
	if condition := f.exhausted(plan, now, wait); condition != "" {
		s.giveUp(p, plan, d, err, condition)
		s.done(p)
		s.step(p)
		return
	}
	hop := event.Hop{
		Kind: event.KindRetry, From: p.place, To: plan.to, Outcome: event.Failed, Reason: reason(err), Attempt: f.attempts, Due: now.Add(wait), Event: d.Event,
	}
	s.record(p, hop)
	s.schedule(p, &engine.Task{
		Due: hop.Due, What: "retry of a delivery from " + string(p.place) + " to " + string(plan.to), Event: d.Event, Fact: f.lineage.Fact,
		Run: func() { s.step(p) },
	})
}

// exhausted returns AWS's name of the condition under which the record is given up, "" if it is not.
func (f *flow) exhausted(plan *plan, now time.Time, wait time.Duration) string {
	switch {
	case plan.retries >= 0 && f.attempts > plan.retries:
		return "RetryAttemptsExhausted"
	case plan.maxAge >= 0 && now.Add(wait).Sub(f.since) > plan.maxAge:
		return "RecordAgeExceeded"
	}
	return ""
}

// giveUp drops the current record, or sends word of it to the dead-letter queue: where it is in the stream, not its content, as
// AWS does for streams.
func (s *Service) giveUp(p *pipe, plan *plan, d event.Delivery, err error, condition string) {
	hop := event.Hop{Kind: event.KindDrop, From: p.place, To: plan.to, Outcome: event.Lost, Reason: reason(err), Attempt: p.flow.attempts, Event: d.Event}
	hop.Reason.Code, hop.Reason.Text = condition, "given up after "+strconv.Itoa(p.flow.attempts)+" failed deliveries, the last because of "+hop.Reason.Code+": "+hop.Reason.Text
	queue := plan.deadLetter
	if queue.resource == "" {
		s.record(p, hop)
		return
	}
	hop.Outcome = event.DeadLettered
	s.record(p, hop)
	word := event.Delivery{
		Lineage: p.flow.lineage, Account: queue.account, Region: queue.region, From: p.place, To: event.At(event.PlaceQueue, queue.resource),
		Event: &event.Event{Body: s.word(p, plan, condition), Time: s.scope.Engine.Now()}, Attempt: 1,
	}
	lineage := p.flow.lineage
	s.scope.Engine.Send(word, func(d event.Delivery, err error) {
		if err != nil {
			s.scope.Engine.Record(event.Hop{
				Account: d.Account, Region: d.Region, Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Reason: reason(err),
				Fact: lineage.Fact, Cause: lineage.Cause, CorrelationID: lineage.CorrelationID, Inferred: lineage.Inferred, Event: d.Event,
			})
		}
	})
}

// word is the message about the current record.
func (s *Service) word(p *pipe, plan *plan, condition string) string {
	at := s.scope.Engine.Now().Format("2006-01-02T15:04:05.000Z")
	number := p.flow.record.SequenceNumber
	b := wire.AppendString([]byte(`{"context":{"partnerResourceArn":`), p.arn)
	b = wire.AppendString(append(b, `,"condition":`...), condition)
	b = wire.AppendString(append(b, `},"version":"1.0","timestamp":`...), at)
	b = wire.AppendString(append(b, `,"DDBStreamBatchInfo":{"startSequenceNumber":`...), number)
	b = wire.AppendString(append(b, `,"endSequenceNumber":`...), number)
	b = wire.AppendString(append(b, `,"batchSize":1,"streamArn":`...), plan.origin)
	return string(append(b, "}}"...))
}

// late tries a delivery again that failed after an interceptor had held it up: the pipe is far behind it.
func (s *Service) late(p *pipe, plan *plan, d event.Delivery, err error) {
	now := s.scope.Engine.Now()
	wait := backoff(d.Attempt)
	hop := event.Hop{
		Account: d.Account, Region: d.Region, Kind: event.KindRetry, From: d.From, To: d.To, Outcome: event.Failed, Reason: reason(err), Attempt: d.Attempt,
		Due: now.Add(wait), Event: d.Event, Fact: d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred,
	}
	if plan.retries >= 0 && d.Attempt > plan.retries {
		hop.Kind, hop.Outcome, hop.Due = event.KindDrop, event.Lost, time.Time{}
		s.scope.Engine.Record(hop)
		return
	}
	lineage := s.scope.Engine.Record(hop)
	lineage.Inferred = d.Inferred
	d.Lineage, d.Due = lineage, hop.Due
	d.Attempt++
	s.scope.Engine.Send(d, func(d event.Delivery, err error) {
		if err != nil {
			s.late(p, plan, d, err)
		}
	})
}
