package lambda

import (
	"strconv"

	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// process hands a batch to the function.
func (p *plan) process(b *feed.Batch, done func(feed.Result)) {
	bodies := make([]string, len(b.Records))
	for i, r := range b.Records {
		bodies[i] = r.Event.Body
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
// Source: recorded against AWS by LocalStack, test_dynamodb_event_source_mapping_with_on_failure_destination_config.
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
	if up.Err != nil {
		b = append(b, `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"}`...)
	}
	b = wire.AppendString(append(b, `,"version":"1.0","timestamp":`...), scope.Engine.Now().Format("2006-01-02T15:04:05.000Z"))
	b = append(b, `,"DDBStreamBatchInfo":`...)
	b = append(b, batchInfo[:len(batchInfo)-1]...) // its members are completed
	b = wire.AppendString(append(b, `,"streamArn":`...), p.source)
	return string(append(b, "}}"...))
}
