package scheduler

import (
	"time"
	_ "time/tzdata" // so that zones are known, and the same, on machines that have none

	expr "github.com/dyetrace/dyetrace/pipeline/schedule" // a schedule is something else here
)

// timing says when a schedule is due. It is immutable.
type timing struct {
	expression *expr.Expression
	anchor     time.Time // of a rate
	from       time.Time // what is due at or before it is not planned
	end        time.Time // zero: none
	once       bool
}

// compileTiming checks when a schedule is due. A rate without a start date begins at once.
//
// Source: EventBridge Scheduler User Guide, "Schedule types"; the text for invalid expressions was recorded against AWS by LocalStack.
func compileTiming(in *CreateScheduleInput, now time.Time) (timing, error) {
	zone, err := time.LoadLocation(in.ScheduleExpressionTimezone.V)
	if err != nil || in.ScheduleExpressionTimezone.V == "Local" {
		return timing{}, invalid("Invalid Schedule Expression Timezone " + in.ScheduleExpressionTimezone.V + ".")
	}
	x, err := expr.Parse(in.ScheduleExpression, zone)
	if err != nil {
		return timing{}, invalid("Invalid Schedule Expression " + in.ScheduleExpression + ".")
	}
	t := timing{expression: x, anchor: now, from: now.Add(-1), once: x.Kind() == expr.At}
	if t.once {
		return t, nil // start and end are ignored, as AWS does
	}
	if in.StartDate.OK {
		if in.StartDate.V.Before(now.Add(-5 * time.Minute)) {
			return t, invalid("The StartDate you specify cannot be earlier than 5 minutes ago.")
		}
		t.anchor = in.StartDate.V
		if begin := t.anchor.Add(-1); begin.After(t.from) {
			t.from = begin
		}
	}
	if in.EndDate.OK {
		if t.end = in.EndDate.V; !t.end.After(now) || t.end.Before(t.anchor) {
			return t, invalid("The EndDate you specify must be in the future and not before the StartDate.")
		}
	}
	return t, nil
}

// next returns the first instant after the given one at which the schedule is due.
func (t *timing) next(after time.Time) (time.Time, bool) {
	due, ok := t.expression.Next(t.anchor, after)
	return due, ok && (t.end.IsZero() || !due.After(t.end))
}
