package lambda_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// sorted is for calls that may run at the same time.
func sorted(calls []string) []string {
	slices.Sort(calls)
	return calls
}

func TestQueue_batches_are_as_large_as_they_may_be(t *testing.T) {
	for _, row := range []struct {
		reason, more string
		want         []string
	}{
		{"ten at a time unless said otherwise", ``, []string{"1 2 3 4 5 6 7 8 9 10", "11 12"}},
		{"the batch size is a limit", `,"BatchSize":5`, []string{"1 2 3 4 5", "11 12", "6 7 8 9 10"}},
		{"a window may make a batch of more than one receive", `,"BatchSize":100,"MaximumBatchingWindowInSeconds":1`, []string{"1 2 3 4 5 6 7 8 9 10 11 12"}},
	} {
		bubble(t, func(f *fixture) {
			for i := range 12 {
				f.send(fmt.Sprint(i + 1))
			}
			f.ofQueue(row.more)
			f.pass(30 * time.Second)
			f.want(row.reason, sorted(f.seen()), row.want...)
			if got := f.depth("jobs"); got != "0+0" {
				f.Errorf("%s: %s messages are left", row.reason, got)
			}
		})
	}
}

func TestQueue_waits_for_a_full_batch_as_long_as_its_window(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.ofQueue(`,"BatchSize":3,"MaximumBatchingWindowInSeconds":20`)
		f.send("a")
		f.pass(15 * time.Second)
		f.want("within the window", f.seen())
		f.send("b")
		f.pass(10 * time.Second)
		f.want("after the window", f.seen(), "a b")
		f.send("c", "d", "e")
		f.pass(time.Second)
		f.want("a full batch does not wait", f.seen(), "c d e")
	})
}

func TestQueue_filters_delete_what_does_not_match(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.send("lead", "contact", `{\"kind\":\"lead\"}`, `{\"kind\":\"contact\"}`)
		f.ofQueue(`,"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":[\"lead\"]}"},{"Pattern":"{\"body\":{\"kind\":[\"lead\"]}}"}]}`)
		f.pass(10 * time.Second)
		f.want("what matches one of the filters", f.seen(), `lead {"kind":"lead"}`)
		if got := f.depth("jobs"); got != "0+0" {
			f.Errorf("%s messages are left", got)
		}
		filtered := f.hops(event.KindMatch, event.Filtered)
		if len(filtered) != 2 || filtered[0].Reason.Code != "PatternMismatch" || filtered[0].Reason.Mismatches[0].Got != `"contact"` {
			f.Errorf("hops %+v", filtered)
		}
	})
}

func TestQueue_a_batch_that_fails_comes_again_after_the_visibility_timeout(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.does(failsFor("poison"))
		f.send("a", "poison")
		f.ofQueue("")
		f.pass(59 * time.Second)
		f.want("the first attempt", f.seen(), "a poison")
		if got := f.depth("jobs"); got != "0+2" {
			f.Errorf("%s messages, want both in flight", got)
		}
		f.pass(2 * time.Second)
		f.want("the second", f.seen(), "a poison")
		retries := f.hops(event.KindRetry, event.Failed)
		if len(retries) != 4 || retries[0].Reason.Code != "FunctionError" || retries[0].Due.Sub(retries[0].At) != time.Minute {
			f.Errorf("retries %+v", retries)
		}
	})
}

func TestQueue_reports_of_failed_items_R1_4(t *testing.T) {
	for _, row := range []struct {
		reason, more string
		answer       func(ids map[string]string) any
		again        []string // what comes again
	}{
		{"only what is reported", `,"FunctionResponseTypes":["ReportBatchItemFailures"]`, func(ids map[string]string) any { return report(ids["b"]) }, []string{"b"}},
		{"a report that was not announced is not looked at", ``, func(ids map[string]string) any { return report(ids["b"]) }, nil},
		{"an item of another batch fails all", `,"FunctionResponseTypes":["ReportBatchItemFailures"]`, func(map[string]string) any { return report("x") }, []string{"a b c"}},
		{"an empty identifier fails all", `,"FunctionResponseTypes":["ReportBatchItemFailures"]`, func(map[string]string) any { return report("") }, []string{"a b c"}},
		{"no report is success", `,"FunctionResponseTypes":["ReportBatchItemFailures"]`, func(map[string]string) any { return nil }, nil},
	} {
		bubble(t, func(f *fixture) {
			f.does(func(_ []string, ids map[string]string) (any, error) { return row.answer(ids), nil })
			f.send("a", "b", "c")
			f.ofQueue(row.more)
			f.pass(10 * time.Second)
			f.want("all", f.seen(), "a b c")
			f.pass(time.Minute)
			f.want(row.reason, f.seen(), row.again...)
		})
	}
}

