package schedule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const layout = "2006-01-02 15:04 -0700"

func instants(t testing.TB, text, zone, after string, n int) string {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Skip("no time zone data: ", err)
	}
	x, err := Parse(text, location)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", after, location)
	if err != nil {
		t.Fatal(err)
	}
	anchor := at
	var all []string
	for range n {
		next, ok := x.Next(anchor, at)
		if !ok {
			all = append(all, "never")
			break
		}
		all = append(all, next.In(location).Format(layout))
		at = next
	}
	return strings.Join(all, ", ")
}

func TestNext_R1_6(t *testing.T) {
	for _, c := range []struct{ reason, text, zone, after, want string }{
		{"every day at ten", "cron(0 10 * * ? *)", "UTC", "2026-01-01 10:00", "2026-01-02 10:00 +0000, 2026-01-03 10:00 +0000"},
		{"weekdays", "cron(0 18 ? * MON-FRI *)", "UTC", "2026-01-02 18:00", "2026-01-05 18:00 +0000, 2026-01-06 18:00 +0000"},
		{"first of each month", "cron(0 8 1 * ? *)", "UTC", "2026-01-31 00:00", "2026-02-01 08:00 +0000, 2026-03-01 08:00 +0000"},
		{"every ten minutes from the first on", "cron(1/10 * * * ? *)", "UTC", "2026-01-01 00:00", "2026-01-01 00:01 +0000, 2026-01-01 00:11 +0000"},
		{"five minutes in office hours", "cron(0/5 8-17 ? * MON-FRI *)", "UTC", "2026-01-02 17:50", "2026-01-02 17:55 +0000, 2026-01-05 08:00 +0000"},
		{"the last day", "cron(0 0 L * ? *)", "UTC", "2026-02-01 00:00", "2026-02-28 00:00 +0000, 2026-03-31 00:00 +0000"},
		{"the last weekday", "cron(0 0 LW * ? *)", "UTC", "2026-01-31 00:00", "2026-02-27 00:00 +0000, 2026-03-31 00:00 +0000"},
		{"a weekday near the 1st, which is a Sunday", "cron(0 0 1W 2,8 ? *)", "UTC", "2026-01-01 00:00", "2026-02-02 00:00 +0000, 2026-08-03 00:00 +0000"},
		{"the second Tuesday", "cron(0 9 ? * 3#2 *)", "UTC", "2026-01-01 00:00", "2026-01-13 09:00 +0000, 2026-02-10 09:00 +0000"},
		{"a fifth Friday", "cron(0 9 ? * FRI#5 *)", "UTC", "2026-02-01 00:00", "2026-05-29 09:00 +0000, 2026-07-31 09:00 +0000"},
		{"the last Friday", "cron(15 10 ? * 6L 2026-2027)", "UTC", "2026-11-01 00:00", "2026-11-27 10:15 +0000, 2026-12-25 10:15 +0000"},
		{"L alone is Saturday", "cron(0 0 ? * L *)", "UTC", "2026-01-01 00:00", "2026-01-03 00:00 +0000, 2026-01-10 00:00 +0000"},
		{"leap days", "cron(0 0 29 2 ? *)", "UTC", "2026-01-01 00:00", "2028-02-29 00:00 +0000, 2032-02-29 00:00 +0000"},
		{"a day that never is", "cron(0 0 31 2 ? *)", "UTC", "2026-01-01 00:00", "never"},
		{"a year that is over", "cron(0 0 1 1 ? 2020)", "UTC", "2026-01-01 00:00", "never"},
		{"a rate", "rate(90 minutes)", "UTC", "2026-01-01 00:00", "2026-01-01 01:30 +0000, 2026-01-01 03:00 +0000"},
		{"once", "at(2026-06-01T12:00:00)", "Europe/Berlin", "2026-01-01 00:00", "2026-06-01 12:00 +0200, never"},
		{"clocks go forward: the gap is skipped", "cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28 03:00", "2026-03-30 02:30 +0200, 2026-03-31 02:30 +0200"},
		{"clocks go back: once", "cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-24 03:00", "2026-10-25 02:30 +0200, 2026-10-26 02:30 +0100"},
		{"a quarter of an hour off", "cron(0 9 * * ? *)", "Asia/Kathmandu", "2026-01-01 00:00", "2026-01-01 09:00 +0545, 2026-01-02 09:00 +0545"},
	} {
		if got := instants(t, c.text, c.zone, c.after, 2); got != c.want {
			t.Errorf("%s: got %s, want %s", c.reason, got, c.want)
		}
	}
}

