package lambda_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestStream_counts_retries_of_what_is_left_R1_4: LocalStack recorded five calls for MaximumRetryAttempts 3 where the first one got
// behind other records, ApproximateInvokeCount 4, and functionError null because the function did answer.
func TestStream_counts_retries_of_what_is_left_R1_4(t *testing.T) {
	for _, row := range []struct {
		why    string
		answer func(id string) (any, error)
		calls  []string
		count  int
		says   any
	}{
		{"the item is reported", func(id string) (any, error) { return report(id), nil }, []string{"a b c", "c", "c", "c", "c"}, 4, nil},
		{"an item that is not there is reported", func(string) (any, error) { return report("nobody"), nil }, []string{"a b c", "a b c", "a b c", "a b c"}, 4, nil},
		{"the function fails", func(string) (any, error) { return nil, errPoison }, []string{"a b c", "a b c", "a b c", "a b c"}, 4, "Unhandled"},
	} {
		bubble(t, func(f *fixture) {
			f.does(func(_ []string, ids map[string]string) (any, error) {
				if id := ids["c"]; id != "" {
					return row.answer(id)
				}
				return nil, nil
			})
			f.write("a", "b", "c")
			f.ofStream(`,"MaximumRetryAttempts":3,"FunctionResponseTypes":["ReportBatchItemFailures"],"DestinationConfig":{"OnFailure":{"Destination":"` + queueARN + `dead"}}`)
			f.pass(5 * time.Minute)
			f.want(row.why, f.seen(), row.calls...)
			word := f.word()
			if word.RequestContext.ApproximateInvokeCount != row.count || word.ResponseContext["functionError"] != row.says || len(word.ResponseContext) != 3 {
				f.Errorf("%s: %+v", row.why, word)
			}
		})
	}
}

// TestRecords_look_as_recorded_R1_4: with a batching window, LocalStack recorded an md5OfMessageAttributes of null for messages without
// attributes, and none without a window; the time of a change is a number with a fraction.
func TestRecords_look_as_recorded_R1_4(t *testing.T) {
	for _, row := range []struct {
		why, more, want string
		has             bool
	}{
		{"no window", "", "md5OfMessageAttributes", false},
		{"a window", `,"MaximumBatchingWindowInSeconds":1`, `"md5OfBody":"900150983cd24fb0d6963f7d28e17f72","md5OfMessageAttributes":null,"eventSource":"aws:sqs"`, true},
	} {
		bubble(t, func(f *fixture) {
			in := f.raw()
			f.mapped("POST", "", `{"EventSourceArn":"`+queueARN+`jobs","FunctionName":"raw"`+row.more+`}`)
			f.send("abc")
			f.pass(time.Minute)
			if got := <-in; strings.Contains(got, row.want) != row.has || !json.Valid([]byte(got)) {
				f.Errorf("%s: %s", row.why, got)
			}
		})
	}
	bubble(t, func(f *fixture) {
		in := f.raw()
		f.mapped("POST", "", `{"EventSourceArn":"`+f.stream+`","FunctionName":"raw","StartingPosition":"TRIM_HORIZON"}`)
		f.write("ApproximateCreationDateTime")
		f.pass(time.Minute)
		if got := <-in; !regexp.MustCompile(`"dynamodb":\{"ApproximateCreationDateTime":[0-9]+\.0,"`).MatchString(got) || !json.Valid([]byte(got)) {
			f.Errorf("%s", got)
		}
	})
}

// raw registers a function that hands on what it is called with.
func (f *fixture) raw() <-chan string {
	f.Helper()
	in := make(chan string, 10)
	if err := f.pipeline.Function("raw", func(_ context.Context, payload json.RawMessage) error {
		in <- string(payload)
		return nil
	}); err != nil {
		f.Fatal(err)
	}
	return in
}

// TestMapping_does_not_tell_an_empty_list_of_filters_R1_4: recorded by LocalStack, test_create_event_filter_criteria_validation.
func TestMapping_does_not_tell_an_empty_list_of_filters_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		for _, row := range []struct{ filters, want string }{{`{"Filters":[]}`, ""}, {`{"Filters":[{"Pattern":"{\"a\":[1]}"}]}`, `"FilterCriteria":{"Filters":[`}} {
			_, answer := f.try("POST", mappings, "", "lambda", `{"EventSourceArn":"`+f.stream+`","FunctionName":"worker","StartingPosition":"LATEST","FilterCriteria":`+row.filters+`}`)
			if strings.Contains(answer, "FilterCriteria") != (row.want != "") || !strings.Contains(answer, row.want) {
				f.Errorf("%s: %s", row.filters, answer)
			}
			var made mapping
			if err := json.Unmarshal([]byte(answer), &made); err != nil {
				f.Fatal(err)
			}
			f.mapped("DELETE", "/"+made.UUID, "")
		}
	})
}
