package dyeaws

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// Received returns a context for the work on one received message: calls made with it are of the message's flow, also while the
// consumer holds messages of other flows. A client that has [Carrier.Carry] then sends the id on.
//
// The message is one of the SDK's SQS client or of a Lambda function's SQS event, or what has such fields: Body, MessageAttributes
// with a StringValue, and Attributes as texts. It may also be the attributes alone, as a map of texts, or the body alone, as a
// string: an event as EventBridge hands it to a function. The id is looked for in the carrier's message attribute, in the same of an
// SNS notification in the body, at the path in the body, and in the system attribute AWSTraceHeader, in this order. A message
// without any gives ctx; so does a trace that was made by somebody else, but that trace is passed on.
func (c Carrier) Received(ctx context.Context, message any) context.Context {
	r := reading{Carrier: c}
	m := reflect.ValueOf(message)
	for m.Kind() == reflect.Pointer && !m.IsNil() {
		m = m.Elem()
	}
	switch m.Kind() {
	case reflect.Map:
		r.attributes(m)
	case reflect.String:
		r.body(m.String())
	case reflect.Slice:
		if m.Type().Elem().Kind() == reflect.Uint8 {
			r.body(string(m.Bytes()))
		}
	case reflect.Struct:
		r.message(m)
	}
	if r.correlation != "" {
		if event.Cause(ctx) != 0 && event.Correlation(ctx) != r.correlation { // what led to another flow did not lead to this one
			ctx = event.WithCause(ctx, 0)
		}
		ctx = event.WithCorrelation(ctx, r.correlation)
	}
	if r.traced {
		ctx = context.WithValue(ctx, receivedKey{}, received{r.trace, event.Correlation(ctx)})
	}
	return ctx
}

// reading is what is found in a message. What is found first stays.
type reading struct {
	Carrier
	correlation string
	trace       event.Trace
	traced      bool
}

// found takes down what stands where the carrier puts the id: as it is, or as a trace if name is that of a trace.
func (r *reading) found(name, value string) {
	if name != attributeTraceparent && name != attributeAWSTrace {
		if r.correlation == "" {
			r.correlation = value
		}
		return
	}
	trace, ok := event.ParseTrace(value)
	if !ok {
		return
	}
	if !r.traced {
		r.trace, r.traced = trace, true
	}
	if r.correlation == "" {
		r.correlation = trace.Correlation()
	}
}

func (r *reading) message(m reflect.Value) {
	name := r.attributeName()
	if all := field(m, "MessageAttributes"); all.IsValid() && all.Kind() == reflect.Map && all.Type().Key().Kind() == reflect.String {
		a := all.MapIndex(reflect.ValueOf(name).Convert(all.Type().Key()))
		if a.Kind() == reflect.Pointer {
			a = a.Elem()
		}
		if a.Kind() == reflect.Struct {
			r.found(name, text(a, "StringValue"))
		}
	}
	r.body(text(m, "Body"))
	if all := field(m, "Attributes"); all.IsValid() {
		r.attributes(all)
	}
}

func (r *reading) attributes(m reflect.Value) {
	texts, ok := m.Interface().(map[string]string)
	if !ok {
		return
	}
	name := r.attributeName()
	r.found(name, texts[name])
	r.found(attributeAWSTrace, texts[attributeAWSTrace])
}

// notification is what Received reads of the envelope in which SNS delivers to a queue, unless delivery is raw.
//
// Source: SNS Developer Guide, "Parsing Amazon SNS message formats": HTTP/HTTPS notification JSON format.
type notification struct {
	Type              string
	MessageAttributes map[string]struct{ Value string }
}

func (r *reading) body(body string) {
	if strings.Contains(body, `"Notification"`) {
		var n notification
		if err := json.Unmarshal([]byte(body), &n); err == nil && n.Type == "Notification" {
			name := r.attributeName()
			r.found(name, n.MessageAttributes[name].Value)
		}
	}
	if r.Path == "" {
		return
	}
	document, err := event.Decode(body)
	if err != nil {
		return
	}
	if v, _ := event.Lookup(document.Root, r.Path); v != nil {
		value, _ := v.(string)
		r.found(r.lastOfPath(), value)
	}
}
