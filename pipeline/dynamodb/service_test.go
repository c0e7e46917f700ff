package dynamodb

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// tester is what a *testing.T, a *testing.B and a *rapid.T have in common.
type tester interface {
	Helper()
	Cleanup(func())
	Errorf(string, ...any)
	Fatalf(string, ...any)
	Fatal(...any)
}

// fixture is a service on an engine of its own, called through the generated tables as the server does.
type fixture struct {
	t       tester
	clock   *engine.ManualClock
	engine  *engine.Engine
	scope   *engine.Scope
	service *Service
	tables  wire.Service[*engine.Call]
	streams wire.Service[*engine.Call]
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newFixture(t tester, interceptors ...engine.Interceptor) *fixture {
	f := &fixture{t: t, clock: engine.NewManualClock(start)}
	f.engine = engine.New(engine.Options{Clock: f.clock, Seed: 7, Interceptors: interceptors})
	f.scope = f.engine.Scope("111122223333", "eu-west-1")
	f.service = f.scope.Once(func() any { return New(f.scope, Options{}) }).(*Service)
	f.tables, f.streams = Operations(f.service), StreamsOperations(f.service)
	t.Cleanup(f.engine.Close)
	return f
}

// call returns the answer to a request, or its error.
func (f *fixture) call(operation, body string) (string, error) {
	f.t.Helper()
	op, ok := f.tables.Operations[operation]
	if !ok {
		op, ok = f.streams.Operations[operation]
	}
	if !ok {
		f.t.Fatalf("no operation %s", operation)
	}
	c := &engine.Call{Context: context.Background(), Scope: f.scope, Client: "test", Service: "dynamodb", Operation: operation, CorrelationID: "c-1"}
	out, err := f.engine.Do(c, func() ([]byte, error) { return op.Serve(c, &wire.Request{Body: []byte(body)}, nil) })
	return string(out), err
}

// do is call for requests that must succeed.
func (f *fixture) do(operation, body string) string {
	f.t.Helper()
	out, err := f.call(operation, body)
	if err != nil {
		f.t.Fatalf("%s %s: %v", operation, body, err)
	}
	return out
}

// refuse is call for requests that must fail with that code and text.
func (f *fixture) refuse(operation, body, want string) *wire.Error {
	f.t.Helper()
	out, err := f.call(operation, body)
	e, ok := errors.AsType[*wire.Error](err)
	if !ok {
		f.t.Fatalf("%s %s: got %s, %v; want %s", operation, body, out, err, want)
	}
	if e.Error() != want {
		f.t.Errorf("%s %s:\n got %s\nwant %s", operation, body, e, want)
	}
	return e
}

// get returns the part of an answer at a path of names.
func get(t tester, answer string, path ...string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("no %v in %s", path, answer)
		}
		v = m[name]
	}
	return v
}

// text is get as JSON.
func text(t tester, answer string, path ...string) string {
	t.Helper()
	return jsonOf(t, get(t, answer, path...))
}

func jsonOf(t tester, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const (
	hashTable = `{"TableName":"hash","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}`
	sortTable = `{"TableName":"sort","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"},
		{"AttributeName":"g","AttributeType":"S"},{"AttributeName":"l","AttributeType":"S"}],
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"BillingMode":"PAY_PER_REQUEST",
		"GlobalSecondaryIndexes":[{"IndexName":"byG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],
		"LocalSecondaryIndexes":[{"IndexName":"byL","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"l","KeyType":"RANGE"}],
			"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["a"]}}],
		"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}`
)

func TestService_writes_and_reads_and_streams_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	f.do("PutItem", `{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"v":{"S":"x"}},"ConditionExpression":"attribute_not_exists(pk)"}`)
	f.do("UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET v = :v","ExpressionAttributeValues":{":v":{"S":"y"}}}`)
	f.do("PutItem", `{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"v":{"S":"y"}}}`)
	if got := text(t, f.do("GetItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}`), "Item"); got != `{"pk":{"S":"a"},"sk":{"N":"1"},"v":{"S":"y"}}` {
		t.Errorf("GetItem: %s", got)
	}
	out := f.do("Query", `{"TableName":"sort","KeyConditionExpression":"pk = :p AND sk >= :s","ExpressionAttributeValues":{":p":{"S":"a"},":s":{"N":"1"}}}`)
	if got := get(t, out, "Count"); got != 1.0 {
		t.Errorf("Query: %s", out)
	}
	f.do("DeleteItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}`)

	arn := get(t, f.do("DescribeTable", `{"TableName":"sort"}`), "Table", "LatestStreamArn").(string)
	r, err := f.service.OpenStream(arn, "TRIM_HORIZON", func() {})
	if err != nil {
		t.Fatal(err)
	}
	records, _, err := r.Read(10)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, rec := range records {
		kinds = append(kinds, rec.Event.Type)
	}
	if got, _ := json.Marshal(kinds); string(got) != `["INSERT","MODIFY","REMOVE"]` {
		t.Fatalf("records %s: the put that changes nothing must leave none", got)
	}
	want := `{"awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1772366400,"Keys":{"pk":{"S":"a"},"sk":{"N":"1"}},` +
		`"NewImage":{"pk":{"S":"a"},"sk":{"N":"1"},"v":{"S":"y"}},"OldImage":{"pk":{"S":"a"},"sk":{"N":"1"},"v":{"S":"x"}},` +
		`"SequenceNumber":"100000000000000000002","SizeBytes":25,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventID":"` + records[1].Event.ID + `",` +
		`"eventName":"MODIFY","eventSource":"aws:dynamodb","eventSourceARN":"` + arn + `","eventVersion":"1.1"}`
	if got := text(t, records[1].Event.Body); got != want {
		t.Errorf("record:\n got %s\nwant %s", got, want)
	}
	hops, _ := f.engine.Hops(0)
	var recorded []event.Hop
	for _, h := range hops {
		if h.Kind == event.KindRecord {
			recorded = append(recorded, h)
		}
	}
	if len(recorded) != 3 || recorded[0].From != "table:sort" || recorded[0].To != "stream:sort" || recorded[0].CorrelationID != "c-1" ||
		recorded[0].Cause == 0 || recorded[0].Fact != recorded[0].Seq || recorded[0].Event.Key != "a/1" {
		t.Errorf("hops %+v", recorded)
	}
}
