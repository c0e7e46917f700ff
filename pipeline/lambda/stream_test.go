package lambda_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

func TestStream_starts_where_it_is_told(t *testing.T) {
	for _, row := range []struct {
		position string
		want     []string
	}{{"TRIM_HORIZON", []string{"before", "after"}}, {"LATEST", []string{"after"}}} {
		bubble(t, func(f *fixture) {
			f.write("before")
			f.mapped("POST", "", `{"EventSourceArn":"`+f.stream+`","FunctionName":"worker","StartingPosition":"`+row.position+`"}`)
			f.pass(time.Second)
			f.write("after")
			f.pass(time.Second)
			f.want(row.position, f.seen(), row.want...)
		})
	}
}

func TestStream_batches_and_window(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.write("a", "b", "c", "d", "e")
		f.ofStream(`,"BatchSize":2,"MaximumBatchingWindowInSeconds":10`)
		f.pass(time.Second)
		f.want("full batches do not wait", f.seen(), "a b", "c d")
		f.pass(10 * time.Second)
		f.want("after the window", f.seen(), "e")
	})
}

func TestStream_filters_pass_over_what_does_not_match(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.ofStream(`,"FilterCriteria":{"Filters":[{"Pattern":"{\"dynamodb\":{\"NewImage\":{\"pk\":{\"S\":[{\"prefix\":\"lead\"}]}}}}"}]}`)
		f.write("contact-1", "lead-1", "contact-2")
		f.pass(time.Second)
		f.want("calls", f.seen(), "lead-1")
		if filtered := f.hops(event.KindMatch, event.Filtered); len(filtered) != 2 || filtered[0].Reason.Mismatches[0].Got != `"contact-1"` {
			f.Errorf("hops %+v", filtered)
		}
	})
}

func TestStream_a_batch_that_fails_holds_up_what_is_behind_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.does(failsFor("poison"))
		f.write("a", "poison", "b")
		m := f.ofStream(`,"BatchSize":2`)
		f.pass(10 * time.Second)
		if calls := f.seen(); len(calls) < 3 || slices.ContainsFunc(calls, func(c string) bool { return c != "a poison" }) {
			f.Errorf("calls %q, want the same batch again and again", calls)
		}
		if got := f.mapped("GET", "/"+m.UUID, ""); got.LastProcessingResult != "PROBLEM: Function call failed" {
			f.Errorf("%+v", got)
		}
		f.does(nil)
		f.pass(time.Minute)
		f.want("after the fix", f.seen(), "a poison", "b")
		if got := f.mapped("GET", "/"+m.UUID, ""); got.LastProcessingResult != "OK" {
			f.Errorf("%+v", got)
		}
	})
}

func TestStream_gives_up_after_its_retries_and_tells_where_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.does(failsFor("poison"))
		f.write("poison", "a", "b")
		f.ofStream(`,"BatchSize":2,"MaximumRetryAttempts":3,"DestinationConfig":{"OnFailure":{"Destination":"` + queueARN + `dead"}}`)
		f.pass(time.Minute)
		f.want("calls", f.seen(), "poison a", "poison a", "poison a", "poison a", "b")
		word := f.word()
		c, info := word.RequestContext, word.DDBStreamBatchInfo
		if c.Condition != "RetryAttemptsExhausted" || c.ApproximateInvokeCount != 4 || !strings.HasSuffix(c.FunctionArn, ":function:worker") || word.ResponseContext["functionError"] != "Unhandled" {
			f.Errorf("%+v", word)
		}
		if info.BatchSize != 2 || info.StartSequenceNumber >= info.EndSequenceNumber || info.StreamArn != f.stream {
			f.Errorf("%+v", info)
		}
	})
}

func TestStream_bisects_a_batch_around_a_poison_record_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.does(failsFor("poison"))
		f.write("a", "b", "poison", "c", "d")
		f.ofStream(`,"BisectBatchOnFunctionError":true,"MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"` + queueARN + `dead"}}`)
		f.pass(time.Minute)
		f.want("calls", f.seen(), "a b poison c d", "a b poison", "a b", "poison", "c d")
		if word := f.word(); word.DDBStreamBatchInfo.BatchSize != 1 {
			f.Errorf("%+v", word)
		}
	})
}

