package pipeline_test

import (
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline"
)

// client sends raw requests, without an SDK, as the server sees them from one: the same headers.
type client struct {
	t         testing.TB
	transport http.RoundTripper
	url       string
	account   string
}

func (c *client) request(target, body string) *http.Request {
	r, err := http.NewRequest("POST", c.url, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	service := map[string]string{"AmazonSQS": "sqs", "DynamoDB_20120810": "dynamodb", "AWSEvents": "events"}[target[:strings.IndexByte(target, '.')]]
	r.Header = http.Header{
		"Content-Type":          {"application/x-amz-json-1.0"},
		"X-Amz-Target":          {target},
		"Authorization":         {"AWS4-HMAC-SHA256 Credential=" + c.account + "/20260102/us-east-1/" + service + "/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123456789"},
		"User-Agent":            {"aws-sdk-go-v2/1.47.7 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/sqs#1.52.10"},
		"Amz-Sdk-Invocation-Id": {"6c1e7a0e-0f3a-4a4f-8f2b-3b1a1e9d7b11"},
		"Amz-Sdk-Request":       {"attempt=1; max=3"},
		"X-Amz-Date":            {"20260102T030405Z"},
	}
	return r
}

// call sends one request and returns the answer's body; it must be answered 200.
func (c *client) call(target, body string) string {
	c.t.Helper()
	status, answer := c.try(target, body)
	if status != http.StatusOK {
		c.t.Fatalf("%s: %d %s", target, status, answer)
	}
	return answer
}

func (c *client) try(target, body string) (status int, answer string) {
	c.t.Helper()
	got, err := c.transport.RoundTrip(c.request(target, body))
	if err != nil {
		c.t.Fatal(err)
	}
	defer got.Body.Close()
	all, err := io.ReadAll(got.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return got.StatusCode, string(all)
}

// inProcess returns a client without a socket.
func inProcess(t testing.TB, p *pipeline.Pipeline) *client {
	return &client{t: t, transport: p.RoundTripper("app"), url: "http://localhost:4566", account: "123456789012"}
}

// overTCP returns a client over loopback.
func overTCP(t testing.TB, p *pipeline.Pipeline) *client {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go p.Serve(l)
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, transport: transport, url: "http://" + l.Addr().String(), account: "123456789012"}
}

const queueURL = "http://localhost:4566/123456789012/leads"

var sendKiB = `{"QueueUrl":"` + queueURL + `","MessageBody":"` + strings.Repeat("x", 1024) + `"}`

// discard reads an answer as cheaply as can be.
func discard(b *testing.B, c *client, r *http.Request, body *strings.Reader) {
	r.Body = io.NopCloser(body)
	r.ContentLength = int64(body.Len())
	got, err := c.transport.RoundTrip(r)
	if err != nil || got.StatusCode != http.StatusOK {
		b.Fatal(got, err)
	}
	io.Copy(io.Discard, got.Body)
	got.Body.Close()
}

// send1KiB sends one message after the other.
func send1KiB(b *testing.B, c *client) {
	c.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
	repeat(b, c, "AmazonSQS.SendMessage", func(int) string { return sendKiB })
}

// BenchmarkRoundTrip_SendMessage is one SendMessage of 1 KiB in process, the request's own making excluded.
func BenchmarkRoundTrip_SendMessage(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	send1KiB(b, inProcess(b, p))
}

// BenchmarkRoundTrip_SendMessageBatch is ten messages of 1 KiB in one call, in process.
func BenchmarkRoundTrip_SendMessageBatch(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	c := inProcess(b, p)
	c.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
	entries := make([]string, 10)
	for i := range entries {
		entries[i] = `{"Id":"` + strconv.Itoa(i) + `","MessageBody":"` + strings.Repeat("x", 1024) + `"}`
	}
	batch := `{"QueueUrl":"` + queueURL + `","Entries":[` + strings.Join(entries, ",") + `]}`
	repeat(b, c, "AmazonSQS.SendMessageBatch", func(int) string { return batch })
}

// BenchmarkLoopback_SendMessage is the same over TCP, client included.
func BenchmarkLoopback_SendMessage(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	send1KiB(b, overTCP(b, p))
}

// repeat sends the request that makes body again and again.
func repeat(b *testing.B, c *client, target string, body func(i int) string) {
	r := c.request(target, "")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		discard(b, c, r, strings.NewReader(body(i)))
	}
}

