package feed

import (
	"strconv"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// timeFormat is that of times in word of what was given up.
const timeFormat = "2006-01-02T15:04:05Z"

// giveUp drops records, or sends word of them to the dead-letter queue: where they are in the stream, not their content, as AWS does.
func (s *Stream) giveUp(plan *Plan, batch []*Record, up GivenUp) {
	text := "older than the maximum record age before the first attempt"
	if up.Err != nil {
		why := Because(up.Err)
		text = "given up after " + strconv.Itoa(up.Attempts) + " failed deliveries, the last because of " + why.Code + ": " + why.Text
	}
	hop := event.Hop{Kind: event.KindDrop, From: s.Place, To: plan.To, Outcome: event.Lost, Reason: event.Because(up.Condition, text), Attempt: up.Attempts}
	if plan.DeadLetter.Place != "" {
		hop.Outcome = event.DeadLettered
	}
	s.note(batch, hop)
	if plan.DeadLetter.Place == "" {
		return
	}
	now := s.Scope.Engine.Now()
	s.Forward(event.Delivery{
		Lineage: batch[0].Lineage, Account: plan.DeadLetter.Account, Region: plan.DeadLetter.Region, From: s.Place, To: plan.DeadLetter.Place,
		Event: &event.Event{Body: plan.Word(s.batchInfo(batch), up), Time: now}, Attempt: 1,
	})
}

// batchInfo says where records are in their stream.
//
// Source: Lambda Developer Guide, "Retain discarded records for a DynamoDB event source"; EventBridge User Guide, "Pipes error handling".
func (s *Stream) batchInfo(batch []*Record) []byte {
	first, last := batch[0], batch[len(batch)-1]
	b := wire.AppendString([]byte(`{"shardId":`), first.shard)
	b = wire.AppendString(append(b, `,"startSequenceNumber":`...), first.ID)
	b = wire.AppendString(append(b, `,"endSequenceNumber":`...), last.ID)
	b = wire.AppendString(append(b, `,"approximateArrivalOfFirstRecord":`...), first.since.Format(timeFormat))
	b = wire.AppendString(append(b, `,"approximateArrivalOfLastRecord":`...), last.since.Format(timeFormat))
	return append(strconv.AppendInt(append(b, `,"batchSize":`...), int64(len(batch)), 10), '}')
}

// Forward sends something that nobody tries again; if it does not arrive, it is recorded as lost.
func (o *Options) Forward(d event.Delivery) {
	o.Scope.Engine.Send(d, func(d event.Delivery, err error) {
		if err != nil {
			o.lost(d, err)
		}
	})
}

func (o *Options) lost(d event.Delivery, err error) {
	o.Scope.Engine.Record(event.Hop{
		Account: d.Account, Region: d.Region, Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Reason: Because(err),
		Fact: d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred, Event: d.Event, Attempt: d.Attempt,
	})
}