func TestStream_goes_on_at_the_first_item_that_is_reported_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.does(func(_ []string, ids map[string]string) (any, error) {
			if id := ids["c"]; id != "" && len(f.calls) < 3 {
				return report(id, ids["d"]), nil
			}
			return nil, nil
		})
		f.write("a", "b", "c", "d")
		f.ofStream(`,"FunctionResponseTypes":["ReportBatchItemFailures"]`)
		f.pass(time.Minute)
		f.want("calls", f.seen(), "a b c d", "c d", "c d")
	})
}

func TestStream_records_that_are_too_old_are_given_up_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.does(failsFor("poison"))
		f.write("poison")
		f.pass(30 * time.Second)
		f.write("a")
		f.ofStream(`,"BatchSize":1,"MaximumRecordAgeInSeconds":60,"DestinationConfig":{"OnFailure":{"Destination":"` + queueARN + `dead"}}`)
		f.pass(25 * time.Second)
		if calls := f.seen(); slices.Contains(calls, "a") {
			f.Errorf("calls %q: a overtook", calls)
		}
		f.pass(10 * time.Minute)
		if calls := f.seen(); len(calls) == 0 || calls[len(calls)-1] != "a" {
			f.Errorf("calls %q, want a at the end", calls)
		}
		if word := f.word(); word.RequestContext.Condition != "RecordAgeExceeded" {
			f.Errorf("%+v", word)
		}
	})
}

func TestStream_a_record_is_tried_as_long_as_the_stream_keeps_it_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.does(failsFor("poison"))
		f.write("poison")
		f.ofStream(`,"BatchSize":1`)
		f.pass(23 * time.Hour)
		f.write("a")
		f.seen()
		f.pass(59 * time.Minute)
		if calls := f.seen(); slices.Contains(calls, "a") {
			f.Errorf("a overtook")
		}
		f.pass(2 * time.Minute)
		if calls := f.seen(); len(calls) == 0 || calls[len(calls)-1] != "a" {
			f.Errorf("calls %q, want a at the end", calls)
		}
		if expired := f.hops(event.KindExpire, event.Expired); len(expired) != 1 || expired[0].Reason.Code != "TrimmedRecords" {
			f.Errorf("%+v", expired)
		}
	})
}

func TestStream_in_parallel_keeps_the_order_of_each_key_R1_4(t *testing.T) {
	for _, factor := range []int{1, 3} {
		bubble(t, func(f *fixture) {
			f.takes = time.Second
			for round := range 3 {
				for i := range 12 {
					f.call("DynamoDB_20120810.PutItem", fmt.Sprintf(`{"TableName":"items","Item":{"pk":{"S":"k%d"},"round":{"N":"%d"}}}`, i, round))
				}
			}
			f.ofStream(fmt.Sprintf(`,"BatchSize":1,"ParallelizationFactor":%d`, factor))
			f.pass(time.Hour)
			if n, most := len(f.seen()), f.most(); n != 36 || most != factor {
				f.Errorf("factor %d: %d calls, at most %d at the same time", factor, n, most)
			}
		})
	}
}

func TestStream_a_disabled_mapping_keeps_its_position(t *testing.T) {
	bubble(t, func(f *fixture) {
		m := f.ofStream("")
		f.write("a")
		f.pass(time.Second)
		f.mapped("PUT", "/"+m.UUID, `{"Enabled":false}`)
		f.write("b", "c")
		f.pass(time.Hour)
		f.want("until it is disabled", f.seen(), "a")
		q := f.pipeline.Settle(f.Context())
		if !slices.ContainsFunc(q.Pending, func(p event.Pending) bool { return p.Place == "mapping:items/worker" && p.Count == 2 }) {
			f.Errorf("the backlog is not pending: %+v", q.Pending)
		}
		f.mapped("PUT", "/"+m.UUID, `{"Enabled":true}`)
		f.pass(time.Second)
		f.want("enabled again", f.seen(), "b c")
	})
}
