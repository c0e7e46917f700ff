package eventbridge

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The pauses between retries double from firstPause to longestPause, each drawn from half to one and a half of its
// length. AWS tells the number of retries and the time they take, not the pauses: these let 185 retries end after about
// 22 of the 24 hours.
const (
	firstPause   = time.Second
	longestPause = 450 * time.Second
)

// backoff returns the pause before the retry after so many; random is in [0, 1).
func backoff(retries int, random float64) time.Duration {
	pause := longestPause
	if retries < 9 {
		pause = min(firstPause<<retries, longestPause)
	}
	return time.Duration((0.5 + random) * float64(pause))
}

// expire gives the delivery up when the event reaches its maximum age.
func (o *outgoing) expire(d event.Delivery, f failure, end time.Time) {
	e := o.service.scope.Engine
	lineage := o.service.record(event.Hop{
		Kind: event.KindRetry, From: d.From, To: d.To, Outcome: event.Failed, Attempt: d.Attempt, Event: d.Event, Due: end,
		Reason: event.Because(f.code, f.message+"; the event reaches its maximum age before another retry"),
	}, d.Lineage)
	d.Lineage = lineage
	e.Schedule(&engine.Task{
		Due: end, Scope: o.service.scope, Channel: string(d.From), What: "end of retries to " + string(d.To), Place: d.To, Event: d.Event, Fact: d.Fact,
		Run: func() { o.giveUp(d, f, "MaximumEventAgeInSeconds") },
	})
}

// failure is an error of a delivery in EventBridge's terms.
type failure struct {
	code, message string
	retry         bool
}

// permanent are the errors that no retry mends, with the code that a dead-letter queue is told.
//
// Source: EventBridge User Guide, "Using dead-letter queues": missing permissions and resources are not retried.
var permanent = map[string]string{
	"QueueDoesNotExist":                       "NO_RESOURCE",
	"AWS.SimpleQueueService.NonExistentQueue": "NO_RESOURCE",
	"ResourceNotFoundException":               "NO_RESOURCE",
	"NotFound":                                "NO_RESOURCE",
	"AccessDenied":                            "NO_PERMISSIONS",
	"AccessDeniedException":                   "NO_PERMISSIONS",
	"MissingParameter":                        "INVALID_PARAMETER",
	"InvalidParameterValue":                   "INVALID_PARAMETER",
	"InvalidParameterCombination":             "INVALID_PARAMETER",
	"InvalidMessageContents":                  "INVALID_PARAMETER",
	"InvalidArgument":                         "INVALID_PARAMETER",
	"ValidationException":                     "INVALID_PARAMETER",
	"MalformedDetail":                         "INVALID_JSON",
	"INVALID_JSON":                            "INVALID_JSON",
	"OutboundRefused":                         "OutboundRefused",
	"THIRD_ACCOUNT_HOP_DETECTED":              "THIRD_ACCOUNT_HOP_DETECTED",
}

// throttled are the errors that EventBridge calls THROTTLING.
var throttled = map[string]bool{
	"RequestThrottled": true, "ThrottlingException": true, "Throttling": true, "OverLimit": true, "TooManyRequestsException": true,
}

func failureOf(err error) failure {
	if none, ok := errors.AsType[*engine.NoReceiverError](err); ok {
		return failure{code: "NO_RESOURCE", message: none.Error()}
	}
	if answer, ok := errors.AsType[*statusError](err); ok {
		return failure{code: "ERROR_FROM_TARGET", message: answer.Error(), retry: answer.retried()}
	}
	if f, ok := unreached(err); ok {
		return f
	}
	code := codeOf(err)
	message := err.Error()
	if w, ok := errors.AsType[*wire.Error](err); ok && w.Message != "" {
		message = w.Message
	}
	switch told, final := permanent[code]; {
	case final:
		return failure{code: told, message: message}
	case throttled[code]:
		return failure{code: "THROTTLING", message: message, retry: true}
	}
	return failure{code: "ERROR_FROM_TARGET", message: message, retry: true}
}

// unreached words an error of a request that no endpoint answered.
//
// Source: messages on dead-letter queues of rules with API destinations, recorded in public repositories.
func unreached(err error) (failure, bool) {
	const prefix = "Unable to invoke ApiDestination endpoint: "
	if errors.Is(err, context.DeadlineExceeded) {
		return failure{code: "UNKNOWN", message: prefix + "Timeout calling endpoint for API Destination: socket closed.", retry: true}, true
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failure{code: "SDK_CLIENT_ERROR", message: prefix + "API destination endpoint cannot be reached. (" + failed.Err.Error() + ")", retry: true}, true
	}
	return failure{}, false
}

// codeOf returns the code that EventBridge tells of an error: not the older one that SDKs report.
func codeOf(err error) string {
	if w, ok := errors.AsType[*wire.Error](err); ok {
		return w.Code
	}
	return engine.CodeOf(err)
}
