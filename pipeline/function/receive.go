package function

import (
	"time"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// pause is how long Lambda waits before it tries again; each further pause is longer by as much.
//
// Source: AWS Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
const pause = time.Minute

// maxMessage is how much of an error a dead-letter queue is told, in bytes.
const maxMessage = 1024

// Receive accepts an asynchronous invocation with the event's body as payload. The error is ResourceNotFoundException if there is
// no such function; what the function does with the event is not the sender's business any more.
func (s *Service) Receive(d event.Delivery) error {
	arn, name := s.local(d.To.Name())
	f := s.registry.find(s.scope.Account, s.scope.Region, name)
	if f == nil {
		return notFound(arn)
	}
	place := event.At(event.PlaceFunction, name)
	lineage := s.record(event.Hop{Kind: event.KindArrive, From: d.From, To: place, Outcome: event.Delivered, Attempt: d.Attempt, Event: d.Event}, d.Lineage)
	q := &queued{service: s, function: f, arn: arn, place: place, event: d.Event, accepted: s.scope.Engine.Now()}
	q.attempt(1, lineage)
	return nil
}

// queued is an event that a function is invoked for asynchronously, over all attempts.
type queued struct {
	service  *Service
	function *compiled
	arn      string
	place    event.Place
	event    *event.Event
	accepted time.Time
}

func (q *queued) attempt(n int, lineage event.Lineage) {
	s := q.service
	lineage = s.record(event.Hop{Kind: event.KindReceive, From: q.place, To: q.place, Outcome: event.Delivered, Attempt: n, Event: q.event}, lineage)
	r := &run{service: s, function: q.function, in: Invocation{ARN: q.arn, Attempt: n}, place: q.place, payload: []byte(q.event.Body), lineage: lineage}
	r.done = func(_ []byte, err error) {
		if err != nil {
			q.failed(n, r.in.RequestID, lineage, err)
		}
	}
	r.start()
}

// failed tries again later, or gives the event up.
func (q *queued) failed(n int, requestID string, lineage event.Lineage, err error) {
	s := q.service
	e := s.scope.Engine
	due := e.Now().Add(time.Duration(n) * pause)
	why := event.Because(engine.CodeOf(err), err.Error())
	if n > q.function.Retries || due.Sub(q.accepted) > q.function.EventAge {
		q.giveUp(n, requestID, lineage, why)
		return
	}
	lineage = s.record(event.Hop{Kind: event.KindRetry, From: q.place, To: q.place, Outcome: event.Delayed, Due: due, Attempt: n, Event: q.event, Reason: why}, lineage)
	e.Schedule(&engine.Task{
		Due: due, Scope: s.scope, Channel: string(q.place), What: "retry of " + string(q.place), Place: q.place, Event: q.event, Fact: lineage.Fact,
		Run: func() { q.attempt(n+1, lineage) },
	})
}

// giveUp sends the event to the dead-letter queue, or loses it.
//
// Source: AWS Lambda Developer Guide, "Adding a dead-letter queue": the attributes, and the code 200 of a function's own error.
func (q *queued) giveUp(n int, requestID string, lineage event.Lineage, why *event.Reason) {
	s := q.service
	hop := event.Hop{Kind: event.KindDrop, From: q.place, To: q.place, Outcome: event.Lost, Reason: why, Attempt: n, Event: q.event}
	dead := q.function.dead
	if dead == nil {
		hop.Reason = event.Because(why.Code, why.Text+"; the function has no dead-letter queue")
		s.record(hop, lineage)
		return
	}
	hop.To, hop.Outcome = dead.place, event.DeadLettered
	lineage = s.record(hop, lineage)
	copied := *q.event
	copied.Attributes = map[string]string{"RequestID": requestID, "ErrorCode": "200", "ErrorMessage": clip(why.Text)}
	s.scope.Engine.Send(event.Delivery{
		Lineage: lineage, Account: dead.account, Region: dead.region, From: q.place, To: dead.place, Event: &copied, Attempt: 1,
	}, func(d event.Delivery, err error) {
		if err != nil {
			s.record(event.Hop{Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Event: d.Event, Attempt: d.Attempt,
				Reason: event.Because("DeadLetterQueueFailed", "the dead-letter queue did not take the event: "+err.Error())}, d.Lineage)
		}
	})
}

func clip(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	cut := maxMessage
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}
