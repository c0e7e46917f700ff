package dyeaws_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/dyetrace/dyetrace/dye/dyeaws"
	"github.com/dyetrace/dyetrace/event"
)

// The inputs of the SDK's services as far as Carry looks at them. Package internal/e2e has the real ones.
type (
	attribute struct {
		DataType, StringValue *string
		BinaryValue           []byte
		_                     struct{}
	}
	sendMessage struct {
		MessageBody       *string
		MessageAttributes map[string]attribute
	}
	sendMessageBatch struct{ Entries []sendMessage }
	publish          struct {
		Message, PhoneNumber *string
		MessageAttributes    map[string]attribute
	}
	publishBatch struct{ PublishBatchRequestEntries []publish }
	putEvent     struct{ Detail, TraceHeader *string }
	putEvents    struct{ Entries []putEvent }
	systemName   string
	receive      struct {
		MessageAttributeNames       []string
		AttributeNames              []systemName
		MessageSystemAttributeNames []systemName
	}
)

const flowID = "dye-a6f76d9e"

var (
	traceparent = event.TraceFor(flowID).Traceparent()
	traceHeader = event.TraceFor(flowID).AWSTraceHeader()
)

// call is what a client does with a configuration, up to where the input is written. It returns what would be written, and the log.
func call(t *testing.T, ctx context.Context, cfg aws.Config, operation string, input any) (sent any, log string) {
	t.Helper()
	stack := middleware.NewStack(operation, func() any { return nil })
	for _, option := range cfg.APIOptions {
		if err := option(stack); err != nil {
			t.Fatal(err)
		}
	}
	service, name, _ := strings.Cut(operation, ":")
	var b strings.Builder
	ctx = middleware.SetLogger(ctx, logging.LoggerFunc(func(c logging.Classification, format string, v ...any) {
		fmt.Fprintf(&b, string(c)+" "+format+"\n", v...)
	}))
	ctx = awsmiddleware.SetOperationName(awsmiddleware.SetServiceID(ctx, service), name)
	_, _, err := stack.Initialize.HandleMiddleware(ctx, input, middleware.HandlerFunc(func(_ context.Context, in any) (any, middleware.Metadata, error) {
		sent = in
		return nil, middleware.Metadata{}, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return sent, b.String()
}

func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func texts(n int) map[string]attribute {
	m := map[string]attribute{}
	for i := range n {
		m[fmt.Sprint("a", i)] = attribute{DataType: aws.String("String"), StringValue: aws.String("v")}
	}
	return m
}

func with(m map[string]attribute, name, value string) map[string]attribute {
	m = maps.Clone(m)
	if m == nil {
		m = map[string]attribute{}
	}
	m[name] = attribute{DataType: aws.String("String"), StringValue: aws.String(value)}
	return m
}

func detail(text string) putEvent { return putEvent{Detail: aws.String(text)} }

func traced(text string) putEvent {
	return putEvent{Detail: aws.String(text), TraceHeader: aws.String(traceHeader)}
}

func TestCarry_puts_the_id_into_what_is_sent_R2_8(t *testing.T) {
	body := aws.String("b")
	named := dyeaws.Carrier{Attribute: "correlation_id", Path: "detail.metadata.correlation_id"}
	for _, c := range []struct {
		reason, operation string
		carrier           dyeaws.Carrier
		input, want       any
		log               string
	}{
		{"a message without attributes", "SQS:SendMessage", dyeaws.Carrier{}, &sendMessage{MessageBody: body},
			&sendMessage{body, with(nil, "traceparent", traceparent)}, ""},
		{"the nine that are there stay", "SQS:SendMessage", dyeaws.Carrier{}, &sendMessage{body, texts(9)},
			&sendMessage{body, with(texts(9), "traceparent", traceparent)}, ""},
		{"an eleventh is not taken", "SQS:SendMessage", dyeaws.Carrier{}, &sendMessage{body, texts(10)}, &sendMessage{body, texts(10)},
			"WARN dyeaws: SQS:SendMessage without its correlation id: the message has 10 attributes already, and may have 10\n"},
		{"ten, one of which it is", "SQS:SendMessage", dyeaws.Carrier{}, &sendMessage{body, with(texts(9), "traceparent", "mine")},
			&sendMessage{body, with(texts(9), "traceparent", "mine")}, ""},
		{"a name of the user's", "SQS:SendMessage", named, &sendMessage{MessageBody: body}, &sendMessage{body, with(nil, "correlation_id", flowID)}, ""},
		{"each of a batch, but not the one that has its own", "SQS:SendMessageBatch", dyeaws.Carrier{},
			&sendMessageBatch{[]sendMessage{{body, nil}, {body, with(nil, "traceparent", "mine")}}},
			&sendMessageBatch{[]sendMessage{{body, with(nil, "traceparent", traceparent)}, {body, with(nil, "traceparent", "mine")}}}, ""},
		{"an empty batch is the service's to refuse", "SQS:SendMessageBatch", dyeaws.Carrier{}, &sendMessageBatch{}, &sendMessageBatch{}, ""},
		{"a topic", "SNS:Publish", dyeaws.Carrier{}, &publish{Message: body}, &publish{body, nil, with(nil, "traceparent", traceparent)}, ""},
		{"a telephone", "SNS:Publish", dyeaws.Carrier{}, &publish{Message: body, PhoneNumber: body}, &publish{Message: body, PhoneNumber: body}, ""},
		{"a batch for a topic", "SNS:PublishBatch", dyeaws.Carrier{}, &publishBatch{[]publish{{Message: body}}},
			&publishBatch{[]publish{{body, nil, with(nil, "traceparent", traceparent)}}}, ""},
		{"events", "EventBridge:PutEvents", dyeaws.Carrier{}, &putEvents{[]putEvent{detail(`{"a":1}`), {TraceHeader: body}}},
			&putEvents{[]putEvent{traced(`{"a":1}`), {TraceHeader: body}}}, ""},
		{"a path of the detail", "EventBridge:PutEvents", named,
			&putEvents{[]putEvent{detail(`{"b":1.50, "a":"<"}`), detail(`{"metadata":{"v":2}}`), detail(`{"metadata":{"correlation_id":""}}`), detail(`{}`)}},
			&putEvents{[]putEvent{traced(`{"metadata":{"correlation_id":"` + flowID + `"},"b":1.50, "a":"<"}`), traced(`{"metadata":{"correlation_id":"` + flowID + `","v":2}}`),
				traced(`{"metadata":{"correlation_id":""}}`), traced(`{"metadata":{"correlation_id":"` + flowID + `"}}`)}}, ""},
		{"details that have no such path", "EventBridge:PutEvents", named, &putEvents{[]putEvent{detail(`[1]`), detail(`{"metadata":3}`), detail(`{`)}},
			&putEvents{[]putEvent{traced(`[1]`), traced(`{"metadata":3}`), traced(`{`)}},
			"WARN dyeaws: EventBridge:PutEvents without its correlation id: nothing can be put at detail.metadata.correlation_id: it is no JSON object\n" +
				"WARN dyeaws: EventBridge:PutEvents without its correlation id: nothing can be put at detail.metadata.correlation_id: metadata: it is no JSON object\n" +
				"WARN dyeaws: EventBridge:PutEvents without its correlation id: nothing can be put at detail.metadata.correlation_id: it is no JSON object\n"},
		{"a path of another part is read only", "EventBridge:PutEvents", dyeaws.Carrier{Path: "id"}, &putEvents{[]putEvent{detail(`{}`)}}, &putEvents{[]putEvent{traced(`{}`)}}, ""},
		{"another operation", "Scheduler:CreateSchedule", dyeaws.Carrier{}, &sendMessage{MessageBody: body}, &sendMessage{MessageBody: body}, ""},
		{"an input of a form that this module does not know", "SQS:SendMessage", dyeaws.Carrier{}, &putEvent{Detail: body}, &putEvent{Detail: body},
			"WARN dyeaws: SQS:SendMessage without its correlation id: dyeaws_test.putEvent has not the fields that are known\n"},
		{"no input", "SQS:SendMessage", dyeaws.Carrier{}, (*sendMessage)(nil), (*sendMessage)(nil), ""},
		{"a receive asks for them", "SQS:ReceiveMessage", named, &receive{MessageAttributeNames: []string{"a"}},
			&receive{MessageAttributeNames: []string{"a", "correlation_id"}, MessageSystemAttributeNames: []systemName{"AWSTraceHeader"}}, ""},
		{"a receive that asks for all", "SQS:ReceiveMessage", dyeaws.Carrier{}, &receive{[]string{"All"}, []systemName{"SenderId"}, nil},
			&receive{[]string{"All"}, []systemName{"SenderId", "AWSTraceHeader"}, nil}, ""},
		{"a receive that asks for a prefix", "SQS:ReceiveMessage", dyeaws.Carrier{}, &receive{[]string{"trace.*"}, nil, []systemName{"All"}},
			&receive{[]string{"trace.*"}, nil, []systemName{"All"}}, ""},
	} {
		t.Run(c.reason, func(t *testing.T) {
			cfg := c.carrier.Carry(aws.Config{})
			before := show(c.input)
			sent, log := call(t, event.WithCorrelation(t.Context(), flowID), cfg, c.operation, c.input)
			if show(sent) != show(c.want) || log != c.log {
				t.Errorf("sent %s\nwant %s\nlog %q\nwant %q", show(sent), show(c.want), log, c.log)
			}
			if after := show(c.input); after != before {
				t.Errorf("the caller's input was %s and is %s", before, after)
			}
			again, _ := call(t, event.WithCorrelation(t.Context(), "dye-00000000"), dyeaws.Carry(cfg), c.operation, sent)
			if c.carrier == (dyeaws.Carrier{}) && show(again) != show(sent) {
				t.Errorf("what was carried is overwritten: %s, it was %s", show(again), show(sent))
			}
		})
	}
}

func TestCarry_has_nothing_to_say_without_an_id_R2_8(t *testing.T) {
	for operation, input := range map[string]any{
		"SQS:SendMessage": &sendMessage{}, "SNS:PublishBatch": &publishBatch{[]publish{{}}}, "EventBridge:PutEvents": &putEvents{[]putEvent{{}}},
	} {
		if sent, log := call(t, t.Context(), dyeaws.Carry(aws.Config{}), operation, input); sent != input || log != "" {
			t.Errorf("%s: %s is sent, and logged %q", operation, show(sent), log)
		}
	}
}

func TestCarry_leaves_the_configuration_alone(t *testing.T) {
	options := make([]func(*middleware.Stack) error, 0, 4)
	cfg := aws.Config{APIOptions: options}
	first, second := dyeaws.Carry(cfg), dyeaws.Carrier{Attribute: "id"}.Carry(cfg)
	if len(cfg.APIOptions) != 0 || len(first.APIOptions) != 1 || reflect.ValueOf(first.APIOptions[0]).Pointer() == 0 {
		t.Errorf("%d options, then %d", len(cfg.APIOptions), len(first.APIOptions))
	}
	sent, _ := call(t, event.WithCorrelation(t.Context(), flowID), first, "SQS:SendMessage", &sendMessage{})
	if got := sent.(*sendMessage).MessageAttributes; len(got) != 1 || got["traceparent"].StringValue == nil {
		t.Errorf("the second configuration (%d options) is in the first: %s", len(second.APIOptions), show(sent))
	}
}

func TestReceived_finds_the_id_R2_8(t *testing.T) {
	type message struct {
		Body              *string
		Attributes        map[string]string
		MessageAttributes map[string]attribute
	}
	type record struct { // of a Lambda function's event
		Body              string `json:"body"`
		MessageAttributes map[string]*attribute
	}
	named := dyeaws.Carrier{Attribute: "correlation_id", Path: "detail.metadata.correlation_id"}
	path := dyeaws.Carrier{Path: "detail.metadata.correlation_id"}
	const foreign = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	a := with(nil, "traceparent", traceparent)["traceparent"]
	for _, c := range []struct {
		reason  string
		carrier dyeaws.Carrier
		message any
		want    string
	}{
		{"the attribute", dyeaws.Carrier{}, message{MessageAttributes: with(nil, "traceparent", traceparent)}, flowID},
		{"of a message that is pointed to", dyeaws.Carrier{}, &message{MessageAttributes: with(nil, "traceparent", traceparent)}, flowID},
		{"in a Lambda function", dyeaws.Carrier{}, record{MessageAttributes: map[string]*attribute{"traceparent": &a}}, flowID},
		{"a name of the user's", named, message{MessageAttributes: with(nil, "correlation_id", "order-4711-of-2026")}, "order-4711-of-2026"},
		{"the system attribute", dyeaws.Carrier{}, message{Attributes: map[string]string{"AWSTraceHeader": traceHeader}}, flowID},
		{"attributes alone", dyeaws.Carrier{}, map[string]string{"traceparent": traceparent}, flowID},
		{"a path of the body", path, message{Body: aws.String(`{"detail-type":"T","detail":{"metadata":{"correlation_id":"c"}}}`)}, "c"},
		{"the body alone", path, []byte(`{"detail-type":"T","detail":{"metadata":{"correlation_id":"c"}}}`), "c"},
		{"a path of a message in a notification", path,
			`{"Type":"Notification","TopicArn":"t","Message":"{\"detail-type\":\"T\",\"detail\":{\"metadata\":{\"correlation_id\":\"c\"}}}"}`, "c"},
		{"an attribute of a notification", dyeaws.Carrier{},
			record{Body: `{"Type":"Notification","TopicArn":"t","Message":"","MessageAttributes":{"traceparent":{"Type":"String","Value":"` + traceparent + `"}}}`}, flowID},
		{"the attribute before all else", named, message{aws.String(`{"detail":{"metadata":{"correlation_id":"c"}},"detail-type":"T"}`),
			map[string]string{"AWSTraceHeader": traceHeader}, with(nil, "correlation_id", "first")}, "first"},
		{"somebody else's trace, and ours behind it", dyeaws.Carrier{}, message{nil, map[string]string{"AWSTraceHeader": traceHeader}, with(nil, "traceparent", foreign)}, flowID},
		{"somebody else's trace is no id", dyeaws.Carrier{}, message{MessageAttributes: with(nil, "traceparent", foreign)}, "before"},
		{"a number at the path", path, `{"detail":{"metadata":{"correlation_id":7}}}`, "before"},
		{"no message", dyeaws.Carrier{}, nil, "before"},
		{"a message of nobody", dyeaws.Carrier{}, (*message)(nil), "before"},
		{"a message of another kind", path, 7, "before"},
		{"attributes of another kind", dyeaws.Carrier{}, map[string]int{"traceparent": 1}, "before"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			ctx := c.carrier.Received(event.WithCorrelation(t.Context(), "before"), c.message)
			if got := event.Correlation(ctx); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestReceived_keeps_the_cause_of_its_own_flow_only_R2_8(t *testing.T) {
	m := map[string]string{"traceparent": traceparent}
	for _, c := range []struct {
		reason, before string
		want           uint64
	}{
		{"a function that was invoked with this message", flowID, 7},
		{"work that another flow led to", "dye-00000000", 0},
	} {
		ctx := dyeaws.Received(event.WithCause(event.WithCorrelation(t.Context(), c.before), 7), m)
		if got := event.Cause(ctx); got != c.want || event.Correlation(ctx) != flowID {
			t.Errorf("%s: caused by hop %d in %q, want %d", c.reason, got, event.Correlation(ctx), c.want)
		}
	}
}

// A trace that somebody else made says nothing about dyetrace's flows, but what follows is of that trace.
func TestReceived_passes_on_traces_of_others_R2_8(t *testing.T) {
	const foreign = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	ctx := dyeaws.Received(t.Context(), map[string]string{"traceparent": foreign})
	sent, _ := call(t, ctx, dyeaws.Carry(aws.Config{}), "SQS:SendMessage", &sendMessage{})
	if got := *sent.(*sendMessage).MessageAttributes["traceparent"].StringValue; got != foreign {
		t.Errorf("%s, want %s", got, foreign)
	}
	if event.Correlation(ctx) != "" {
		t.Errorf("correlation id %q", event.Correlation(ctx))
	}
	other := event.WithCorrelation(ctx, flowID)
	sent, _ = call(t, other, dyeaws.Carry(aws.Config{}), "SQS:SendMessage", &sendMessage{})
	if got := *sent.(*sendMessage).MessageAttributes["traceparent"].StringValue; got != traceparent {
		t.Errorf("a flow of its own is sent as %s", got)
	}
	sent, _ = call(t, ctx, dyeaws.Carrier{Attribute: "correlation_id"}.Carry(aws.Config{}), "SQS:SendMessage", &sendMessage{})
	if got := slices.Collect(maps.Keys(sent.(*sendMessage).MessageAttributes)); len(got) != 0 {
		t.Errorf("attributes %v, and nothing is known", got)
	}
}

// Whatever the detail is: it stays valid if it was, and differs in nothing but the member at the path.
func FuzzCarry_detail(f *testing.F) {
	for _, seed := range []string{`{}`, ` { "a" : 1 , "metadata" : { } } `, `{"metadata":{"correlation_id":"x"}}`, `{"metadata":null}`, `{"metadata":{"v":[1e400]}}`, `{"metadata":{},"metadata":{"b":0}}`, `[]`, ``} {
		f.Add(seed)
	}
	cfg := dyeaws.Carrier{Path: "detail.metadata.correlation_id"}.Carry(aws.Config{})
	f.Fuzz(func(t *testing.T, text string) {
		sent, log := call(t, event.WithCorrelation(t.Context(), flowID), cfg, "EventBridge:PutEvents", &putEvents{[]putEvent{detail(text)}})
		got := *sent.(*putEvents).Entries[0].Detail
		if got == text {
			return
		}
		if log != "" || len(got) <= len(text) || !json.Valid([]byte(got)) || !json.Valid([]byte(text)) {
			t.Fatalf("%q was made %q, and logged %q", text, got, log)
		}
		document, err := event.Decode(got)
		if v, _ := event.Lookup(document.Root, "metadata.correlation_id"); err != nil || v != flowID {
			t.Errorf("%q has %v at the path, %v", got, v, err)
		}
		from := 0
		for from < len(text) && text[from] == got[from] {
			from++
		}
		if rest := text[from:]; !strings.HasSuffix(got, rest) {
			t.Errorf("%q was made %q: more than one place differs", text, got)
		}
	})
}
