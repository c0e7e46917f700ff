package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// prepared is a pipeline with a queue "leads", a table "contacts" and a bus "crm".
func prepared(t testing.TB) (*pipeline.Pipeline, *client) {
	t.Helper()
	p := pipeline.New(pipeline.Options{})
	t.Cleanup(func() {
		if n := p.Panics(); n > 0 {
			t.Errorf("%d requests ended in a panic", n)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	c := inProcess(t, p)
	c.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
	c.call("DynamoDB_20120810.CreateTable", `{"TableName":"contacts","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],`+
		`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]}`)
	c.call("AWSEvents.CreateEventBus", `{"Name":"crm"}`)
	return p, c
}

func send(body string) string {
	text, _ := json.Marshal(body)
	return `{"QueueUrl":"` + queueURL + `","MessageBody":` + string(text) + `}`
}

func nested(levels int) string {
	return strings.Repeat(`{"M":{"a":`, levels) + `{"S":"x"}` + strings.Repeat(`}}`, levels)
}

func put(value string) string {
	return `{"TableName":"contacts","Item":{"pk":{"S":"1"},"v":` + value + `}}`
}

// badInputs are requests that AWS refuses, with what it answers.
var badInputs = []struct {
	reason, target, body string
	status               int
	code                 string // end of __type
}{
	{"no body", "AmazonSQS.SendMessage", ``, 400, "SerializationException"},
	{"null", "AmazonSQS.SendMessage", `null`, 400, "Exception"},
	{"an array", "AmazonSQS.SendMessage", `[]`, 400, "SerializationException"},
	{"a number", "DynamoDB_20120810.PutItem", `7`, 400, "SerializationException"},
	{"a cut body", "DynamoDB_20120810.PutItem", `{"TableName":"con`, 400, "SerializationException"},
	{"something behind the end", "AmazonSQS.SendMessage", send("x") + `{}`, 400, "SerializationException"},
	{"a name twice", "AmazonSQS.SendMessage", `{"QueueUrl":"` + queueURL + `","QueueUrl":"x","MessageBody":"x"}`, 400, "SerializationException"},
	{"a name in another case is another name", "AmazonSQS.SendMessage", `{"queueurl":"` + queueURL + `","MessageBody":"x"}`, 400, ""},
	{"text that is not UTF-8", "AmazonSQS.SendMessage", "{\"QueueUrl\":\"" + queueURL + "\",\"MessageBody\":\"\xff\"}", 400, "SerializationException"},
	{"a lone surrogate", "AmazonSQS.SendMessage", `{"QueueUrl":"` + queueURL + `","MessageBody":"\ud800"}`, 400, "SerializationException"},
	{"text for a number", "AmazonSQS.SendMessage", `{"QueueUrl":"` + queueURL + `","MessageBody":"x","DelaySeconds":"soon"}`, 400, "SerializationException"},
	{"NaN", "AmazonSQS.SendMessage", `{"QueueUrl":"` + queueURL + `","MessageBody":"x","DelaySeconds":NaN}`, 400, "SerializationException"},
	{"a number beyond float64", "AmazonSQS.SendMessage", `{"QueueUrl":"` + queueURL + `","MessageBody":"x","DelaySeconds":1e400}`, 400, "SerializationException"},
	{"true for a list", "DynamoDB_20120810.Query", `{"TableName":"contacts","AttributesToGet":true}`, 400, "SerializationException"},
	{"a required member is missing", "AmazonSQS.SendMessage", `{"MessageBody":"x"}`, 400, ""},
	{"a union with two members", "DynamoDB_20120810.PutItem", put(`{"S":"x","N":"1"}`), 400, "ValidationException"},
	{"a number with 39 digits", "DynamoDB_20120810.PutItem", put(`{"N":"` + strings.Repeat("9", 39) + `"}`), 400, "ValidationException"},
	{"a number that is none", "DynamoDB_20120810.PutItem", put(`{"N":"seven"}`), 400, "ValidationException"},
	{"33 levels", "DynamoDB_20120810.PutItem", put(nested(33)), 400, "ValidationException"},
	{"10,000 levels", "DynamoDB_20120810.PutItem", put(nested(10_000)), 400, "Exception"},
	{"10,000 brackets", "AWSEvents.PutEvents", strings.Repeat("[", 10_000), 400, "SerializationException"},
	{"an item of more than 400 KB", "DynamoDB_20120810.PutItem", put(`{"S":"` + strings.Repeat("x", 400<<10) + `"}`), 400, "ValidationException"},
	{"an item without its key", "DynamoDB_20120810.PutItem", `{"TableName":"contacts","Item":{"v":{"S":"x"}}}`, 400, "ValidationException"},
	{"no such table", "DynamoDB_20120810.PutItem", `{"TableName":"missing","Item":{"pk":{"S":"1"}}}`, 400, "ResourceNotFoundException"},
	{"an expression of more than 4 KB", "DynamoDB_20120810.PutItem", `{"TableName":"contacts","Item":{"pk":{"S":"1"}},"ConditionExpression":"` + strings.Repeat("(", 5000) + `"}`, 400, "ValidationException"},
	{"an expression of brackets only", "DynamoDB_20120810.PutItem", `{"TableName":"contacts","Item":{"pk":{"S":"1"}},"ConditionExpression":"` + strings.Repeat("(", 2000) + `"}`, 400, "ValidationException"},
	{"no such queue", "AmazonSQS.SendMessage", `{"QueueUrl":"http://localhost/123456789012/missing","MessageBody":"x"}`, 400, "QueueDoesNotExist"},
	{"a message of 1 MiB + 1", "AmazonSQS.SendMessage", send(strings.Repeat("x", 1<<20+1)), 400, ""},
	{"a message of 1 MiB + 1 in characters of two bytes", "AmazonSQS.SendMessage", send(strings.Repeat("é", 1<<19) + "x"), 400, ""},
	{"11 entries", "AmazonSQS.SendMessageBatch", `{"QueueUrl":"` + queueURL + `","Entries":[` + entries(11) + `]}`, 400, "TooManyEntriesInBatchRequest"},
	{"a delay of 901 s", "AmazonSQS.SendMessage", `{"QueueUrl":"` + queueURL + `","MessageBody":"x","DelaySeconds":901}`, 400, ""},
	{"a visibility timeout of 43,201 s", "AmazonSQS.ReceiveMessage", `{"QueueUrl":"` + queueURL + `","VisibilityTimeout":43201}`, 400, ""},
	{"a long poll of 21 s", "AmazonSQS.ReceiveMessage", `{"QueueUrl":"` + queueURL + `","WaitTimeSeconds":21}`, 400, ""},
	{"a receipt handle that is none", "AmazonSQS.DeleteMessage", `{"QueueUrl":"` + queueURL + `","ReceiptHandle":"nope"}`, 404, "ReceiptHandleIsInvalid"},
	{"a pattern that is none", "AWSEvents.PutRule", `{"Name":"r","EventBusName":"crm","EventPattern":"{\"a\":1}"}`, 400, "InvalidEventPatternException"},
	{"a name of a million characters", "AWSEvents.CreateEventBus", `{"Name":"` + strings.Repeat("x", 1_000_000) + `"}`, 400, "ValidationException"},
}

func entries(n int) string {
	var list []string
	for i := range n {
		list = append(list, `{"Id":"`+strconv.Itoa(i)+`","MessageBody":"x"}`)
	}
	return strings.Join(list, ",")
}

// TestBadInput_is_refused_as_AWS_does checks each bad input for status and type, that nothing panics, that nothing was applied,
// and that the next request is served.
func TestBadInput_is_refused_as_AWS_does(t *testing.T) {
	p, c := prepared(t)
	before, _ := json.Marshal(p.Topology())
	for _, row := range badInputs {
		status, answer := c.try(row.target, row.body)
		var e struct {
			Type string `json:"__type"`
		}
		if err := json.Unmarshal([]byte(answer), &e); err != nil {
			t.Errorf("%s: the answer is not JSON: %.200s", row.reason, answer)
		}
		if status != row.status || !strings.HasSuffix(e.Type, row.code) || e.Type == "" {
			t.Errorf("%s: %d %.300s, want %d %s", row.reason, status, answer, row.status, row.code)
		}
		c.call("AmazonSQS.ListQueues", `{}`)
	}
	if after, _ := json.Marshal(p.Topology()); string(after) != string(before) {
		t.Errorf("something was made:\n%s\n%s", before, after)
	}
	if got := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+queueURL+`"}`); strings.Contains(got, "Body") {
		t.Errorf("a message was stored: %.200s", got)
	}
	if got := c.call("DynamoDB_20120810.Scan", `{"TableName":"contacts","Select":"COUNT"}`); !strings.Contains(got, `"Count":0`) {
		t.Errorf("an item was stored: %.200s", got)
	}
}

func TestLimits_are_met_exactly(t *testing.T) {
	_, c := prepared(t)
	for _, row := range []struct{ reason, target, body string }{
		{"a message of 1 MiB", "AmazonSQS.SendMessage", send(strings.Repeat("x", 1<<20))},
		{"10 entries", "AmazonSQS.SendMessageBatch", `{"QueueUrl":"` + queueURL + `","Entries":[` + entries(10) + `]}`},
		{"a delay of 900 s", "AmazonSQS.SendMessage", `{"QueueUrl":"` + queueURL + `","MessageBody":"x","DelaySeconds":900}`},
		{"a number with 38 digits", "DynamoDB_20120810.PutItem", put(`{"N":"` + strings.Repeat("9", 38) + `"}`)},
		{"31 levels below the item's own", "DynamoDB_20120810.PutItem", put(nested(31))},
	} {
		if status, answer := c.try(row.target, row.body); status != 200 {
			t.Errorf("%s: %d %.200s", row.reason, status, answer)
		}
	}
}

// FuzzHandler sends any bytes under any headers: whatever comes, it is not a fault of the server.
func FuzzHandler(f *testing.F) {
	for _, row := range badInputs {
		if len(row.body) < 1000 {
			f.Add("POST", "/", row.target, "application/x-amz-json-1.0", "AWS4-HMAC-SHA256 Credential=123456789012/20260102/us-east-1/sqs/aws4_request", []byte(row.body))
		}
	}
	f.Add("POST", "/", "", "application/x-www-form-urlencoded", "AWS4-HMAC-SHA256 Credential=123456789012/20260102/us-east-1/sts/aws4_request", []byte("Action=GetCallerIdentity&Version=2011-06-15"))
	f.Add("POST", "/v1/pipes/x/start", "", "", "AWS4-HMAC-SHA256 Credential=123456789012/20260102/us-east-1/pipes/aws4_request", []byte("{}"))
	f.Add("GET", "/_dyetrace/hops?after=1&limit=2", "", "", "", []byte(nil))
	f.Add("POST", "/", "AmazonSQS.SendMessage", "", "", []byte(send("x")))
	f.Add("POST", "/", "DynamoDB_20120810.UpdateItem", "", "", []byte(`{"TableName":"contacts","Key":{"pk":{"S":"1"}},"UpdateExpression":"SET a = :a","ExpressionAttributeValues":{":a":{"N":"1"}}}`))
	f.Add("POST", "/", "AWSEvents.PutEvents", "", "", []byte(`{"Entries":[{"Source":"a","DetailType":"b","Detail":"{}","EventBusName":"crm"}]}`))
	p, _ := prepared(f)
	f.Fuzz(func(t *testing.T, method, target, amz, contentType, authorization string, body []byte) {
		r, err := http.NewRequest(method, "http://localhost:4566/", strings.NewReader(string(body)))
		if err != nil || strings.Contains(target, "settle") || strings.Contains(target, "advance") || strings.Contains(string(body), "WaitTimeSeconds") {
			t.Skip("not a request, or one that waits")
		}
		if u, err := r.URL.Parse(target); err == nil {
			r.URL = u
		}
		r.Header["X-Amz-Target"], r.Header["Content-Type"], r.Header["Authorization"] = []string{amz}, []string{contentType}, []string{authorization}
		if amz == "" {
			r.Header.Del("X-Amz-Target")
		}
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError || p.Panics() > 0 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

// TestShutdown_ends_long_polls_and_answers_them_R1_1 stops a server while a client waits for a message.
func TestShutdown_ends_long_polls_and_answers_them_R1_1(t *testing.T) {
	asked := make(chan struct{}, 1)
	p := pipeline.New(pipeline.Options{Interceptors: []engine.Interceptor{{
		Call: func(_ context.Context, c *engine.Call, next func() ([]byte, error)) ([]byte, error) {
			if c.Operation == "ReceiveMessage" {
				asked <- struct{}{}
			}
			return next()
		},
	}}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- p.Serve(l) }()
	c := &client{t: t, transport: &http.Transport{}, url: "http://" + l.Addr().String(), account: "123456789012"}
	c.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
	start := time.Now()
	polled := make(chan int, 1)
	go func() {
		got, err := c.transport.RoundTrip(c.request("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+queueURL+`","WaitTimeSeconds":20}`))
		if err != nil {
			polled <- 0
			return
		}
		io.Copy(io.Discard, got.Body)
		polled <- got.StatusCode
	}()
	<-asked
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	if err := p.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if status := <-polled; status != http.StatusOK {
		t.Errorf("the poll was answered with %d", status)
	}
	if took := time.Since(start); took > 9*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("serve: %v", err)
	}
}

// TestPoll_of_a_client_that_went_away_takes_nothing_R1_2 lets 50 clients leave in the middle of a long poll, then sends a message:
// the next client gets it.
func TestPoll_of_a_client_that_went_away_takes_nothing_R1_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := prepared(t)
		ctx, leave := context.WithTimeout(t.Context(), 10*time.Second)
		defer leave()
		gone := make(chan error)
		for range 50 {
			go func() {
				_, err := c.transport.RoundTrip(c.request("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+queueURL+`","WaitTimeSeconds":20}`).WithContext(ctx))
				gone <- err
			}()
		}
		for range 50 {
			if err := <-gone; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a client that left got %v", err)
			}
		}
		c.call("AmazonSQS.SendMessage", send("L-17"))
		if got := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+queueURL+`"}`); !strings.Contains(got, "L-17") {
			t.Errorf("the message went to a client that had left: %s", got)
		}
	})
}

func TestGetCallerIdentity_tells_the_account_of_the_key_R1_1(t *testing.T) {
	_, c := prepared(t)
	r := c.request("AmazonSQS.x", "Action=GetCallerIdentity&Version=2011-06-15")
	r.Header.Del("X-Amz-Target")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/sqs/", "/sts/", 1))
	got, err := c.transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := io.ReadAll(got.Body)
	if got.StatusCode != 200 || !strings.Contains(string(all), "<Account>123456789012</Account>") || !strings.Contains(string(all), "<Arn>arn:aws:iam::123456789012:root</Arn>") {
		t.Errorf("%d %s", got.StatusCode, all)
	}
}

// TestAccounts_are_isolated_R2_7 has two accounts use the same names.
func TestAccounts_are_isolated_R2_7(t *testing.T) {
	p, acme := prepared(t)
	rival := inProcess(t, p)
	rival.account = "210987654321"
	acme.call("AmazonSQS.SendMessage", send("L-17"))
	if got := rival.call("AmazonSQS.ListQueues", `{}`); strings.Contains(got, "leads") {
		t.Errorf("the rival sees %s", got)
	}
	rival.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
	p.Reset("210987654321")
	if got := acme.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+queueURL+`"}`); !strings.Contains(got, "L-17") {
		t.Errorf("a reset of the rival's account took the message: %s", got)
	}
	if got := fmt.Sprint(p.Topology("210987654321").Places); strings.Contains(got, "leads") {
		t.Errorf("after its reset the rival still has %s", got)
	}
}
