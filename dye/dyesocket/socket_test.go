package dyesocket_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyesocket"
	"github.com/dyetrace/dyetrace/pipeline"
)

// feed is a system under test: a WebSocket handler that tells its listener what comes to the queue orders.
func feed(d *dye.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		c := awsapi.New(d.AWS("feed"))
		for d.Context().Err() == nil {
			var got struct {
				Messages []struct{ Body, ReceiptHandle string }
			}
			in := map[string]any{"QueueUrl": queue(d), "WaitTimeSeconds": 20}
			if c.JSON(d.Context(), awsapi.SQS, "ReceiveMessage", in, &got) != nil {
				return
			}
			for _, m := range got.Messages {
				if ws.Write(d.Context(), websocket.MessageText, []byte(m.Body)) != nil {
					return
				}
				c.JSON(d.Context(), awsapi.SQS, "DeleteMessage", map[string]any{"QueueUrl": queue(d), "ReceiptHandle": m.ReceiptHandle}, nil)
			}
		}
	})
}

func queue(d *dye.T) string { return d.AWS().URL + "/" + d.AWS().AccountID + "/orders" }

func create(d *dye.T) awsapi.Client {
	d.Helper()
	c := awsapi.New(d.AWS("shop"))
	if err := c.JSON(d.Context(), awsapi.SQS, "CreateQueue", map[string]any{"QueueName": "orders"}, nil); err != nil {
		d.Fatal(err)
	}
	return c
}

var bearer = http.Header{"Authorization": {"Bearer t"}}

// A client of the system's WebSocket: what an order becomes there is of the order's flow, since the feed holds its message.
func TestDial_follows_a_flow_to_its_listener_R2_15(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		c := create(d)
		screen := dyesocket.Dial(d, "screen", feed(d), "/feed", bearer, dyesocket.System("feed"))
		flow := d.Dye(func(ctx context.Context) error {
			return c.JSON(ctx, awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": queue(d), "MessageBody": `{"order":17}`, "DelaySeconds": 60}, nil)
		})
		got := screen.Collect(1, dye.On(screen.Place()).With("order", 17))
		if len(got) != 1 || got[0].Place != "socket:screen" || strings.Join(screen.Messages(), ";") != `{"order":17}` {
			d.Errorf("%+v, %q", got, screen.Messages())
		}
		flow.Expect(dye.On("queue:orders").Exactly(1), dye.On(screen.Place()).With("order", 17).Exactly(1), dye.NothingElse())
	})
}

// A server that the system connects to: it asks for prices, and waits a minute of virtual time for one of them.
func TestServe_answers_by_its_script_R2_15(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		prices := dyesocket.Serve(d, "prices.example.test", func(ctx context.Context, c *dyesocket.Conn) error {
			for {
				asked, err := c.Receive(ctx)
				if err != nil {
					return err
				}
				if strings.Contains(asked, "slow") {
					time.Sleep(time.Minute)
				}
				if err := c.Send(ctx, fmt.Sprintf(`{"of":%s,"price":900}`, asked)); err != nil {
					return err
				}
			}
		})
		start := time.Now()
		flow := d.Dye(func(ctx context.Context) error {
			ws, _, err := websocket.Dial(ctx, prices.URL()+"/v1", &websocket.DialOptions{HTTPClient: prices.Client()})
			if err != nil {
				return err
			}
			for _, what := range []string{`"tea"`, `"slow tea"`} {
				if err := ws.Write(ctx, websocket.MessageText, []byte(what)); err != nil {
					return err
				}
				if _, answer, err := ws.Read(ctx); err != nil || string(answer) != `{"of":`+what+`,"price":900}` {
					return fmt.Errorf("%s: %s, %w", what, answer, err)
				}
			}
			return ws.Close(websocket.StatusNormalClosure, "thanks")
		})
		if took := time.Since(start); took != time.Minute {
			d.Errorf("took %v", took)
		}
		flow.Expect(dye.On(prices.Place()).Exactly(2), dye.NothingElse())
	})
}

// What comes without being asked for is kept, and a listener that nobody closed does not hold up the test.
func TestServe_keeps_what_comes_R2_15(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		log := dyesocket.Serve(d, "log", nil)
		ws, _, err := websocket.Dial(d.Context(), log.URL(), &websocket.DialOptions{HTTPClient: log.Client()})
		if err != nil {
			d.Fatal(err)
		}
		for i := range 3 {
			if err := ws.Write(d.Context(), websocket.MessageBinary, fmt.Appendf(nil, `{"line":%d}`, i)); err != nil {
				d.Fatal(err)
			}
		}
		got := log.Collect(1, dye.On(log.Place()).With("line", 1))
		if len(got) != 1 || got[0].Body != `{"line":1}` {
			d.Errorf("%+v", got)
		}
		if rest := log.Collect(2); len(rest) != 2 {
			d.Errorf("the others were not put back: %+v", rest)
		}
	})
}

// A library's limit on the reader's side would look like a fault of the system.
func TestServe_takes_long_messages_R2_15(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		log := dyesocket.Serve(d, "log", nil)
		ws, _, err := websocket.Dial(d.Context(), log.URL(), &websocket.DialOptions{HTTPClient: log.Client()})
		if err != nil {
			d.Fatal(err)
		}
		long := fmt.Sprintf(`{"text":%q}`, strings.Repeat("x", 1<<20))
		if err := ws.Write(d.Context(), websocket.MessageText, []byte(long)); err != nil {
			d.Fatal(err)
		}
		if got := log.Collect(1); len(got) != 1 || got[0].Body != long {
			d.Errorf("%d messages", len(got))
		}
	})
}

func TestServe_sees_a_message_on_a_server_too_R4_1(t *testing.T) {
	t.Setenv("DYETRACE_BACKEND", backendtest.Serve(t, pipeline.New(pipeline.Options{})))
	dye.Test(t, func(d *dye.T) {
		c := create(d)
		screen := dyesocket.Dial(d, "screen", feed(d), "/feed", bearer, dyesocket.System("feed"))
		flow := d.Dye(func(ctx context.Context) error {
			return c.JSON(ctx, awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": queue(d), "MessageBody": `{"order":17}`}, nil)
		})
		screen.Collect(1)
		flow.Expect(dye.On("queue:orders").Exactly(1), dye.On(screen.Place()).With("order", 17).Exactly(1))
	})
}
