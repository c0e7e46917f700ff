package pipes

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// recorder implements the operations that the tests call; the rest of the API panics, as it is never reached.
type recorder struct {
	API
	list   *ListPipesInput
	create *CreatePipeInput
	untag  *UntagResourceInput
}

func (r *recorder) ListPipes(_ *engine.Call, in *ListPipesInput) (*ListPipesOutput, error) {
	r.list = in
	return &ListPipesOutput{Pipes: []Pipe{{Name: wire.Some("p"), CreationTime: wire.Some(time.UnixMilli(1782900000500))}}}, nil
}

func (r *recorder) CreatePipe(_ *engine.Call, in *CreatePipeInput) (*CreatePipeOutput, error) {
	r.create = in
	return &CreatePipeOutput{Name: wire.Some(in.Name)}, nil
}

func (r *recorder) UntagResource(_ *engine.Call, in *UntagResourceInput) (*UntagResourceOutput, error) {
	r.untag = in
	return &UntagResourceOutput{}, nil
}

func serve(t *testing.T, api API, method, path, query, body string) (string, error) {
	t.Helper()
	table := Operations(api)
	op, labels, err := table.Route(method, path)
	if err != nil {
		return "", err
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	out, err := op.Serve(nil, &wire.Request{Body: []byte(body), Labels: labels, Query: values}, nil)
	return string(out), err
}

func TestWire_takes_members_from_path_query_and_body(t *testing.T) {
	var r recorder
	out, err := serve(t, &r, "GET", "/v1/pipes", "NamePrefix=a&Limit=5", "")
	if err != nil || out != `{"Pipes":[{"Name":"p","CreationTime":1782900000.5}]}` {
		t.Errorf("got %s, %v", out, err)
	}
	if r.list.NamePrefix != wire.Some("a") || r.list.Limit != wire.Some[int32](5) || r.list.NextToken.OK {
		t.Errorf("got %+v", r.list)
	}

	const stream = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000"
	body := `{"RoleArn":"arn:aws:iam::000000000000:role/pipe","Source":"` + stream + `","Target":"arn:aws:events:us-east-1:000000000000:event-bus/crm",
	 "SourceParameters":{"DynamoDBStreamParameters":{"StartingPosition":"LATEST","BatchSize":10}},
	 "TargetParameters":{"EventBridgeEventBusParameters":{"DetailType":"$.dynamodb.NewImage.type.S","Source":"crm"}}}`
	if out, err := serve(t, &r, "POST", "/v1/pipes/contacts", "", body); err != nil || out != `{"Name":"contacts"}` {
		t.Errorf("got %s, %v", out, err)
	}
	if r.create.Name != "contacts" || r.create.TargetParameters.EventBridgeEventBusParameters.DetailType.V != "$.dynamodb.NewImage.type.S" {
		t.Errorf("got %+v", r.create)
	}

	if _, err := serve(t, &r, "DELETE", "/tags/arn%3Aaws%3Apipes%3Aus-east-1%3A000000000000%3Apipe%2Fp", "tagKeys=a&tagKeys=b", ""); err != nil {
		t.Error(err)
	}
	if r.untag.ResourceArn != "arn:aws:pipes:us-east-1:000000000000:pipe/p" || len(r.untag.TagKeys) != 2 {
		t.Errorf("got %+v", r.untag)
	}
}

func TestWire_refuses_bad_requests_before_the_service_sees_them(t *testing.T) {
	for _, c := range []struct{ method, path, query, body, code, message string }{
		{"GET", "/v1/pipes", "Limit=many", "", "SerializationException", "STRING_VALUE cannot be converted to Integer"},
		{
			"GET", "/v1/pipes", "Limit=0", "", "ValidationException",
			"1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
		},
		{
			"DELETE", "/v1/pipes/a%20b", "", "", "ValidationException",
			"1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
		},
		{
			"DELETE", "/tags/arn%3Aaws%3Apipes%3Aus-east-1%3A000000000000%3Apipe%2Fp", "", "", "ValidationException",
			"1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
		},
		{"POST", "/v1/pipes/p", "", "[1]", "SerializationException", "Start of list found where not expected"},
		{"POST", "/v1/pipes/p/restart", "", "", "UnknownOperationException", ""},
	} {
		var r recorder
		_, err := serve(t, &r, c.method, c.path, c.query, c.body)
		var e *wire.Error
		if !errors.As(err, &e) || e.Code != c.code || e.Message != c.message {
			t.Errorf("%s %s: got %v", c.method, c.path, err)
		}
		if r.list != nil || r.create != nil || r.untag != nil {
			t.Errorf("%s %s reached the service", c.method, c.path)
		}
	}
}

func TestWire_errors_carry_their_status(t *testing.T) {
	for _, c := range []struct {
		err  *wire.Error
		want int
	}{{ErrNotFoundException("x"), 404}, {ErrConflictException("x"), 409}, {ErrThrottlingException("x"), 429}, {ErrInternalException("x"), 500}} {
		if c.err.HTTPStatus() != c.want {
			t.Errorf("%v: status %d, want %d", c.err, c.err.HTTPStatus(), c.want)
		}
	}
}
