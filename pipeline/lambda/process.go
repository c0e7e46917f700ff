package lambda

import (
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// process hands a batch to the function.
func (p *plan) process(b *feed.Batch, done func(feed.Result)) {
	bodies := make([]string, len(b.Records))
	for i, r := range b.Records {
		bodies[i] = p.body(r.Event.Body)
	}
	wrap := func(list []byte) []byte { return append(append([]byte(`{"Records":`), list...), '}') }
	p.options.Invoke(feed.Call{To: p.to, ARN: p.function, Bodies: bodies, Wrap: wrap}, b, func(answer []byte, err error) {
		r := feed.Result{Err: err}
		if err == nil && p.report {
			r = b.Outcome(answer)
		}
		p.tell(r)
		done(r)
	})
}

// body is a record as mappings bring it: the time of a change as a fraction, and with a batching window a message tells of a digest that
// is not there.
//
// Source: recorded against AWS by LocalStack, test_dynamodb_event_filter, test_sqs_event_source_mapping; without a window, for
// instance in test_failing_lambda_retries_after_visibility_timeout, the member is missing.
func (p *plan) body(record string) string {
	const at, after = `"ApproximateCreationDateTime":`, `,"eventSource":"aws:sqs","eventSourceARN":`
	switch {
	case !p.queue:
		if head, tail, found := strings.Cut(record, at); found {
			digits := len(tail) - len(strings.TrimLeft(tail, "0123456789"))
			return head + at + tail[:digits] + ".0" + tail[digits:]
		}
	case p.feed.Window > 0 && !strings.Contains(record, `"md5OfMessageAttributes":`):
		if i := strings.LastIndex(record, after); i >= 0 {
			return record[:i] + `,"md5OfMessageAttributes":null` + record[i:]
		}
	}
	return record
}

// tell keeps the result for LastProcessingResult.
func (p *plan) tell(r feed.Result) {
	text := "OK"
	if r.Err != nil {
		text = "PROBLEM: Function call failed"
	}
	p.options.Scope.Lock()
	defer p.options.Scope.Unlock()
	p.mapping.result = text
}

// word is the message about records that were given up.
//
// Source: recorded against AWS by LocalStack, test_dynamodb_event_source_mapping_with_on_failure_destination_config; that functionError
// is null where the function answers but reports failed items, test_dynamodb_report_batch_item_failure_scenarios.
func (p *plan) word(batchInfo []byte, up feed.GivenUp) string {
	scope := p.options.Scope
	hold := scope.Hold()
	defer hold.End()
	id := scope.UUID()
	hold.End()
	b := wire.AppendString([]byte(`{"requestContext":{"requestId":`), id)
	b = wire.AppendString(append(b, `,"functionArn":`...), p.function)
	b = wire.AppendString(append(b, `,"condition":`...), up.Condition)
	b = strconv.AppendInt(append(b, `,"approximateInvokeCount":`...), int64(up.Attempts), 10)
	b = append(b, '}')
	switch {
	case up.Err == nil:
	case feed.Answered(up.Err):
		b = append(b, `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":null}`...)
	default:
		b = append(b, `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"}`...)
	}
	b = wire.AppendString(append(b, `,"version":"1.0","timestamp":`...), scope.Engine.Now().Format("2006-01-02T15:04:05.000Z"))
	b = append(b, `,"DDBStreamBatchInfo":`...)
	b = append(b, batchInfo[:len(batchInfo)-1]...) // its members are completed
	b = wire.AppendString(append(b, `,"streamArn":`...), p.source)
	return string(append(b, "}}"...))
}
