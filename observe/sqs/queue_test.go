package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/sqs"
)

// A collector of its own, on the embedded pipeline: what does not match stays in the queue for its consumer.
func ExampleOpen() {
	ctx := context.Background()
	b := embedded.New(embedded.Options{})
	defer b.Close()
	app, broker := b.Endpoint("shop"), backendtest.SQS{}
	fmt.Println(broker.CreateQueue(ctx, app, "orders"))
	for _, body := range []string{`{"order":1}`, `{"refund":1}`, `not JSON`, `{"order":2}`} {
		if err := broker.Send(ctx, app, "orders", body, 0); err != nil {
			fmt.Println(err)
		}
	}

	queue, err := sqs.Open(ctx, b.Endpoint("collector"), "orders")
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := observe.Collect(ctx, queue, observe.CollectOptions{
		Count: 2, AtLeast: true,
		Match: func(r *observe.Received) []event.Mismatch {
			if _, ok := event.Lookup(r.Document.Root, "order"); ok {
				return nil
			}
			return []event.Mismatch{{Path: "order", Want: "any"}}
		},
	})
	fmt.Println(len(got.Events), "orders,", len(got.Others), "other,", len(got.Undecodable), "not JSON,", err)

	rest, _ := broker.Receive(ctx, b.Endpoint("consumer"), "orders")
	fmt.Println(len(rest), "left for the consumer")
	// Output:
	// <nil>
	// 2 orders, 1 other, 1 not JSON, <nil>
	// 2 left for the consumer
}

func inBubble(t *testing.T, body func(t *testing.T, b *embedded.Backend)) {
	synctest.Test(t, func(t *testing.T) {
		b := embedded.New(embedded.Options{Seed: 1, Wait: synctest.Wait})
		defer b.Close()
		if err := (backendtest.SQS{}).CreateQueue(t.Context(), b.Endpoint("app"), "orders"); err != nil {
			t.Fatal(err)
		}
		body(t, b)
	})
}

func TestCollect_in_virtual_time_R2_2(t *testing.T) {
	inBubble(t, func(t *testing.T, b *embedded.Backend) {
		for i, delay := range []time.Duration{0, 40 * time.Second, 80 * time.Second} {
			if err := (backendtest.SQS{}).Send(t.Context(), b.Endpoint("app"), "orders", fmt.Sprintf(`{"order":%d}`, i), delay); err != nil {
				t.Fatal(err)
			}
		}
		q, err := sqs.Open(t.Context(), b.Endpoint("collector"), "orders")
		if err != nil {
			t.Fatal(err)
		}
		got, err := observe.Collect(t.Context(), q, observe.CollectOptions{Count: 3, Deadline: 2 * time.Minute})
		if err != nil || len(got.Events) != 3 || got.Redelivered != 0 || got.Elapsed.Round(time.Second) != 81*time.Second {
			t.Errorf("%d events in %v, %v", len(got.Events), got.Elapsed, err)
		}
		if m := got.Events[2].Message; m.Attempt != 1 || m.Place != "queue:orders" {
			t.Errorf("%+v", m)
		}
		q2, err := b.Settle(t.Context())
		if err != nil || len(q2.Pending) > 0 {
			t.Errorf("what was collected is still under way: %+v, %v", q2.Pending, err)
		}
	})
}

func TestOpen_names_the_queue_that_is_not_there(t *testing.T) {
	inBubble(t, func(t *testing.T, b *embedded.Backend) {
		_, err := sqs.Open(t.Context(), b.Endpoint("collector"), "ordres")
		if e, ok := errors.AsType[*awsapi.Error](err); !ok || e.Code != "QueueDoesNotExist" || e.Temporary() || !strings.Contains(err.Error(), "ordres") {
			t.Errorf("%v", err)
		}
	})
}

type answers func(r *http.Request) (int, string)

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := f(r)
	if status == 0 {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func TestQueue_tells_what_may_pass_from_what_stays(t *testing.T) {
	for _, c := range []struct {
		reason    string
		status    int
		body      string
		code      string
		temporary bool
	}{
		{"nobody there", 0, "", "", true},
		{"refused", 403, `{"__type":"com.amazonaws.sqs#AccessDenied","message":"no"}`, "AccessDenied", false},
		{"an entry failed", 200, `{"Failed":[{"Id":"0","Code":"ReceiptHandleIsInvalid","Message":"old"}]}`, "ReceiptHandleIsInvalid", false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			refuse := false
			at := backend.Endpoint{URL: "http://sqs", AccountID: "000000000000", Region: "us-east-1", Transport: answers(func(*http.Request) (int, string) {
				if !refuse {
					return 200, `{"QueueUrl":"http://sqs/orders"}`
				}
				return c.status, c.body
			})}
			q, err := sqs.Open(t.Context(), at, "orders")
			if err != nil {
				t.Fatal(err)
			}
			refuse = true
			e, ok := errors.AsType[*awsapi.Error](q.Ack(t.Context(), []observe.Message{{Handle: "1"}}))
			if !ok || e.Code != c.code || e.Temporary() != c.temporary {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestReceive_keeps_attributes_as_text_R2_2(t *testing.T) {
	inBubble(t, func(t *testing.T, b *embedded.Backend) {
		e := b.Endpoint("app")
		err := awsapi.New(e).JSON(t.Context(), awsapi.SQS, "SendMessage", map[string]any{
			"QueueUrl": e.URL + "/" + e.AccountID + "/orders", "MessageBody": "{}", "MessageAttributes": map[string]any{
				"tenant": map[string]string{"DataType": "String", "StringValue": "acme"}, "n": map[string]string{"DataType": "Number", "StringValue": "7"},
				"image": map[string]string{"DataType": "Binary", "BinaryValue": "AQID"},
			},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		q, err := sqs.Open(t.Context(), b.Endpoint("collector"), "orders")
		if err != nil {
			t.Fatal(err)
		}
		list, err := q.Receive(t.Context(), 0, time.Minute)
		if err != nil || len(list) != 1 || !maps.Equal(list[0].Attributes, map[string]string{"tenant": "acme", "n": "7", "image": "AQID"}) {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