func TestParse_refuses(t *testing.T) {
	for _, c := range []struct{ reason, text, want string }{
		{"nothing", "", "expected rate"},
		{"a plural of one", "rate(1 minutes)", "singular"},
		{"a singular of many", "rate(5 hour)", "singular"},
		{"a rate of zero", "rate(0 minutes)", "positive"},
		{"seconds", "rate(5 seconds)", "expected"},
		{"five fields", "cron(0 12 * * ?)", "six fields"},
		{"both days", "cron(0 12 * * * *)", "must be ?"},
		{"neither day", "cron(0 12 ? * ? *)", "must be ?"},
		{"minute 60", "cron(60 12 * * ? *)", `"60" is no minutes (0-59)`},
		{"month 13", "cron(0 12 * 13 ? *)", "month"},
		{"a range backwards", "cron(10-5 12 * * ? *)", "minutes"},
		{"no step", "cron(0/ 12 * * ? *)", "minutes"},
		{"a step of zero", "cron(0/0 12 * * ? *)", "minutes"},
		{"two with #", "cron(0 12 ? * 3#1,6#3 *)", "stands alone"},
		{"a sixth", "cron(0 12 ? * 3#6 *)", "day of week"},
		{"a year before", "cron(0 12 * * ? 1969)", "year"},
		{"day 32 W", "cron(0 12 32W * ? *)", "day of month"},
		{"an empty item", "cron(0, 12 * * ? *)", "minutes"},
		{"a day without a time", "at(2026-06-01)", "at(yyyy"},
		{"a month 13", "at(2026-13-01T00:00:00)", "at(yyyy"},
		{"too long", "cron(" + strings.Repeat("0,", 200) + "0 12 * * ? *)", "longer"},
	} {
		_, err := Parse(c.text, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.reason, err, c.want)
		}
	}
}

// naive decides for one minute whether a cron expression names it, from the text, value by value.
func naive(fields []string, at time.Time) bool {
	in := func(text string, v, high int) bool {
		for item := range strings.SplitSeq(text, ",") {
			var a, b, step int
			switch {
			case item == "*":
				return true
			case strings.HasPrefix(item, "*/"):
				fmt.Sscanf(item, "*/%d", &step)
				if low := map[int]int{31: 1, 12: 1, 7: 1}[high]; (v-low)%step == 0 {
					return true
				}
			case strings.Contains(item, "-"):
				fmt.Sscanf(item, "%d-%d", &a, &b)
				if a <= v && v <= b {
					return true
				}
			case strings.Contains(item, "/"):
				fmt.Sscanf(item, "%d/%d", &a, &step)
				if v >= a && (v-a)%step == 0 {
					return true
				}
			default:
				if fmt.Sscanf(item, "%d", &a); a == v {
					return true
				}
			}
		}
		return false
	}
	tomorrow, week := at.AddDate(0, 0, 1), at.AddDate(0, 0, 7)
	working := func(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }
	day := func() bool {
		var n, k int
		switch d, w := fields[2], fields[4]; {
		case d == "L":
			return tomorrow.Month() != at.Month()
		case strings.HasSuffix(d, "W"):
			fmt.Sscanf(d, "%dW", &n)
			target := time.Date(at.Year(), at.Month(), n, 0, 0, 0, 0, time.UTC)
			if target.Month() != at.Month() {
				return false
			}
			for _, off := range []int{0, -1, 1, -2, 2} {
				if t := target.AddDate(0, 0, off); t.Month() == at.Month() && working(t) {
					return t.Day() == at.Day()
				}
			}
			return false
		case d != "?":
			return in(d, at.Day(), 31)
		case strings.HasSuffix(w, "L"):
			fmt.Sscanf(w, "%dL", &n)
			return int(at.Weekday())+1 == n && week.Month() != at.Month()
		case strings.Contains(w, "#"):
			fmt.Sscanf(w, "%d#%d", &n, &k)
			return int(at.Weekday())+1 == n && at.AddDate(0, 0, -7*k).Month() != at.Month() && at.AddDate(0, 0, -7*(k-1)).Month() == at.Month()
		default:
			return in(w, int(at.Weekday())+1, 7)
		}
	}
	return in(fields[0], at.Minute(), 59) && in(fields[1], at.Hour(), 23) && in(fields[3], int(at.Month()), 12) && in(fields[5], at.Year(), 2199) && day()
}

