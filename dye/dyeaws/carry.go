package dyeaws

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/dyetrace/dyetrace/event"
)

const (
	attributeTraceparent = "traceparent"    // W3C Trace Context
	attributeAWSTrace    = "AWSTraceHeader" // AWS X-Ray; a system attribute of SQS
)

// Carrier says where events carry the correlation id of their flow ([event.WithCorrelation]) from producer to consumer, so that it
// survives on any endpoint, AWS's own included. The zero value uses the places that tracing has for it: the message attribute
// traceparent of SQS and SNS, and the trace header of EventBridge. Use the same value on both sides. Safe for concurrent use.
//
// An id in a trace header stands as [event.TraceFor] writes it: one of more than 12 bytes that is not itself a trace id cannot be
// read from it, and then its trace is passed on instead. In an attribute or at a path of the user's choosing the id stands as it is.
type Carrier struct {
	// Attribute is the message attribute of SQS and SNS that carries the id as it is. "" is traceparent, in its form.
	Attribute string
	// Path is where the body carries the id too, in terms of what a consumer receives: "detail.metadata.correlation_id". What is
	// below detail is put there in PutEvents, where the detail is a JSON object; any other path is only read, by Received. "" is none.
	Path string
}

// Carry returns a configuration whose clients send the correlation id along, as the zero Carrier does. See [Carrier.Carry].
func Carry(cfg aws.Config) aws.Config { return Carrier{}.Carry(cfg) }

// Received returns a context for the work on one received message, as the zero Carrier does. See [Carrier.Received].
func Received(ctx context.Context, message any) context.Context {
	return Carrier{}.Received(ctx, message)
}

// Carry returns a configuration whose clients send along the correlation id of each call's context: SQS SendMessage and
// SendMessageBatch and SNS Publish and PublishBatch as a message attribute, EventBridge PutEvents as TraceHeader and at the path.
// SQS ReceiveMessage asks for the attributes that Received reads. All other calls, and calls whose context has no id, stay as they are.
//
// The caller's input is not changed, and neither is anything that it has at the place already, so that one entry of a batch can
// carry an id of its own. A message that has ten attributes, the most that SQS takes, or a detail in which the path cannot be made
// is sent without the id; the client's Logger is told. The attribute counts towards the size of a message.
//
// Source: SQS Developer Guide, "Message attributes"; SNS Developer Guide, "Message attributes"; EventBridge API Reference,
// PutEventsRequestEntry.
func (c Carrier) Carry(cfg aws.Config) aws.Config {
	cfg.APIOptions = append(slices.Clip(cfg.APIOptions), func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("dyetrace.Carry", c.initialize), middleware.After)
	})
	return cfg
}

func (c Carrier) initialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	operation := awsmiddleware.GetServiceID(ctx) + ":" + awsmiddleware.GetOperationName(ctx)
	parameters, notes := c.carried(ctx, operation, in.Parameters)
	for _, note := range notes {
		middleware.GetLogger(ctx).Logf(logging.Warn, "dyeaws: %s without its correlation id: %s", operation, note)
	}
	in.Parameters = parameters
	return next.HandleInitialize(ctx, in)
}

// carried returns the input of an operation with the id in it, a copy if it differs, and why it could not be put somewhere.
func (c Carrier) carried(ctx context.Context, operation string, input any) (output any, notes []string) {
	s := stamp{Carrier: c, correlation: event.Correlation(ctx)}
	s.trace, s.traced = traceOf(ctx)
	switch operation {
	case "SQS:ReceiveMessage":
		return edit(input, s.ask), nil
	case "SQS:SendMessage", "SNS:Publish":
		return s.edit(input, "", s.message)
	case "SQS:SendMessageBatch":
		return s.edit(input, "Entries", s.message)
	case "SNS:PublishBatch":
		return s.edit(input, "PublishBatchRequestEntries", s.message)
	case "EventBridge:PutEvents":
		return s.edit(input, "Entries", s.entry)
	}
	return input, nil
}

type receivedKey struct{}

// received is the trace that came with a message, for as long as the context's correlation id is the one it had then.
type received struct {
	trace       event.Trace
	correlation string
}

// traceOf returns the trace that calls with this context are of.
func traceOf(ctx context.Context) (t event.Trace, ok bool) {
	correlation := event.Correlation(ctx)
	if r, ok := ctx.Value(receivedKey{}).(received); ok && r.correlation == correlation {
		return r.trace, true
	}
	return event.TraceFor(correlation), correlation != ""
}

// attributeName is the name of the message attribute.
func (c Carrier) attributeName() string { return cmp.Or(c.Attribute, attributeTraceparent) }

// lastOfPath is the name at which the id stands in the body.
func (c Carrier) lastOfPath() string {
	names := event.SplitPath(c.Path)
	return names[len(names)-1]
}

// inDetail is the way from the detail of an entry to where the id goes; nil if there is none.
func (c Carrier) inDetail() []string {
	if path := event.SplitPath(c.Path); len(path) > 1 && path[0] == "detail" {
		return path[1:]
	}
	return nil
}

func strange(what any) string { return fmt.Sprintf("%T has not the fields that are known", what) }
