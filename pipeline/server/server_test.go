package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// serving is a server with services that do what each test needs.
func serving(t testing.TB, o Options, eo engine.Options) *Server {
	t.Helper()
	eo.Build = func(*engine.Scope) any { return NewServices(testServices()...) }
	o.Engine = engine.New(eo)
	s := New(o)
	t.Cleanup(o.Engine.Close)
	return s
}

func op(name string, serve func(c *engine.Call, req *wire.Request, dst []byte) ([]byte, error)) Operation {
	return Operation{Name: name, Method: "POST", Path: "/", Serve: serve}
}

// testServices are small services of every protocol, under the names that the real ones have.
func testServices() []Service {
	echo := op("Echo", func(c *engine.Call, req *wire.Request, dst []byte) ([]byte, error) {
		return append(dst, req.Body...), nil
	})
	who := op("Who", func(c *engine.Call, req *wire.Request, dst []byte) ([]byte, error) {
		c.Scope.Lock()
		defer c.Scope.Unlock()
		answer, err := json.Marshal(map[string]string{"account": c.Scope.Account, "region": c.Scope.Region, "client": c.Client,
			"correlation": c.CorrelationID, "base": c.BaseURL, "request": c.RequestID, "xray": c.TraceHeader})
		return append(dst, answer...), err
	})
	fail := op("Fail", func(c *engine.Call, req *wire.Request, dst []byte) ([]byte, error) {
		return dst, &wire.Error{Code: "QueueDoesNotExist", Namespace: "com.amazonaws.sqs", Message: "no such queue",
			QueryCode: "AWS.SimpleQueueService.NonExistentQueue", SenderFault: true}
	})
	plain := op("Plain", func(*engine.Call, *wire.Request, []byte) ([]byte, error) { return nil, errors.New("plain trouble") })
	boom := op("Boom", func(c *engine.Call, _ *wire.Request, _ []byte) ([]byte, error) {
		hold := c.Scope.Hold()
		defer hold.End()
		panic("secret of the pipeline")
	})
	wait := op("Wait", func(c *engine.Call, req *wire.Request, dst []byte) ([]byte, error) {
		if w := c.Scope.Engine.NewPoll(c, 20*time.Second).Wait(); w == engine.Gone {
			return nil, c.Context.Err()
		}
		return append(dst, "{}"...), nil
	})
	big := op("Big", func(c *engine.Call, req *wire.Request, dst []byte) ([]byte, error) {
		n, err := strconv.Atoi(string(req.Body))
		return append(dst, bytes.Repeat([]byte("b"), n)...), err
	})
	identity := op("GetCallerIdentity", func(c *engine.Call, req *wire.Request, dst []byte) ([]byte, error) {
		return wire.AppendXMLResponse(dst, "GetCallerIdentity", "https://sts.amazonaws.com/doc/2011-06-15/", c.RequestID, func(dst []byte) []byte {
			return wire.AppendXML(dst, "Account", c.Scope.Account)
		}), nil
	})
	start := op("StartPipe", func(c *engine.Call, req *wire.Request, dst []byte) ([]byte, error) {
		if req.Labels[0] == "gone" {
			return dst, &wire.Error{Code: "NotFoundException", Status: 404, Message: "no such pipe"}
		}
		return append(dst, `{"Name":"`+req.Labels[0]+`"}`...), nil
	})
	start.Path = "/v1/pipes/{Name}/start"
	ops := map[string]Operation{}
	for _, o := range []Operation{echo, who, fail, plain, boom, wait, big} {
		ops[o.Name] = o
	}
	not := map[string]struct{}{"Later": {}}
	return []Service{
		{Name: "sqs", TargetPrefix: "AmazonSQS", JSONVersion: "1.0", Protocol: wire.JSON, QueryCompatible: true, Operations: ops, NotImplemented: not},
		{Name: "dynamodb", TargetPrefix: "DynamoDB_20120810", JSONVersion: "1.0", Protocol: wire.JSON, Operations: ops},
		{Name: "events", TargetPrefix: "AWSEvents", JSONVersion: "1.1", Protocol: wire.JSON, Operations: ops},
		{Name: "pipes", Protocol: wire.RESTJSON, Operations: map[string]Operation{"StartPipe": start}, NotImplemented: not},
		{Name: "sts", Protocol: wire.Query, Version: "2011-06-15", XMLNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
			Operations: map[string]Operation{"GetCallerIdentity": identity}, NotImplemented: map[string]struct{}{"AssumeRole": {}}},
	}
}

func signed(account, region, service string) string {
	return "AWS4-HMAC-SHA256 Credential=" + account + "/20260102/" + region + "/" + service + "/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123"
}

