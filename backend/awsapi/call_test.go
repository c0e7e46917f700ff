package awsapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/embedded"
)

// Both protocols, against the embedded pipeline.
func Example() {
	ctx := context.Background()
	b := embedded.New(embedded.Options{})
	defer b.Close()
	c := awsapi.New(b.Endpoint("setup"))

	var queue struct{ QueueUrl string }
	err := c.JSON(ctx, awsapi.SQS, "CreateQueue", map[string]any{"QueueName": "orders"}, &queue)
	fmt.Println(queue.QueueUrl[strings.LastIndex(queue.QueueUrl, "/"):], err)

	var topic struct{ TopicArn string }
	err = c.Query(ctx, awsapi.SNS, "CreateTopic", url.Values{"Name": {"refunds"}}, &topic)
	fmt.Println(topic.TopicArn, err)

	err = c.JSON(ctx, awsapi.EventBridge, "DescribeRule", map[string]any{"Name": "none"}, nil)
	if e, ok := errors.AsType[*awsapi.Error](err); ok {
		fmt.Println(e.Code, e.Temporary())
	}
	// Output:
	// /orders <nil>
	// arn:aws:sns:us-east-1:000000000000:refunds <nil>
	// ResourceNotFoundException false
}

type answer struct {
	status int
	body   string
	err    error
}

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func TestError_tells_what_may_pass_from_what_stays(t *testing.T) {
	for _, c := range []struct {
		reason    string
		answer    answer
		query     bool
		code      string
		message   string
		temporary bool
	}{
		{"nobody there", answer{err: io.ErrUnexpectedEOF}, false, "", "", true},
		{"a fault of the service", answer{status: 500, body: "<html>"}, false, "Internal Server Error", "<html>", true},
		{"too fast", answer{status: 400, body: `{"__type":"ThrottlingException","message":"slow down"}`}, false, "ThrottlingException", "slow down", true},
		{"table too busy", answer{status: 400, body: `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}`}, false,
			"ProvisionedThroughputExceededException", "", true},
		{"refused, with the message in upper case", answer{status: 403, body: `{"__type":"com.amazonaws.sqs#AccessDenied","Message":"no"}`}, false, "AccessDenied", "no", false},
		{"no AWS at all", answer{status: 200, body: "<html>"}, false, awsapi.InvalidAnswer, "invalid character '<' looking for beginning of value", false},
		{"refused in XML", answer{status: 404, body: `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>NotFound</Code>` +
			`<Message>Topic does not exist</Message></Error></ErrorResponse>`}, true, "NotFound", "Topic does not exist", false},
		{"too fast in XML", answer{status: 400, body: `<ErrorResponse><Error><Code>Throttled</Code></Error></ErrorResponse>`}, true, "Throttled", "", true},
		{"a page in place of XML", answer{status: 502, body: "bad gateway"}, true, "Bad Gateway", "bad gateway", true},
		{"an answer to something else", answer{status: 200, body: "<ListTopicsResponse/>"}, true, awsapi.InvalidAnswer, "the answer has no PublishResult", false},
		{"refused in XML by what stands before a service of JSON", answer{status: 403, body: `<?xml version="1.0"?><ErrorResponse><Errors><Error><Code>AccessDenied</Code><Message>no</Message></Error></Errors></ErrorResponse>`},
			false, "AccessDenied", "no", false},
		{"refused in JSON by what stands before a service of XML", answer{status: 403, body: `{"__type":"AccessDenied","message":"no"}`}, true, "AccessDenied", "no", false},
		{"half an answer", answer{status: 200, body: "<PublishResponse><PublishResult>"}, true, awsapi.InvalidAnswer, "XML syntax error on line 1: unexpected EOF", false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			client := awsapi.New(backend.Endpoint{URL: "http://aws", AccountID: "000000000000", Region: "us-east-1", Transport: c.answer})
			var out struct{ MessageId string }
			err := client.JSON(t.Context(), awsapi.SQS, "SendMessage", map[string]any{}, &out)
			if c.query {
				err = client.Query(t.Context(), awsapi.SNS, "Publish", nil, &out)
			}
			e, ok := errors.AsType[*awsapi.Error](err)
			if !ok || e.Code != c.code || e.Message != c.message || e.Temporary() != c.temporary || e.Err != c.answer.err {
				t.Errorf("%#v", err)
			}
		})
	}
}

func TestError_tells_what_does_not_exist(t *testing.T) {
	for code, want := range map[string]bool{
		"QueueDoesNotExist": true, "AWS.SimpleQueueService.NonExistentQueue": true, "ResourceNotFoundException": true, "NotFound": true, "AccessDenied": false, "": false,
	} {
		if e := (&awsapi.Error{Code: code}); e.Missing() != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

func TestClient_refuses_what_it_cannot_send(t *testing.T) {
	c := awsapi.New(backend.Endpoint{URL: "http://aws", Transport: answer{status: 200}})
	if err := c.JSON(t.Context(), awsapi.SQS, "SendMessage", func() {}, nil); err == nil || !strings.Contains(err.Error(), "input of SendMessage") {
		t.Error(err)
	}
	c = awsapi.New(backend.Endpoint{URL: "http://a b", Transport: answer{status: 200}})
	if err := c.JSON(t.Context(), awsapi.SQS, "SendMessage", nil, nil); err == nil {
		t.Error("a URL that is none")
	}
}