// putItem is an item of about 300 bytes, written under a condition to a table with a stream.
func putItem(b *testing.B, c *client) {
	c.call("DynamoDB_20120810.CreateTable", `{"TableName":"contacts","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],`+
		`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}`)
	const head, tail = `{"TableName":"contacts","Item":{"pk":{"S":"contact-`, `"},"tenant":{"S":"acme"},"version":{"N":"1"},"detail":{"M":{"name":{"S":"Ada Lovelace"},` +
		`"email":{"S":"ada@example.com"},"phone":{"S":"+44 20 7946 0000"},"notes":{"S":"met at the analytical engine, wants a demonstration in spring"}}}},` +
		`"ConditionExpression":"attribute_not_exists(pk) OR version < :v","ExpressionAttributeValues":{":v":{"N":"2"}}}`
	bodies := make([]string, 1000)
	for i := range bodies {
		bodies[i] = head + strconv.Itoa(i) + tail
	}
	repeat(b, c, "DynamoDB_20120810.PutItem", func(i int) string { return bodies[i%len(bodies)] })
}

// putEvents is one event through one rule to one queue, with as much of the delivery as runs beside the next call.
func putEvents(b *testing.B, c *client) {
	c.call("AWSEvents.CreateEventBus", `{"Name":"crm"}`)
	c.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
	c.call("AWSEvents.PutRule", `{"Name":"acme","EventBusName":"crm","EventPattern":"{\"detail\":{\"tenant\":[\"acme\"]}}"}`)
	c.call("AWSEvents.PutTargets", `{"Rule":"acme","EventBusName":"crm","Targets":[{"Id":"q","Arn":"arn:aws:sqs:us-east-1:123456789012:leads"}]}`)
	const body = `{"Entries":[{"Source":"crm.contact","DetailType":"ContactCreated","EventBusName":"crm","Detail":"{\"tenant\":\"acme\",\"id\":\"c-1\",\"name\":\"Ada\"}"}]}`
	repeat(b, c, "AWSEvents.PutEvents", func(int) string { return body })
}

// BenchmarkRoundTrip_PutItem is one conditional PutItem with a stream, in process.
func BenchmarkRoundTrip_PutItem(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	putItem(b, inProcess(b, p))
}

// BenchmarkLoopback_PutItem is the same over TCP, client included.
func BenchmarkLoopback_PutItem(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	putItem(b, overTCP(b, p))
}

// BenchmarkRoundTrip_PutEvents is one PutEvents with one rule and one queue, in process.
func BenchmarkRoundTrip_PutEvents(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	putEvents(b, inProcess(b, p))
}

// BenchmarkLoopback_PutEvents is the same over TCP, client included.
func BenchmarkLoopback_PutEvents(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	putEvents(b, overTCP(b, p))
}

// BenchmarkLoopback_bare answers the same request with a constant from a bare handler: what net/http and the client cost.
func BenchmarkLoopback_bare(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	answer := []byte(`{"MessageId":"00000000-0000-0000-0000-000000000000","MD5OfMessageBody":"00000000000000000000000000000000"}`)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Write(answer)
	})}
	defer srv.Close()
	go srv.Serve(l)
	c := &client{t: b, transport: &http.Transport{}, url: "http://" + l.Addr().String(), account: "123456789012"}
	repeat(b, c, "AmazonSQS.SendMessage", func(int) string { return sendKiB })
}

// BenchmarkRoundTrip_UnknownOperation is what the front end costs by itself: parsing, routing, the engine's bookkeeping, the answer.
func BenchmarkRoundTrip_UnknownOperation(b *testing.B) {
	p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
	defer p.Close()
	c := inProcess(b, p)
	r := c.request("AmazonSQS.NoSuchOperation", "")
	b.ReportAllocs()
	for b.Loop() {
		body := strings.NewReader("{}")
		r.Body, r.ContentLength = io.NopCloser(body), int64(body.Len())
		got, err := c.transport.RoundTrip(r)
		if err != nil || got.StatusCode != http.StatusBadRequest {
			b.Fatal(got, err)
		}
	}
}

// BenchmarkStoredMessage tells how much live heap one stored message of 1 KiB holds.
func BenchmarkStoredMessage(b *testing.B) {
	const messages = 20_000
	var before, after runtime.MemStats
	for b.Loop() {
		p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
		c := inProcess(b, p)
		c.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range messages {
			c.call("AmazonSQS.SendMessage", sendKiB)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		p.Close()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/messages, "B/message")
	b.ReportMetric(float64(after.HeapObjects-before.HeapObjects)/messages, "objects/message")
}

// BenchmarkNew is one pipeline with the first call of one account: what a test pays before it begins.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p := pipeline.New(pipeline.Options{})
		c := inProcess(b, p)
		c.call("AmazonSQS.ListQueues", `{}`)
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
