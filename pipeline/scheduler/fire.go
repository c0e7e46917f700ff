package scheduler

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// firing is one invocation of a schedule's target on its way, over all attempts. Deletions and updates do not stop it.
type firing struct {
	schedule  *schedule
	target    target
	id        string    // of the default notification
	scheduled time.Time // by the expression
	began     time.Time
	execution string // id of the last attempt
}

// fire invokes the target for the first time. The scope must not be locked.
func (s *Service) fire(x *schedule, round uint64, scheduled, due time.Time) {
	hold := s.scope.Hold()
	defer hold.End()
	if x.round != round {
		return
	}
	x.waiting--
	x.running++
	x.fired = true
	f := &firing{schedule: x, target: x.target, id: s.scope.UUID(), scheduled: scheduled, began: s.scope.Engine.Now()}
	text := x.settings.ScheduleExpression + " in " + x.settings.ScheduleExpressionTimezone.V + " is due"
	if late := due.Sub(scheduled); late > 0 {
		text += ", fired " + late.String() + " into its flexible time window"
	}
	lineage := s.record(event.Hop{
		Kind: event.KindArrive, To: x.place, Outcome: event.Delivered, Reason: event.Because("Scheduled", text),
		Event: &event.Event{ID: f.id, Time: scheduled, Body: f.target.input},
	}, event.Lineage{Cause: x.lineage.Cause, CorrelationID: x.lineage.CorrelationID, Inferred: x.lineage.Inferred})
	hold.End()
	f.attempt(lineage, 1, time.Time{})
}

func (s *Service) record(h event.Hop, l event.Lineage) event.Lineage {
	h.Account, h.Region = s.scope.Account, s.scope.Region
	h.Fact, h.Cause, h.CorrelationID, h.Inferred = l.Fact, l.Cause, l.CorrelationID, l.Inferred
	next := s.scope.Engine.Record(h)
	next.Inferred = l.Inferred
	return next
}

// attempt sends the event to the target at due.
func (f *firing) attempt(lineage event.Lineage, attempt int, due time.Time) {
	s := f.schedule.service
	hold := s.scope.Hold()
	defer hold.End()
	f.execution = fmt.Sprintf("%016x", s.scope.Uint64())
	hold.End()
	d := event.Delivery{
		Lineage: lineage, Account: f.target.account, Region: f.target.region, From: f.schedule.place, To: f.target.place,
		Event: f.event(f.execution, strconv.Itoa(attempt)), Due: due, Attempt: attempt,
	}
	switch {
	case f.target.function != "":
		f.invoke(d)
	case f.target.universal != nil:
		s.scope.Engine.Schedule(&engine.Task{
			Due: due, Scope: s.scope, Channel: string(d.From), What: "call of " + f.target.universal.arn(), Place: d.To, Event: d.Event, Fact: d.Fact,
			Run: func() { f.attempted(d, f.operate(d)) },
		})
	default:
		f.relay(d)
	}
}

func (f *firing) relay(d event.Delivery) {
	f.schedule.service.scope.Engine.Relay(d, func(err error) { f.attempted(d, err) }, func(d event.Delivery, err error) {
		if err != nil {
			f.lost(d, err)
		}
	})
}

func (f *firing) attempted(d event.Delivery, err error) {
	if err != nil {
		f.failed(d, err)
		return
	}
	f.done()
}

func (f *firing) done() {
	s := f.schedule.service
	s.scope.Lock()
	defer s.scope.Unlock()
	f.schedule.running--
	s.complete(f.schedule)
}

// The pauses between retries double from firstPause to longestPause, each drawn from half to one and a half of its length. AWS
// says "exponential backoff" and no more.
const (
	firstPause   = time.Second
	longestPause = 450 * time.Second
)

// failed retries the delivery, or gives it up.
func (f *firing) failed(d event.Delivery, err error) {
	s := f.schedule.service
	if permanent(err) {
		f.giveUp(d, err, "")
		return
	}
	if d.Attempt > f.target.retries {
		f.giveUp(d, err, "MaximumRetryAttempts")
		return
	}
	now := s.scope.Engine.Now()
	hold := s.scope.Hold()
	defer hold.End()
	pause := min(firstPause<<min(d.Attempt-1, 10), longestPause)
	due := now.Add(time.Duration((0.5 + s.scope.Float64()) * float64(pause)))
	hold.End()
	if end := f.began.Add(f.target.maxAge); due.After(end) {
		f.expire(d, err, end)
		return
	}
	lineage := s.record(event.Hop{
		Kind: event.KindRetry, From: d.From, To: d.To, Outcome: event.Failed, Reason: because(err), Attempt: d.Attempt, Due: due, Event: d.Event,
	}, d.Lineage)
	f.attempt(lineage, d.Attempt+1, due)
}

