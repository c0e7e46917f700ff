package awsapi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
)

func TestSigned_tries_again_only_what_was_throttled_R4_1(t *testing.T) {
	const ok, slow, slowXML = `{"QueueUrl":"q"}`, `{"__type":"com.amazonaws.x#ThrottlingException","message":"slow down"}`,
		`<ErrorResponse><Error><Code>Throttled</Code></Error></ErrorResponse>`
	for _, c := range []struct {
		reason string
		status int
		body   string
		times  int // that it is answered so
		calls  int
		code   string // at the end
	}{
		{"throttled once", 400, slow, 1, 2, ""},
		{"throttled in XML", 403, slowXML, 3, 4, ""},
		{"throttled by the status", 429, "<html>", 2, 3, ""},
		{"throttled for good", 400, slow, 99, 6, "ThrottlingException"},
		{"throughput of a table", 400, `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}`, 5, 6, ""},
		{"a fault, after which it may have been done", 500, `{"__type":"InternalError"}`, 1, 1, "InternalError"},
		{"busy, after which it may have been done", 503, "", 1, 1, "Service Unavailable"},
		{"a quota", 400, `{"__type":"LimitExceededException"}`, 1, 1, "LimitExceededException"},
		{"refused", 403, `{"__type":"AccessDeniedException","message":"no"}`, 1, 1, "AccessDeniedException"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := &sent{answer: func(n int) (int, string) {
					if n <= c.times {
						return c.status, c.body
					}
					return 200, ok
				}}
				at, err := awsapi.Open(awsapi.Options{Getenv: keyed(), Transport: s, Seed: 1})
				if err != nil {
					t.Fatal(err)
				}
				var out struct{ QueueUrl string }
				err = awsapi.New(at).JSON(t.Context(), awsapi.SQS, "GetQueueUrl", map[string]any{"QueueName": "orders"}, &out)
				code := ""
				if e, ok := errors.AsType[*awsapi.Error](err); ok {
					code = e.Code
				}
				if len(s.urls) != c.calls || code != c.code || (err == nil) != (out.QueueUrl == "q") {
					t.Errorf("%d calls, %v", len(s.urls), err)
				}
				for i := range s.bodies {
					if s.bodies[i] != s.bodies[0] || i > 0 && s.headers[i].Get("Authorization") == "" {
						t.Errorf("call %d is another: %q", i, s.bodies[i])
					}
				}
				if took := time.Since(start); c.calls == 1 && took != 0 || c.calls > 1 && took < 75*time.Millisecond || took > 4650*time.Millisecond {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestSigned_pauses_as_its_seed_says(t *testing.T) {
	took := func(seed uint64) (d time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			at, err := awsapi.Open(awsapi.Options{Getenv: keyed(), Seed: seed, Transport: &sent{answer: func(int) (int, string) { return 429, "" }}})
			if err != nil {
				t.Fatal(err)
			}
			if err := awsapi.New(at).JSON(t.Context(), awsapi.SQS, "ListQueues", nil, nil); err == nil {
				t.Error("it is throttled")
			}
			d = time.Since(start)
		})
		return d
	}
	if a, b, c := took(1), took(1), took(2); a != b || a == c {
		t.Error(a, b, c)
	}
}

func TestSigned_keeps_the_service_s_answer_when_time_is_short(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sent{answer: func(int) (int, string) { return 400, `{"__type":"ThrottlingException","message":"slow down"}` }}
		at, err := awsapi.Open(awsapi.Options{Getenv: keyed(), Seed: 1, Transport: s})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer stop()
		err = awsapi.New(at).JSON(ctx, awsapi.SQS, "ListQueues", nil, nil)
		if e, ok := errors.AsType[*awsapi.Error](err); !ok || e.Code != "ThrottlingException" || !e.Temporary() || len(s.urls) != 2 || ctx.Err() != nil {
			t.Errorf("%v, %d calls, %v", err, len(s.urls), ctx.Err())
		}
	})
}

func TestError_says_what_to_do_about_keys_R4_1(t *testing.T) {
	for _, c := range []struct {
		reason string
		answer answer
		query  bool
		denied bool
		want   string
	}{
		{"SNS does not know the key", answer{status: 403, body: `<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>`},
			true, true, "The security token included in the request is invalid; this access key id is not known there"},
		{"DynamoDB does not know the key", answer{status: 400, body: `{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The security token included in the request is invalid."}`},
			false, true, "this access key id is not known there"},
		{"a wrong secret", answer{status: 403, body: `<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match</Message></Error></ErrorResponse>`},
			true, true, "the secret access key is not that of the access key id"},
		{"a wrong clock, told as a wrong signature", answer{status: 400, body: `{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z"}`},
			false, true, "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z; the clock of this machine is wrong"},
		{"keys that have run out", answer{status: 400, body: `{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"expired"}`}, false, true, "aws configure export-credentials"},
		{"no policy", answer{status: 400, body: `{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: x is not authorized"}`}, false, true, "a policy must allow sqs:SendMessage"},
		{"no signature", answer{status: 403, body: `{"__type":"MissingAuthenticationTokenException","message":"Request is missing Authentication Token"}`}, false, true, "calls must be signed here"},
		{"no such host", answer{err: &net.DNSError{Err: "no such host", Name: "sqs.eu-centrl-1.amazonaws.com", IsNotFound: true}}, false, false, "is the region or the endpoint right"},
		{"nobody there", answer{err: io.ErrUnexpectedEOF}, false, false, "unexpected EOF"},
		{"something else", answer{status: 400, body: `{"__type":"QueueDoesNotExist","message":"gone"}`}, false, false, "sqs SendMessageBatch: QueueDoesNotExist: gone"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			client := awsapi.New(backend.Endpoint{URL: "http://aws", Transport: c.answer})
			err := client.JSON(t.Context(), awsapi.SQS, "SendMessageBatch", nil, nil)
			if c.query {
				err = client.Query(t.Context(), awsapi.SNS, "Publish", nil, nil)
			}
			e, ok := errors.AsType[*awsapi.Error](err)
			if !ok || e.Denied() != c.denied || !strings.Contains(err.Error(), c.want) || e.Advice() == "" && !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