func TestNext_is_the_first_minute_that_a_naive_reading_names(t *testing.T) {
	list := func(low, high int) *rapid.Generator[string] {
		item := rapid.Custom(func(t *rapid.T) string {
			a := rapid.IntRange(low, high).Draw(t, "a")
			switch rapid.IntRange(0, 4).Draw(t, "form") {
			case 0:
				return fmt.Sprintf("%d-%d", a, rapid.IntRange(a, high).Draw(t, "b"))
			case 1:
				return fmt.Sprintf("%d/%d", a, rapid.IntRange(1, min(high, 20)).Draw(t, "step"))
			case 2:
				return fmt.Sprintf("*/%d", rapid.IntRange(1, min(high, 20)).Draw(t, "step"))
			}
			return fmt.Sprint(a)
		})
		return rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(item, 1, 3).Draw(t, "items"), ",")
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		f := []string{list(0, 59).Draw(t, "minutes"), list(0, 23).Draw(t, "hours"), "?", rapid.OneOf(rapid.Just("*"), list(1, 12)).Draw(t, "month"), "?", "*"}
		if rapid.Bool().Draw(t, "by weekday") {
			f[4] = rapid.OneOf(rapid.Just("*"), list(1, 7), rapid.Custom(func(t *rapid.T) string {
				return fmt.Sprintf("%d#%d", rapid.IntRange(1, 7).Draw(t, "day"), rapid.IntRange(1, 5).Draw(t, "nth"))
			}), rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("%dL", rapid.IntRange(1, 7).Draw(t, "day")) })).Draw(t, "weekday")
		} else {
			f[2] = rapid.OneOf(rapid.Just("*"), rapid.Just("L"), list(1, 31), rapid.Custom(func(t *rapid.T) string {
				return fmt.Sprintf("%dW", rapid.IntRange(1, 31).Draw(t, "day"))
			})).Draw(t, "day")
		}
		x, err := Parse("cron("+strings.Join(f, " ")+")", nil)
		if err != nil {
			t.Fatal(err)
		}
		after := time.Date(2026, time.Month(rapid.IntRange(1, 36).Draw(t, "month")), rapid.IntRange(1, 31).Draw(t, "day"),
			rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), rapid.IntRange(0, 59).Draw(t, "second"), 0, time.UTC)
		next, ok := x.Next(after, after)
		const horizon = 9 * 24 * 60
		at := after.Truncate(time.Minute).Add(time.Minute)
		for range horizon {
			if naive(f, at) {
				if !ok || !next.Equal(at) {
					t.Fatalf("%s after %v: got %v %v, want %v", x, after, next, ok, at)
				}
				return
			}
			at = at.Add(time.Minute)
		}
		if ok && next.Before(at) {
			t.Fatalf("%s after %v: got %v, the naive reading names no minute before %v", x, after, next, at)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"rate(5 minutes)", "cron(0/5 8-17 ? * MON-FRI *)", "cron(0 0 L * ? *)", "cron(0 0 15W * ? *)", "at(2026-06-01T12:00:00)", "cron(0 9 ? * 3#2 2026)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := Parse(text, nil)
		if err != nil {
			return
		}
		after := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if next, ok := x.Next(after, after); ok && !next.After(after) {
			t.Errorf("%q: %v is not after %v", text, next, after)
		}
	})
}

func ExampleExpression_Next() {
	x, err := Parse("cron(0 9 ? * MON-FRI *)", nil)
	if err != nil {
		panic(err)
	}
	friday := time.Date(2026, time.January, 2, 9, 0, 0, 0, time.UTC)
	next, _ := x.Next(time.Time{}, friday)
	fmt.Println(next.Format(time.RFC1123))
	// Output: Mon, 05 Jan 2026 09:00:00 UTC
}

func BenchmarkNext(b *testing.B) {
	x, err := Parse("cron(0 9 ? * MON-FRI *)", nil)
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, time.January, 2, 9, 0, 0, 0, time.UTC)
	for b.Loop() {
		at, _ = x.Next(at, at)
		if at.Year() > 2100 {
			at = time.Date(2026, time.January, 2, 9, 0, 0, 0, time.UTC)
		}
	}
}