// expire gives the delivery up when the event reaches its maximum age.
func (f *firing) expire(d event.Delivery, err error, end time.Time) {
	s := f.schedule.service
	why := because(err)
	why.Text += "; the event reaches its maximum age before another retry"
	d.Lineage = s.record(event.Hop{
		Kind: event.KindRetry, From: d.From, To: d.To, Outcome: event.Failed, Reason: why, Attempt: d.Attempt, Due: end, Event: d.Event,
	}, d.Lineage)
	s.scope.Engine.Schedule(&engine.Task{
		Due: end, Scope: s.scope, Channel: string(d.From), What: "end of retries to " + string(d.To), Place: d.To, Event: d.Event, Fact: d.Fact,
		Run: func() { f.giveUp(d, err, "MaximumEventAgeInSeconds") },
	})
}

// permanent reports whether an error is the caller's fault, which no retry mends, as the SDKs of AWS tell it.
//
// Source: EventBridge Scheduler User Guide, "Configuring a dead-letter queue": retryable and permanent errors of a target's API. Which
// are permanent is not listed.
func permanent(err error) bool {
	if _, none := errors.AsType[*engine.NoReceiverError](err); none {
		return true
	}
	e, ok := errors.AsType[*wire.Error](err)
	switch {
	case !ok:
		return false
	case strings.Contains(e.Code, "Throttl") || strings.Contains(e.Code, "LimitExceeded") || strings.Contains(e.Code, "OverLimit") ||
		strings.Contains(e.Code, "TooManyRequests") || strings.Contains(e.Code, "ProvisionedThroughput") || e.Status >= 500:
		return false
	}
	return e.SenderFault || e.Status >= 400
}

// giveUp sends word of the event to the dead-letter queue, or loses it. condition names the limit of the retry policy that was
// reached; it is empty for an error that no retry would mend.
func (f *firing) giveUp(d event.Delivery, err error, condition string) {
	s := f.schedule.service
	why := because(err)
	hop := event.Hop{Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Attempt: d.Attempt, Event: d.Event, Reason: event.Because(why.Code, why.Text)}
	if condition != "" {
		hop.Reason = event.Because(condition, "given up after "+strconv.Itoa(d.Attempt-1)+" retries, the last attempt failed with "+why.Code+": "+why.Text)
	}
	if f.target.deadLetter.place == "" {
		hop.Reason.Text += "; the schedule has no dead-letter queue"
		s.record(hop, d.Lineage)
		f.done()
		return
	}
	hop.Outcome = event.DeadLettered
	arn, body := f.request(d)
	dead := event.Delivery{
		Lineage: s.record(hop, d.Lineage), Account: f.target.deadLetter.account, Region: f.target.deadLetter.region, From: d.From, To: f.target.deadLetter.place,
		Event: &event.Event{Body: body, Time: d.Event.Time, Attributes: f.deadLetterAttributes(d, why, condition, arn)}, Attempt: 1,
	}
	s.scope.Engine.Relay(dead, func(err error) {
		if err != nil {
			f.lost(dead, err)
		}
		f.done()
	}, func(d event.Delivery, err error) {
		if err != nil {
			f.lost(d, err)
		}
	})
}

// deadLetterAttributes are the message attributes AWS sets. target is the operation that was called.
//
// Source: EventBridge Scheduler User Guide, "Configuring a dead-letter queue": the message shown, and what is said of its attributes.
func (f *firing) deadLetterAttributes(d event.Delivery, why *event.Reason, condition, target string) map[string]string {
	all := map[string]string{
		"ERROR_CODE": why.Code, "ERROR_MESSAGE": why.Text, "EXECUTION_ID": f.execution,
		"IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": strconv.Itoa(d.Attempt - 1), "SCHEDULED_TIME": f.scheduled.Format("2006-01-02T15:04:05Z"),
		"SCHEDULE_ARN": f.schedule.arn, "TARGET_ARN": target,
	}
	if condition != "" {
		all["EXHAUSTED_RETRY_CONDITION"] = condition
	}
	return all
}

// lost records a delivery that nothing tries again: to the dead-letter queue, or one that an interceptor held up.
func (f *firing) lost(d event.Delivery, err error) {
	f.schedule.service.record(event.Hop{
		Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost, Reason: because(err), Attempt: d.Attempt, Event: d.Event,
	}, d.Lineage)
}

// because words an error with the code that AWS tells for it.
func because(err error) *event.Reason {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		if e.QueryCode != "" {
			return event.Because(e.QueryCode, e.Message)
		}
		return event.Because(e.Code, e.Message)
	}
	if c, ok := errors.AsType[engine.Coder](err); ok {
		return event.Because(c.ErrorCode(), err.Error())
	}
	return event.Because("AWS.Scheduler.InternalServerError", err.Error())
}
