package schedule

import (
	"strconv"
	"strings"
	"time"
)

const firstYear, lastYear = 1970, 2199

// cron is a compiled cron expression. Sets have a bit for each value.
type cron struct {
	minutes, hours, months uint64
	days                   uint64 // of the month
	lastDay                bool   // L
	lastWeekday            bool   // LW
	nearest                []int  // nW
	weekdays               uint64 // 1 is Sunday
	lastOf                 []int  // nL: the last such weekday of the month
	nth                    [2]int // n#k: weekday and which of the month; 0 is none
	byWeekday              bool   // day of month is ?
	years                  [lastYear - firstYear + 1]bool
}

// field is one of the six.
type field struct {
	name      string
	low, high int
	names     []string // of low, low+1, …
}

var (
	minuteField  = field{"minutes", 0, 59, nil}
	hourField    = field{"hours", 0, 23, nil}
	dayField     = field{"day of month", 1, 31, nil}
	monthField   = field{"month", 1, 12, []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}}
	weekdayField = field{"day of week", 1, 7, []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}}
	yearField    = field{"year", firstYear, lastYear, nil}
)

// parseCron reads the six fields. reason says why they are none, "" if they are.
func parseCron(text string) (c cron, reason string) {
	f := strings.Fields(strings.ToUpper(text))
	if len(f) != 6 {
		return c, "a cron expression has six fields: minutes, hours, day of month, month, day of week, year"
	}
	c.byWeekday = f[2] == "?"
	if c.byWeekday == (f[4] == "?") {
		return c, "one of day of month and day of week, and only one, must be ?"
	}
	sets := []struct {
		field field
		text  string
		add   func(v int)
	}{
		{minuteField, f[0], func(v int) { c.minutes |= 1 << v }},
		{hourField, f[1], func(v int) { c.hours |= 1 << v }},
		{monthField, f[3], func(v int) { c.months |= 1 << v }},
		{yearField, f[5], func(v int) { c.years[v-firstYear] = true }},
	}
	for _, s := range sets {
		for item := range strings.SplitSeq(s.text, ",") {
			if !s.field.read(item, s.add) {
				return c, s.field.refuse(item)
			}
		}
	}
	if c.byWeekday {
		return c, c.readWeekdays(f[4])
	}
	return c, c.readDays(f[2])
}

func (f field) refuse(item string) string {
	return strconv.Quote(item) + " is no " + f.name + " (" + strconv.Itoa(f.low) + "-" + strconv.Itoa(f.high) + ")"
}

// read adds what one item of a list stands for: v, v-v, *, and each of them with /step. A single value with a step goes on to the end.
func (f field) read(item string, add func(v int)) bool {
	span, step, stepped := strings.Cut(item, "/")
	by := 1
	if stepped {
		var err error
		if by, err = strconv.Atoi(step); err != nil || by < 1 || by > f.high || step[0] == '+' {
			return false
		}
	}
	from, to := f.low, f.high
	if span != "*" {
		first, last, ranged := strings.Cut(span, "-")
		var ok bool
		if from, ok = f.value(first); !ok {
			return false
		}
		switch {
		case ranged:
			if to, ok = f.value(last); !ok || to < from {
				return false
			}
		case !stepped:
			to = from
		}
	}
	for v := from; v <= to; v += by {
		add(v)
	}
	return true
}

func (f field) value(text string) (int, bool) {
	for i, name := range f.names {
		if text == name {
			return f.low + i, true
		}
	}
	for _, r := range text {
		if r < '0' || r > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.low && n <= f.high
}

func (c *cron) readDays(text string) (reason string) {
	for item := range strings.SplitSeq(text, ",") {
		number, weekday := strings.CutSuffix(item, "W")
		switch {
		case item == "L":
			c.lastDay = true
		case item == "LW":
			c.lastWeekday = true
		case weekday:
			n, ok := dayField.value(number)
			if !ok {
				return dayField.refuse(item)
			}
			c.nearest = append(c.nearest, n)
		case !dayField.read(item, func(v int) { c.days |= 1 << v }):
			return dayField.refuse(item)
		}
	}
	return ""
}

func (c *cron) readWeekdays(text string) (reason string) {
	for item := range strings.SplitSeq(text, ",") {
		day, last := strings.CutSuffix(item, "L")
		weekday, which, nth := strings.Cut(item, "#")
		switch {
		case item == "L": // the last day of the week
			c.weekdays |= 1 << 7
		case last:
			n, ok := weekdayField.value(day)
			if !ok {
				return weekdayField.refuse(item)
			}
			c.lastOf = append(c.lastOf, n)
		case nth:
			n, ok := weekdayField.value(weekday)
			k, err := strconv.Atoi(which)
			if !ok || err != nil || k < 1 || k > 5 || len(which) != 1 {
				return weekdayField.refuse(item)
			}
			if item != text {
				return "a day of week with # stands alone"
			}
			c.nth = [2]int{n, k}
		case !weekdayField.read(item, func(v int) { c.weekdays |= 1 << v }):
			return weekdayField.refuse(item)
		}
	}
	return ""
}

// next returns the first minute from w on that the expression names.
func (c *cron) next(w wall) (wall, bool) {
	year, month, day := w.t.Date()
	hour, minute := w.t.Hour(), w.t.Minute()
	for ; year <= lastYear; year, month, day, hour, minute = year+1, 1, 1, 0, 0 {
		if year < firstYear || !c.years[year-firstYear] {
			continue
		}
		for ; month <= 12; month, day, hour, minute = month+1, 1, 0, 0 {
			if c.months&(1<<month) == 0 {
				continue
			}
			days := c.daysOf(year, month)
			for ; day <= 31; day, hour, minute = day+1, 0, 0 {
				if days&(1<<day) == 0 {
					continue
				}
				for ; hour < 24; hour, minute = hour+1, 0 {
					if c.hours&(1<<hour) == 0 {
						continue
					}
					for ; minute < 60; minute++ {
						if c.minutes&(1<<minute) != 0 {
							return wall{time.Date(year, month, day, hour, minute, 0, 0, time.UTC)}, true
						}
					}
				}
			}
		}
	}
	return wall{}, false
}

// daysOf returns the days of a month that the expression names.
func (c *cron) daysOf(year int, month time.Month) uint64 {
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	first := int(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Weekday()) // 0 is Sunday
	weekday := func(day int) int { return (first+day-1)%7 + 1 }
	all := uint64(1)<<(last+1) - 2
	if !c.byWeekday {
		set := c.days
		if c.lastDay {
			set |= 1 << last
		}
		if c.lastWeekday {
			set |= 1 << nearestWeekday(last, last, weekday)
		}
		for _, n := range c.nearest {
			if n <= last {
				set |= 1 << nearestWeekday(n, last, weekday)
			}
		}
		return set & all
	}
	var set uint64
	for day := 1; day <= last; day++ {
		if c.weekdays&(1<<weekday(day)) != 0 || weekday(day) == c.nth[0] && (day-1)/7+1 == c.nth[1] {
			set |= 1 << day
		}
		for _, n := range c.lastOf {
			if weekday(day) == n && day+7 > last {
				set |= 1 << day
			}
		}
	}
	return set
}

// nearestWeekday returns the day from Monday to Friday that is nearest to day in the same month.
func nearestWeekday(day, last int, weekday func(int) int) int {
	const sunday, saturday = 1, 7
	switch {
	case weekday(day) == saturday && day == 1:
		return 3
	case weekday(day) == saturday:
		return day - 1
	case weekday(day) == sunday && day == last:
		return day - 2
	case weekday(day) == sunday:
		return day + 1
	}
	return day
}