// ask makes a request as a JSON client does; edit changes it.
func ask(target, body string, edit ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:4566/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Authorization", signed("test", "us-east-1", "sqs"))
	for _, e := range edit {
		e(r)
	}
	return r
}

func set(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func get(s http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestServeHTTP_finds_protocol_service_and_operation_R1_1(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	form := func(service, text string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/", strings.NewReader(text))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		if service != "" {
			r.Header.Set("Authorization", signed("123456789012", "eu-west-1", service))
		}
		return r
	}
	path := func(method, path, service string) *http.Request {
		r := httptest.NewRequest(method, "http://localhost"+path, nil)
		r.Header.Set("Authorization", signed("test", "us-east-1", service))
		return r
	}
	for _, row := range []struct {
		reason      string
		r           *http.Request
		status      int
		contentType string
		has         string
	}{
		{"X-Amz-Target names an operation", ask("AmazonSQS.Echo", `{"a":1}`), 200, "application/x-amz-json-1.0", `{"a":1}`},
		{"JSON 1.1 is answered in 1.1", ask("AWSEvents.Echo", `{}`, set("Content-Type", "application/x-amz-json-1.1")), 200, "application/x-amz-json-1.1", `{}`},
		{"an unimplemented operation is named", ask("AmazonSQS.Later", `{}`), 501, "application/x-amz-json-1.0", "sqs:Later"},
		{"an unknown operation", ask("AmazonSQS.Nope", `{}`), 400, "application/x-amz-json-1.0", "com.amazon.coral.service#UnknownOperationException"},
		{"a service that the pipeline lacks", ask("AWSStepFunctions.StartExecution", `{}`), 501, "application/x-amz-json-1.0", "AWSStepFunctions:StartExecution"},
		{"a target without a dot", ask("AmazonSQS", `{}`), 400, "application/x-amz-json-1.0", "UnknownOperationException"},
		{"a target that is no name is not repeated", ask("<script>.x", `{}`), 400, "application/x-amz-json-1.0", `{"__type":"com.amazon.coral.service#UnknownOperationException"}`},
		{"two targets", ask("AmazonSQS.Echo", `{}`, func(r *http.Request) { r.Header.Add("X-Amz-Target", "AmazonSQS.Fail") }), 404, "", "<UnknownOperationException/>\n"},
		{"a target in a form", ask("AmazonSQS.Echo", `{}`, set("Content-Type", "text/plain")), 404, "", "<UnknownOperationException/>\n"},
		{"REST path of a pipe", path("POST", "/v1/pipes/leads/start", "pipes"), 200, "application/json", `{"Name":"leads"}`},
		{"REST path without signature", path("POST", "/v1/pipes/a%2Fb/start", ""), 200, "application/json", `{"Name":"a/b"}`},
		{"REST error has its name in a header", path("POST", "/v1/pipes/gone/start", "pipes"), 404, "application/json", "no such pipe"},
		{"tags belong to the service the request is signed for", path("GET", "/tags/arn", "pipes"), 501, "application/json", "pipes:GET /tags/arn"},
		{"query action", form("sts", "Action=GetCallerIdentity&Version=2011-06-15"), 200, "text/xml", "<Account>123456789012</Account>"},
		{"query action without signature", form("", "Action=GetCallerIdentity&Version=2011-06-15"), 200, "text/xml", "<Account>000000000000</Account>"},
		{"query action in the URL", path("GET", "/?Action=GetCallerIdentity", "sts"), 200, "text/xml", "<Account>"},
		{"query action in the URL of a POST", path("POST", "/?Action=GetCallerIdentity", "sts"), 200, "text/xml", "<Account>"},
		{"query action that is not implemented", form("sts", "Action=AssumeRole"), 501, "text/xml", "sts:AssumeRole"},
		{"query action that is unknown", form("sts", "Action=Nope&Version=2011-06-15"), 400, "text/xml", "<Code>InvalidAction</Code>"},
		{"a form without an action", form("sts", "Version=2011-06-15"), 400, "text/xml", "<Code>MissingAction</Code>"},
		{"a form that is none", form("sts", "Action=%zz"), 404, "text/xml", "<Code>MalformedQueryString</Code>"},
		{"a service's old protocol", form("sqs", "Action=SendMessage"), 501, "text/xml", "JSON protocol of sqs"},
		{"a foreign query service", form("sns", "Action=Publish"), 501, "text/xml", "sns:Publish"},
		{"a foreign REST service", path("GET", "/2015-03-31/functions/", "lambda"), 501, "application/json", "lambda:GET /2015-03-31/functions/"},
		{"S3 gets XML", path("PUT", "/bucket", "s3"), 501, "", "<Error><Code>NotImplemented</Code>"},
		{"nothing at all", path("GET", "/", ""), 404, "", "<UnknownOperationException/>\n"},
		{"CBOR is refused in CBOR", ask("", "", set("Smithy-Protocol", "rpc-v2-cbor")), 501, "application/cbor", "dyetrace does not speak the protocol rpc-v2-cbor"},
	} {
		w := get(s, row.r)
		if w.Code != row.status || w.Header().Get("Content-Type") != row.contentType || !strings.Contains(w.Body.String(), row.has) {
			t.Errorf("%s: %d %q %s, want %d %q with %q", row.reason, w.Code, w.Header().Get("Content-Type"), w.Body, row.status, row.contentType, row.has)
		}
		if w.Header().Get("X-Amzn-Requestid") == "" || w.Header().Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
			t.Errorf("%s: header lacks the request id or the length: %v", row.reason, w.Header())
		}
	}
}

