package schedule

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Kind says what form an expression has.
type Kind int

// The forms.
const (
	Rate Kind = iota
	Cron
	At
)

// Expression is a schedule that was read by [Parse].
type Expression struct {
	kind   Kind
	text   string
	period time.Duration // of Rate
	once   wall          // of At
	cron   cron
	zone   *time.Location
}

// Error says why a text is no schedule expression.
type Error struct {
	Expression string
	Reason     string
}

// Error names the expression and the reason.
func (e *Error) Error() string {
	return "schedule expression " + strconv.Quote(e.Expression) + ": " + e.Reason
}

var (
	rateForm = regexp.MustCompile(`^rate\(([0-9]+) (minute|minutes|hour|hours|day|days)\)$`)
	cronForm = regexp.MustCompile(`^cron\(([^()]*)\)$`)
	atForm   = regexp.MustCompile(`^at\((.*)\)$`)
)

// atLayout is the time of an at expression, in the schedule's zone.
const atLayout = "2006-01-02T15:04:05"

// longest is the longest expression that AWS takes, in bytes.
const longest = 256

// Parse reads an expression; zone is that of cron and at, nil is UTC.
//
// Errors: *Error.
func Parse(text string, zone *time.Location) (*Expression, error) {
	if zone == nil {
		zone = time.UTC
	}
	x := &Expression{text: text, zone: zone}
	fail := func(reason string) (*Expression, error) { return nil, &Error{Expression: text, Reason: reason} }
	if len(text) > longest {
		return fail("longer than 256 characters")
	}
	if m := rateForm.FindStringSubmatch(text); m != nil {
		n, err := strconv.ParseInt(m[1], 10, 32)
		unit, plural := strings.CutSuffix(m[2], "s")
		switch {
		case err != nil || n < 1:
			return fail("the value of a rate is a positive number")
		case plural != (n > 1):
			return fail("a rate of 1 has a singular unit, any other a plural one")
		}
		x.kind, x.period = Rate, time.Duration(n)*units[unit]
		if x.period/units[unit] != time.Duration(n) {
			return fail("the rate is too long")
		}
		return x, nil
	}
	if m := cronForm.FindStringSubmatch(text); m != nil {
		var reason string
		x.kind = Cron
		if x.cron, reason = parseCron(m[1]); reason != "" {
			return fail(reason)
		}
		return x, nil
	}
	if m := atForm.FindStringSubmatch(text); m != nil {
		at, err := time.Parse(atLayout, m[1])
		if err != nil || len(m[1]) != len(atLayout) {
			return fail("a one-time schedule is at(yyyy-mm-ddThh:mm:ss)")
		}
		x.kind, x.once = At, wall{at}
		return x, nil
	}
	return fail("expected rate(value unit), cron(fields) or at(yyyy-mm-ddThh:mm:ss)")
}

var units = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// Kind returns the form of the expression.
func (x *Expression) Kind() Kind { return x.kind }

// String returns the text that was parsed.
func (x *Expression) String() string { return x.text }

// Next returns the first instant after the given one at which the schedule is due; ok is false if there is none. A rate is due at
// anchor and at every period from there; cron and at take no notice of anchor.
func (x *Expression) Next(anchor, after time.Time) (due time.Time, ok bool) {
	switch x.kind {
	case Rate:
		if anchor.After(after) {
			return anchor, true
		}
		return anchor.Add((after.Sub(anchor)/x.period + 1) * x.period), true
	case At:
		due, ok = x.once.in(x.zone)
		return due, ok && due.After(after)
	}
	for w := wallOf(after, x.zone); ; w = (wall{w.t.Add(time.Minute)}) {
		if w, ok = x.cron.next(w); !ok {
			return time.Time{}, false
		}
		if due, ok = w.in(x.zone); ok && due.After(after) {
			return due, true
		}
	}
}

// wall is what a clock on a wall shows, kept as a time in UTC.
type wall struct{ t time.Time }

func wallOf(t time.Time, zone *time.Location) wall {
	t = t.In(zone)
	return wall{time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)}
}

// in returns when the clocks of a zone first show w; ok is false if they skip it.
func (w wall) in(zone *time.Location) (first time.Time, ok bool) {
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} { // the offsets before and after a change
		_, offset := w.t.Add(near).In(zone).Zone()
		t := w.t.Add(-time.Duration(offset) * time.Second)
		local := t.In(zone)
		shown := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
		if shown.Equal(w.t) && (!ok || t.Before(first)) {
			first, ok = t, true
		}
	}
	return first, ok
}
