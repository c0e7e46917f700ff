package eventbridge

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
	"pgregory.net/rapid"
)

var errBusy = &wire.Error{Code: "RequestThrottled", Message: "Rate exceeded", Status: 403}

func withDLQ(id string, policy *RetryPolicy) Target {
	return Target{Id: id, Arn: queueARN("q"), RetryPolicy: policy, DeadLetterConfig: &DeadLetterConfig{Arn: wire.Some(queueARN("dlq"))}}
}

func TestRetry_185_times_then_to_the_dead_letter_queue_R1_5(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "all", `{"source":["s"]}`)
		f.target("", "all", withDLQ("1", nil))
		f.failing("q", errBusy)
		start := time.Now()
		f.put("", `{"a":1}`)
		f.pass(25 * time.Hour)
		if n := len(f.hops(event.KindRetry)); n != 185 {
			t.Errorf("%d retries", n)
		}
		if len(f.queue.got) != 1 || f.queue.got[0].To != "queue:dlq" {
			t.Fatalf("deliveries %+v", f.queue.got)
		}
		if took := f.queue.at[0].Sub(start); took < 18*time.Hour || took > 24*time.Hour {
			t.Errorf("gave up after %v", took)
		}
		dead := f.queue.got[0].Event
		want := map[string]string{
			"RULE_ARN": "arn:aws:events:us-east-1:111111111111:rule/all", "TARGET_ARN": queueARN("q"), "ERROR_CODE": "THROTTLING",
			"ERROR_MESSAGE": "Rate exceeded", "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts", "RETRY_ATTEMPTS": "185",
		}
		if !maps.Equal(dead.Attributes, want) {
			t.Errorf("attributes %v", dead.Attributes)
		}
		drops := f.hops(event.KindDrop)
		if got := reasons(drops); got != "rule:default/all -> queue:q: deadlettered MaximumRetryAttempts" || drops[0].Attempt != 186 {
			t.Errorf("%s, attempt %d", got, drops[0].Attempt)
		}
		chain := f.queue.got[0].Lineage
		if chain.Cause != drops[0].Seq || chain.CorrelationID != "flow-1" {
			t.Errorf("lineage of the dead letter: %+v", chain)
		}
	})
}

func TestRetry_ends_at_the_maximum_age(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "all", `{"source":["s"]}`)
		f.target("", "all", withDLQ("1", &RetryPolicy{MaximumEventAgeInSeconds: wire.Some[int32](60)}))
		f.failing("q", errors.New("connection refused"))
		start := time.Now()
		f.put("", `{"a":1}`)
		f.pass(time.Hour)
		if len(f.queue.got) != 1 || f.queue.at[0].Sub(start) != time.Minute {
			t.Fatalf("deliveries %+v at %v", f.queue.got, f.queue.at)
		}
		a := f.queue.got[0].Event.Attributes
		if a["EXHAUSTED_RETRY_CONDITION"] != "MaximumEventAgeInSeconds" || a["ERROR_CODE"] != "ERROR_FROM_TARGET" {
			t.Errorf("attributes %v", a)
		}
	})
}

func TestRetry_stops_when_the_target_takes_the_event(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "all", `{"source":["s"]}`)
		f.target("", "all", withDLQ("1", nil))
		f.failing("q", errBusy)
		f.put("", `{"a":1}`)
		f.pass(10 * time.Second)
		f.failing("q", nil)
		f.pass(25 * time.Hour)
		if len(f.queue.got) != 1 || f.queue.got[0].To != "queue:q" || f.queue.got[0].Attempt < 2 {
			t.Errorf("deliveries %+v", f.queue.got)
		}
	})
}

func TestRetry_is_not_tried_where_it_cannot_help(t *testing.T) {
	for _, c := range []struct {
		reason, target, code string
		err                  error
	}{
		{"the queue does not exist", queueARN("q"), "NO_RESOURCE", &wire.Error{Code: "QueueDoesNotExist", Message: "The specified queue does not exist."}},
		{"the message is refused", queueARN("q"), "INVALID_PARAMETER", &wire.Error{Code: "InvalidParameterValue", Message: "too long"}},
		{"no service of the pipeline takes it", "arn:aws:states:us-east-1:111111111111:stateMachine:x", "NO_RESOURCE", nil},
		{"the other bus does not exist", busARN(account, "gone"), "NO_RESOURCE", nil},
	} {
		bubble(t, func(t *testing.T, f *fixture) {
			f.rule("", "all", `{"source":["s"]}`)
			f.target("", "all", Target{Id: "1", Arn: c.target, DeadLetterConfig: &DeadLetterConfig{Arn: wire.Some(queueARN("dlq"))}})
			f.failing("q", c.err)
			f.put("", `{"a":1}`)
			if n := len(f.hops(event.KindRetry)); n != 0 {
				t.Errorf("%s: %d retries", c.reason, n)
			}
			if len(f.queue.got) != 1 || f.queue.got[0].Event.Attributes["ERROR_CODE"] != c.code {
				t.Fatalf("%s: deliveries %+v", c.reason, f.queue.got)
			}
			if _, there := f.queue.got[0].Event.Attributes["EXHAUSTED_RETRY_CONDITION"]; there {
				t.Errorf("%s: attributes %v", c.reason, f.queue.got[0].Event.Attributes)
			}
		})
	}
}

func TestDelivery_that_fails_without_dead_letter_queue_is_recorded_as_lost_R1_6(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "all", `{"source":["s"]}`)
		f.target("", "all",
			Target{Id: "1", Arn: queueARN("q"), RetryPolicy: &RetryPolicy{MaximumRetryAttempts: wire.Some[int32](0)}},
			withDLQ("2", &RetryPolicy{MaximumRetryAttempts: wire.Some[int32](1)}))
		f.failing("q", errBusy)
		f.failing("dlq", &wire.Error{Code: "QueueDoesNotExist", Message: "gone"})
		f.put("", `{"a":1}`)
		f.pass(time.Minute)
		want := "rule:default/all -> queue:q: lost MaximumRetryAttempts\n" +
			"rule:default/all -> queue:q: deadlettered MaximumRetryAttempts\n" +
			"rule:default/all -> queue:dlq: lost DeadLetterQueueFailed"
		if got := reasons(f.hops(event.KindDrop)); got != want {
			t.Errorf("got\n%s", got)
		}
	})
}

func TestBackoff_stays_within_its_bounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		retries := rapid.IntRange(0, 200).Draw(t, "retries")
		pause := backoff(retries, rapid.Float64Range(0, 0.999999).Draw(t, "random"))
		if pause < firstPause/2 || pause > longestPause*3/2 {
			t.Fatalf("after %d retries: %v", retries, pause)
		}
	})
}