func TestServeHTTP_answers_errors_in_the_headers_SDKs_read(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	w := get(s, ask("AmazonSQS.Fail", `{}`))
	if got, want := w.Body.String(), `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}`; w.Code != 400 || got != want {
		t.Errorf("%d %s, want 400 %s", w.Code, got, want)
	}
	if got := w.Header().Get("X-Amzn-Query-Error"); got != "AWS.SimpleQueueService.NonExistentQueue;Sender" {
		t.Errorf("x-amzn-query-error: %q", got)
	}
	if w := get(s, ask("DynamoDB_20120810.Fail", `{}`)); w.Header().Get("X-Amzn-Query-Error") != "" {
		t.Errorf("a service without query protocol sends x-amzn-query-error: %v", w.Header())
	}
	r := ask("", "", func(r *http.Request) { r.URL.Path = "/v1/pipes/gone/start"; r.Header.Del("X-Amz-Target") })
	if w := get(s, r); w.Header().Get("X-Amzn-Errortype") != "NotFoundException" {
		t.Errorf("rest-json: %v %s", w.Header(), w.Body)
	}
	for _, target := range []string{"DynamoDB_20120810.Echo", "DynamoDB_20120810.Fail"} {
		w := get(s, ask(target, `{"x":"y"}`))
		if got, want := w.Header().Get("X-Amz-Crc32"), strconv.FormatUint(uint64(crc32.ChecksumIEEE(w.Body.Bytes())), 10); got != want {
			t.Errorf("%s: x-amz-crc32 %q, want %q", target, got, want)
		}
	}
	w = get(s, ask("AmazonSQS.Plain", `{}`))
	if w.Code != 500 || !strings.Contains(w.Body.String(), "InternalFailure") {
		t.Errorf("an error that is not AWS's: %d %s", w.Code, w.Body)
	}
}

func TestServeHTTP_tells_account_region_client_and_flow_R2_8(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, row := range []struct {
		reason string
		edit   []func(*http.Request)
		want   map[string]string
	}{
		{"defaults", nil, map[string]string{"account": "000000000000", "region": "us-east-1", "client": "", "correlation": "", "base": "http://127.0.0.1:4566"}},
		{"a key of 12 digits is an account", []func(*http.Request){set("Authorization", signed("123456789012", "eu-central-1", "sqs"))},
			map[string]string{"account": "123456789012", "region": "eu-central-1"}},
		{"own headers", []func(*http.Request){set(HeaderClient, "crm"), set(HeaderCorrelation, "flow-7"), set("Traceparent", trace)},
			map[string]string{"client": "crm", "correlation": "flow-7"}},
		{"trace context", []func(*http.Request){set("Traceparent", trace)}, map[string]string{"correlation": "0af7651916cd43dd8448eb211c80319c"}},
		{"a trace made of an id", []func(*http.Request){set("Traceparent", event.TraceFor("dye-0a1b2c3d").Traceparent())}, map[string]string{"correlation": "dye-0a1b2c3d"}},
		{"an empty trace id is none", []func(*http.Request){set("Traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01")}, map[string]string{"correlation": ""}},
		{"X-Ray's header is no correlation id", []func(*http.Request){set("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793")},
			map[string]string{"correlation": "", "xray": "Root=1-5759e988-bd862e3fe1be46a994272793"}},
		{"a broken traceparent is none", []func(*http.Request){set("Traceparent", "00-0af7651916CD43dd8448eb211c80319c-b7ad6b7169203331-01")}, map[string]string{"correlation": ""}},
		{"the answer's URLs have the host that was asked", []func(*http.Request){func(r *http.Request) { r.Host = "sqs.us-east-1.localhost.localstack.cloud:4566" }},
			map[string]string{"base": "http://sqs.us-east-1.localhost.localstack.cloud:4566"}},
	} {
		w := get(s, ask("AmazonSQS.Who", `{}`, row.edit...))
		var got map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%s: %s", row.reason, w.Body)
		}
		for name, want := range row.want {
			if got[name] != want {
				t.Errorf("%s: %s is %q, want %q", row.reason, name, got[name], want)
			}
		}
		if got["request"] != w.Header().Get("X-Amzn-Requestid") {
			t.Errorf("%s: the service saw request id %q, the client %q", row.reason, got["request"], w.Header().Get("X-Amzn-Requestid"))
		}
	}
}