func TestQueue_concurrency_is_bounded_R1_4(t *testing.T) {
	for _, row := range []struct {
		more string
		want int
	}{{``, 5}, {`,"ScalingConfig":{"MaximumConcurrency":2}`, 2}, {`,"ScalingConfig":{"MaximumConcurrency":20}`, 20}} {
		bubble(t, func(f *fixture) {
			f.takes = 10 * time.Second
			for i := range 40 {
				f.send(fmt.Sprint(i))
			}
			f.ofQueue(`,"BatchSize":1` + row.more)
			f.pass(5 * time.Minute)
			if n, most := len(f.seen()), f.most(); most != row.want || n != 40 {
				f.Errorf("%s: %d calls, at most %d at the same time; want 40 and %d", row.more, n, most, row.want)
			}
		})
	}
}

func TestMapping_has_a_life(t *testing.T) {
	bubble(t, func(f *fixture) {
		made := f.ofQueue(`,"Enabled":false,"BatchSize":2`)
		if made.State != "Creating" || made.FunctionArn != "arn:aws:lambda:us-east-1:"+account+":function:worker" || made.EventSourceArn != queueARN+"jobs" {
			f.Errorf("created %+v", made)
		}
		path := "/" + made.UUID
		f.send("a", "b", "c")
		f.pass(time.Minute)
		f.want("a disabled mapping takes nothing", f.seen())
		if got := f.mapped("GET", path, ""); got.State != "Disabled" || got.BatchSize != 2 {
			f.Errorf("%+v", got)
		}
		if got := f.mapped("PUT", path, `{"Enabled":true}`); got.State != "Enabling" || got.BatchSize != 2 {
			f.Errorf("%+v", got)
		}
		f.pass(time.Second)
		f.want("enabled", sorted(f.seen()), "a b", "c")
		if got := f.mapped("GET", path, ""); got.State != "Enabled" {
			f.Errorf("%+v", got)
		}
		if got := f.mapped("PUT", path, `{"BatchSize":1,"FunctionName":"other","FunctionResponseTypes":["ReportBatchItemFailures"]}`); got.State != "Updating" {
			f.Errorf("%+v", got)
		}
		f.send("d", "e")
		f.pass(time.Second)
		f.want("updated", sorted(f.seen()), "d", "e")
		if got := f.mapped("GET", path, ""); got.FunctionArn != "arn:aws:lambda:us-east-1:"+account+":function:other" || !slices.Equal(got.FunctionResponseTypes, []string{"ReportBatchItemFailures"}) {
			f.Errorf("%+v", got)
		}
		if got := f.mapped("PUT", path, `{"Enabled":false}`); got.State != "Disabling" {
			f.Errorf("%+v", got)
		}
		if got := f.mapped("DELETE", path, ""); got.State != "Deleting" {
			f.Errorf("%+v", got)
		}
		f.send("f")
		f.pass(time.Minute)
		f.want("a deleted mapping takes nothing", f.seen())
		if status, answer := f.try("GET", mappings+path, "", "lambda", ""); status != 404 {
			f.Errorf("%d %s", status, answer)
		}
	})
}

func TestMappings_are_listed_in_pages_by_source_and_function(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.ofQueue("")
		f.ofStream("")
		f.mapped("POST", "", `{"EventSourceArn":"`+queueARN+`dead","FunctionName":"other"}`)
		for _, row := range []struct {
			query string
			want  int
		}{{"", 3}, {"?FunctionName=worker", 2}, {"?FunctionName=nobody", 0}, {"?EventSourceArn=" + queueARN + "dead", 1}, {"?FunctionName=worker&EventSourceArn=" + queueARN + "dead", 0}} {
			if got := f.mapped("GET", "/"+row.query, ""); len(got.EventSourceMappings) != row.want {
				f.Errorf("%q: %d mappings, want %d", row.query, len(got.EventSourceMappings), row.want)
			}
		}
		page := f.mapped("GET", "/?MaxItems=2", "")
		rest := f.mapped("GET", "/?MaxItems=2&Marker="+page.NextMarker, "")
		if len(page.EventSourceMappings) != 2 || len(rest.EventSourceMappings) != 1 || rest.NextMarker != "" {
			f.Errorf("pages of %d and %d", len(page.EventSourceMappings), len(rest.EventSourceMappings))
		}
	})
}
