package wire

import (
	"errors"
	"strings"
	"testing"
)

func pipesLike() Service[int] {
	op := func(name, method, path string) Operation[int] {
		return Operation[int]{Name: name, Method: method, Path: path}
	}
	return Service[int]{
		Name: "pipes", Protocol: RESTJSON,
		Operations: map[string]Operation[int]{
			"CreatePipe":  op("CreatePipe", "POST", "/v1/pipes/{Name}"),
			"StartPipe":   op("StartPipe", "POST", "/v1/pipes/{Name}/start"),
			"ListPipes":   op("ListPipes", "GET", "/v1/pipes"),
			"TagResource": op("TagResource", "POST", "/tags/{resourceArn}"),
		},
		NotImplemented: map[string]struct{}{"AnyOther": {}},
	}
}

func TestService_Route_finds_operation_and_labels(t *testing.T) {
	s := pipesLike()
	for _, c := range []struct{ method, path, want, labels string }{
		{"POST", "/v1/pipes/a", "CreatePipe", "a"},
		{"POST", "/v1/pipes/a/start", "StartPipe", "a"},
		{"POST", "/v1/pipes/a%20b/start", "StartPipe", "a b"},
		{"GET", "/v1/pipes", "ListPipes", ""},
		{"GET", "/v1/pipes/", "ListPipes", ""},
		{"POST", "/tags/arn%3Aaws%3Apipes%3Ax%3A1%3Apipe%2Fp", "TagResource", "arn:aws:pipes:x:1:pipe/p"},
		{"POST", "/v1/pipes", "", ""},
		{"POST", "/v1/pipes/a/stop", "", ""},
		{"POST", "/v1/pipes/%zz", "", ""},
		{"DELETE", "/v1/pipes/a", "", ""},
		{"GET", "/", "", ""},
	} {
		op, labels, err := s.Route(c.method, c.path)
		if op.Name != c.want || strings.Join(labels, "|") != c.labels || (err == nil) != (c.want != "") {
			t.Errorf("%s %s: got %q %q %v", c.method, c.path, op.Name, labels, err)
		}
	}
}

func TestService_Operation_tells_missing_from_unknown(t *testing.T) {
	s := pipesLike()
	var e *Error
	if _, err := s.Operation("AnyOther"); !errors.As(err, &e) || e.Code != "NotImplemented" || e.Status != 501 || !strings.Contains(e.Message, "pipes:AnyOther") {
		t.Errorf("got %v", err)
	}
	if _, err := s.Operation("Nonsense"); !errors.As(err, &e) || e.Type() != "com.amazon.coral.service#UnknownOperationException" || e.HTTPStatus() != 400 {
		t.Errorf("got %v", err)
	}
	if op, err := s.Operation("ListPipes"); err != nil || op.Name != "ListPipes" {
		t.Errorf("got %v, %v", op, err)
	}
}

// The texts are those of DynamoDB, recorded in public conformance suites.
func TestMalformed_words_wrong_types_as_AWS_does(t *testing.T) {
	str := func(d *Decoder) error { _, err := d.String(); return err }
	integer := func(d *Decoder) error { _, err := d.Int32(); return err }
	long := func(d *Decoder) error { _, err := d.Int64(); return err }
	boolean := func(d *Decoder) error { _, err := d.Bool(); return err }
	list := func(d *Decoder) error { return d.Array(func(int) error { return d.Skip() }) }
	object := func(d *Decoder) error { return d.Object(func(string) error { return d.Skip() }) }
	for _, c := range []struct {
		decode func(*Decoder) error
		body   string
		want   string
	}{
		{str, `true`, "TRUE_VALUE cannot be converted to String"},
		{str, `23`, "NUMBER_VALUE cannot be converted to String"},
		{str, `34.56`, "DECIMAL_VALUE cannot be converted to String"},
		{str, `[]`, "Unrecognized collection type class java.lang.String"},
		{str, `{}`, "Start of structure or map found where not expected"},
		{integer, `"23"`, "STRING_VALUE cannot be converted to Integer"},
		{integer, `[]`, "Unrecognized collection type class java.lang.Integer"},
		{long, `false`, "FALSE_VALUE cannot be converted to Long"},
		{boolean, `"23"`, "Unexpected token received from parser"},
		{boolean, `23`, "NUMBER_VALUE cannot be converted to Boolean"},
		{list, `"23"`, "Unexpected field type"},
		{list, `{}`, "Start of structure or map found where not expected"},
		{object, `true`, "Unexpected field type"},
	} {
		err := DecodeBody([]byte(c.body), false, c.decode)
		var e *Error
		if !errors.As(err, &e) || e.Message != c.want || e.Type() != "com.amazon.coral.service#SerializationException" {
			t.Errorf("%s: got %v, want %s", c.body, err, c.want)
		}
	}
}

func TestDecodeBody_answers_bad_JSON_without_a_message(t *testing.T) {
	object := func(d *Decoder) error { return d.Object(func(string) error { return d.Skip() }) }
	for _, body := range []string{``, `{`, `{} x`, `{"a":1,"a":1}`, "{\"a\":\"\xff\"}"} {
		err := DecodeBody([]byte(body), false, object)
		var e *Error
		if !errors.As(err, &e) || string(e.AppendJSON(nil)) != `{"__type":"com.amazon.coral.service#SerializationException"}` {
			t.Errorf("%q: got %v", body, err)
		}
	}
	if err := DecodeBody(nil, true, object); err != nil {
		t.Errorf("an empty rest-json body: %v", err)
	}
}

func TestError_is_written_as_the_protocols_do(t *testing.T) {
	e := &Error{
		Code: "QueueDoesNotExist", Namespace: "com.amazonaws.sqs", Message: `no "q"`, QueryCode: "AWS.SimpleQueueService.NonExistentQueue", SenderFault: true,
		Members: func(dst []byte) []byte { return AppendInt(AppendName(dst, "n"), 1) },
	}
	if got, want := string(e.AppendJSON(nil)), `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no \"q\"","n":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := e.QueryError(); got != "AWS.SimpleQueueService.NonExistentQueue;Sender" {
		t.Errorf("got %s", got)
	}
	e.MessageName, e.Members = "Message", nil
	if got, want := string(e.AppendJSON(nil)), `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","Message":"no \"q\""}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want := `<ErrorResponse xmlns="ns"><Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>no &quot;q&quot;</Message><Detail/></Error><RequestId>r</RequestId></ErrorResponse>`
	if got := string(e.AppendXML(nil, "ns", "r")); got != want {
		t.Errorf("got %s", got)
	}
	e.QueryMessage = "no q for this version"
	if got := string(e.AppendXML(nil, "ns", "r")); !strings.Contains(got, "<Message>no q for this version</Message>") {
		t.Errorf("got %s", got)
	}
	e = &Error{Code: "NotFound", Message: "Topic does not exist"}
	want = `<ErrorResponse xmlns="ns"><Error><Type>Receiver</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error><RequestId>r</RequestId></ErrorResponse>`
	if got := string(e.AppendXML(nil, "ns", "r")); got != want {
		t.Errorf("got %s", got)
	}
}