func TestServeHTTP_survives_a_panic_under_the_lock_and_counts_it(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	w := get(s, ask("AmazonSQS.Boom", `{}`))
	if w.Code != 500 || !strings.Contains(w.Body.String(), "InternalFailure") || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if s.Panics() != 1 {
		t.Errorf("%d panics counted, want 1", s.Panics())
	}
	if w := get(s, ask("AmazonSQS.Who", `{}`)); w.Code != 200 { // hangs if the scope's lock stayed behind
		t.Errorf("the next request: %d %s", w.Code, w.Body)
	}
	hops, _ := s.engine.Hops(0)
	if len(hops) != 1 || hops[0].Outcome != event.Failed || hops[0].Operation != "sqs:Boom" {
		t.Errorf("hops: %+v", hops)
	}
}

func TestServeHTTP_reads_no_body_beyond_16_MiB(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	for _, row := range []struct {
		reason string
		edit   func(*http.Request)
		status int
	}{
		{"announced", func(r *http.Request) { r.ContentLength = maxBody + 1 }, 413},
		{"announced as 2 GiB", func(r *http.Request) { r.ContentLength = 2 << 30 }, 413},
		{"not announced", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(io.LimitReader(letters{}, maxBody+1)), -1
		}, 413},
		{"as much as allowed", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(io.LimitReader(letters{}, maxBody)), -1
		}, 200},
		{"cut short", func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), brokenBody{})) }, 400},
	} {
		w := get(s, ask("AmazonSQS.Echo", `{}`, row.edit))
		if w.Code != row.status {
			t.Errorf("%s: %d %.200s, want %d", row.reason, w.Code, w.Body, row.status)
		}
		if w.Code != 200 && w.Header().Get("Connection") != "close" {
			t.Errorf("%s: the connection is used again although its request was not read", row.reason)
		}
		if w.Code == 413 && !strings.Contains(w.Body.String(), "RequestEntityTooLargeException") {
			t.Errorf("%s: %s", row.reason, w.Body)
		}
	}
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestRoundTrip_needs_no_socket_R1_1(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	client := http.Client{Transport: s.RoundTripper("crm")}
	ctx := event.WithCorrelation(t.Context(), "flow-9")
	for _, host := range []string{"http://127.0.0.1:4566", "https://sqs.eu-west-1.amazonaws.com"} {
		r, _ := http.NewRequestWithContext(ctx, "POST", host+"/", strings.NewReader(`{}`))
		r.Header.Set("X-Amz-Target", "AmazonSQS.Who")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got["client"] != "crm" || got["correlation"] != "flow-9" || got["base"] != host || answer.StatusCode != 200 {
			t.Errorf("%s: %d %v", host, answer.StatusCode, got)
		}
		answer.Body.Close()
		if n, err := answer.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("reading after Close: %d, %v", n, err)
		}
	}
	for _, url := range []string{"http://169.254.169.254/latest/meta-data/", "http://example.com/", "http://amazonaws.com.evil.example/"} {
		answer, err := client.Get(url)
		if err != nil || answer.StatusCode != 404 {
			t.Errorf("%s: %v, %v, want 404", url, answer, err)
		}
	}
	if answer, err := client.Get("http://localhost/_dyetrace/health"); err != nil || answer.StatusCode != 200 {
		t.Errorf("control API in process: %v %v", answer, err)
	}
}

func TestRoundTrip_returns_the_contexts_error(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(t, Options{}, engine.Options{})
		transport := s.RoundTripper("crm")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := transport.RoundTrip(ask("AmazonSQS.Wait", `{}`).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call whose context ends while it waits: %v", err)
		}
		if waited := time.Since(start); waited != 5*time.Second {
			t.Errorf("it waited %v", waited)
		}
		if _, err := transport.RoundTrip(ask("AmazonSQS.Echo", `{}`).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call whose context has ended: %v", err)
		}
	})
}
