package dye_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/layer"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/sqs"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// stock is a consumer that counts what is left of each article.
type stock struct {
	naive bool            // takes a redelivery for a new event
	seen  map[string]bool //
	left  map[string]int
}

func newStock(naive bool) *stock {
	return &stock{naive: naive, seen: map[string]bool{}, left: map[string]int{}}
}

func (s *stock) handle(_ context.Context, m observe.Message) error {
	var e struct {
		ID, SKU string
		Count   int
	}
	if err := json.Unmarshal([]byte(m.Body), &e); err != nil {
		return err
	}
	if !s.seen[e.ID] || s.naive {
		s.seen[e.ID] = true
		s.left[e.SKU] += e.Count
	}
	return nil
}

func (s *stock) state(context.Context) (any, error) { return s.left, nil }

var moves = layer.Cases{Events: layer.Bodies(`{"id":"1","sku":"A","count":5}`, `{"id":"2","sku":"B","count":7}`, `{"id":"3","sku":"A","count":-2}`)}

func TestConsumer_table_of_a_handler_R2_14(t *testing.T) {
	dye.Consumer(t, moves, func(d *dye.T) layer.Consumer {
		d.Covers("R2.14")
		s := newStock(false)
		return layer.Consumer{Handle: s.handle, State: s.state}
	})
}

// loop consumes with a client of the test until ctx ends.
func (s *stock) loop(d *dye.T) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		queue, err := sqs.Open(ctx, d.AWS("stock"), layer.DefaultQueue)
		for err == nil {
			var batch []observe.Message
			batch, err = queue.Receive(ctx, 20*time.Second, time.Minute)
			for _, m := range batch {
				if s.handle(ctx, m) == nil {
					err = queue.Ack(ctx, []observe.Message{m})
				}
				if ctx.Err() != nil {
					return ctx.Err()
				}
			}
		}
		return err
	}
}

func TestConsumer_table_of_a_loop_R2_14(t *testing.T) {
	cases := moves
	cases.Skip = map[layer.Case]string{layer.Slow: "its store here has no lock, and two instances would share it"}
	dye.Consumer(t, cases, func(d *dye.T) layer.Consumer {
		s := newStock(false)
		return layer.Consumer{Run: s.loop(d), State: s.state}
	})
}

// relay is a consumer whose effect is an event: it tells what is left. A fresh id makes each copy another event.
func relay(d *dye.T, s *stock, fresh bool) layer.Consumer {
	queue(d, "left")
	sent := 0
	return layer.Consumer{State: d.Emitted("queue:left"), Handle: func(ctx context.Context, m observe.Message) error {
		if err := s.handle(ctx, m); err != nil {
			return err
		}
		sent++
		id := ""
		if fresh {
			id = fmt.Sprintf(`,"id":%d`, sent)
		}
		return backendtest.SQS{}.Send(ctx, d.AWS("stock"), "left", fmt.Sprintf(`{"detail-type":"MoveBooked","detail":{"move":%q%s}}`, m.Body, id), 0)
	}}
}

func TestConsumer_table_of_a_consumer_that_emits_R2_14(t *testing.T) {
	dye.Consumer(t, moves, func(d *dye.T) layer.Consumer { return relay(d, newStock(false), false) })
}

func TestChildConsumerFreshIDs(t *testing.T) {
	onlyInChild(t)
	dye.Consumer(t, moves, func(d *dye.T) layer.Consumer { return relay(d, newStock(false), true) })
}

func TestChildConsumerNowhere(t *testing.T) {
	onlyInChild(t)
	dye.Consumer(t, moves, func(d *dye.T) layer.Consumer {
		return layer.Consumer{Handle: newStock(false).handle, State: d.Emitted("queue:nowhere")}
	})
}

func TestChildConsumer(t *testing.T) {
	onlyInChild(t)
	dye.Consumer(t, moves, func(d *dye.T) layer.Consumer {
		s := newStock(true)
		return layer.Consumer{Handle: s.handle, State: s.state}
	})
}

func TestChildConsumerLoop(t *testing.T) {
	onlyInChild(t)
	dye.Consumer(t, moves, func(d *dye.T) layer.Consumer {
		s := newStock(true)
		return layer.Consumer{Run: s.loop(d), State: s.state}
	})
}

func TestChildConsumerVacuous(t *testing.T) {
	onlyInChild(t)
	dye.Consumer(t, moves, func(d *dye.T) layer.Consumer {
		s := newStock(true)
		return layer.Consumer{Handle: s.handle, State: func(context.Context) (any, error) { return "fine", nil }}
	})
}

func TestChildConsumerWrongTable(t *testing.T) {
	onlyInChild(t)
	dye.Consumer(t, layer.Cases{}, nil)
}

func TestConsumer_table_that_fails_R2_14(t *testing.T) {
	server := serve(t, pipeline.Options{})
	manual := serve(t, pipeline.Options{Clock: engine.NewManualClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))})
	for _, c := range []struct {
		test  string
		env   []string
		fails bool
		says  []string
	}{
		{"^TestChildConsumer$", nil, true, []string{
			`layer_test.go:\d+: dye: consumer, case redelivered FAILED`, "each message came twice", "A: want 3, got 6",
			`again:  go test github.com/dyetrace/dyetrace/dye -run '\^TestChildConsumer\$/\^redelivered\$' -dye\.seed=1`,
			`dye: consumer`, `plain          ok`, `redelivered    FAILED: A: want 3, got 6 \(and 1 more\)`, `out of order   ok, 5 runs`, `poison         ok`, `outage         left out: the consumer has no Break`}},
		{"^TestChildConsumer$/^slow$", nil, true, []string{"case slow FAILED", "A: want 3, got 8"}},
		{"^TestChildConsumer$/^poison$", nil, false, []string{"poison         ok"}},
		{"^TestChildConsumerVacuous$", nil, true, []string{"case plain FAILED", "no case could show anything"}},
		{"^TestChildConsumerFreshIDs$", nil, true, []string{"case redelivered FAILED", `want absent, got .*"id":4`, "plain          ok"}},
		{"^TestChildConsumerNowhere$", nil, true, []string{"dye: consumer, case plain: the consumer's State: there is no place queue:nowhere", "plain          FAILED: the run ended before it could be judged"}},
		{"^TestChildConsumerWrongTable$", nil, true, []string{"dye: Consumer: a table of consumer cases needs Events"}},
		{"^TestChildConsumer$", manual, true, []string{"plain          ok", "redelivered    FAILED", "A: want 3, got 6", "out of order   ok, 5 runs", "poison         ok", "slow           FAILED"}},
		{"^TestChildConsumerLoop$", manual, true, []string{"plain          ok", "redelivered    FAILED", "crash          FAILED", "slow           left out: two instances of a consumer"}},
		{"^TestChildConsumer$", server, false, []string{"needs virtual time, and dyetrace.* at .* has none", "--- SKIP: TestChildConsumer/plain", "--- SKIP: TestChildConsumer/out_of_order"}},
	} {
		t.Run(c.test, func(t *testing.T) {
			got := child(t, c.test, c.env)
			if got.failed != c.fails {
				t.Errorf("failed: %t\n%s", got.failed, got.output)
			}
			got.says(t, c.says...)
		})
	}
}

// placeOrder is the producer.
func placeOrder(ctx context.Context, d *dye.T, details ...string) error {
	for _, detail := range details {
		err := awsapi.New(d.AWS("shop")).JSON(ctx, awsapi.EventBridge, "PutEvents",
			map[string]any{"Entries": []map[string]any{{"EventBusName": "shop", "Source": "shop", "DetailType": "OrderPlaced", "Detail": detail}}}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

func shopBus(d *dye.T) {
	if err := awsapi.New(d.AWS()).JSON(d.Context(), awsapi.EventBridge, "CreateEventBus", map[string]any{"Name": "shop"}, nil); err != nil {
		d.Fatal(err)
	}
}

var errNoStock = errors.New("no stock")

func TestProduces_R2_14(t *testing.T) {
	placed := layer.Emission{Event: dye.Type("OrderPlaced").On("bus:shop").With("detail.n", 1), Source: "shop", Form: layer.EventBridge}
	dye.Test(t, func(d *dye.T) {
		shopBus(d)
		flow := d.Produces(layer.Producer{Emits: []layer.Emission{placed}, Do: func(ctx context.Context) error { return placeOrder(ctx, d, `{"n":1}`) }})
		if len(flow.Hops()) == 0 {
			d.Error("the flow is empty")
		}
		d.Produces(layer.Producer{Fails: true, Do: func(context.Context) error { return errNoStock }})
	})
}

func TestChildProduces(t *testing.T) {
	onlyInChild(t)
	placed := layer.Emission{Event: dye.Type("OrderPlaced").On("bus:shop"), Times: layer.AtMost(1)}
	for name, p := range map[string]struct {
		layer.Producer
		details []string
		err     error
	}{
		"too many":           {layer.Producer{Emits: []layer.Emission{placed}}, []string{`{"n":1}`, `{"n":2}`}, nil},
		"event of a failure": {layer.Producer{Fails: true}, []string{`{"n":1}`}, errNoStock},
		"no failure":         {layer.Producer{Fails: true}, nil, nil},
		"a failure":          {layer.Producer{}, nil, errNoStock},
	} {
		t.Run(name, func(t *testing.T) {
			dye.Test(t, func(d *dye.T) {
				shopBus(d)
				p.Do = func(ctx context.Context) error { return errors.Join(placeOrder(ctx, d, p.details...), p.err) }
				d.Produces(p.Producer)
			})
		})
	}
}

func TestProduces_says_what_is_wrong_R2_14(t *testing.T) {
	for test, says := range map[string]string{
		"too_many": "OrderPlaced on bus:shop exactly 1", "event_of_a_failure": "nothing else", "no_failure": "the operation was to fail, and did not",
		"a_failure": "the operation failed: no stock",
	} {
		got := child(t, "^TestChildProduces$/^"+test+"$", nil)
		if !got.failed {
			t.Errorf("%s passed", test)
		}
		got.says(t, says, "again:")
	}
}

// recordStock has the stock handle three moves, and saves the flow.
func recordStock(t *testing.T, file string) {
	dye.Test(t, func(d *dye.T) {
		d.Advance(0) // the pauses need virtual time
		queue(d, "moves", "left")
		go restock(d, false)
		flow := d.Dye(func(ctx context.Context) error {
			for _, e := range moves.Events {
				if err := (backendtest.SQS{}).Send(ctx, d.AWS("shop"), "moves", e.Body, 0); err != nil {
					return err
				}
				time.Sleep(time.Minute) //tidy:bubble runs in dye.Test only
			}
			return nil
		})
		flow.Expect(dye.On("queue:left").Exactly(3))
		flow.Save(file)
	})
}

func queue(d *dye.T, names ...string) {
	for _, name := range names {
		if err := (backendtest.SQS{}).CreateQueue(d.Context(), d.AWS(), name); err != nil {
			d.Fatal(err)
		}
	}
}

// restock sends, for each move, what is left.
func restock(d *dye.T, naive bool) {
	s := newStock(naive)
	source, err := sqs.Open(d.Context(), d.AWS("stock"), "moves")
	for err == nil {
		var batch []observe.Message
		batch, err = source.Receive(d.Context(), 20*time.Second, time.Minute)
		for _, m := range batch {
			known := len(s.seen)
			if s.handle(d.Context(), m) != nil {
				continue
			}
			if text, _ := json.Marshal(s.left); naive || len(s.seen) > known {
				_ = (backendtest.SQS{}).Send(d.Context(), d.AWS("stock"), "left", string(text), 0)
			}
			_ = source.Ack(d.Context(), []observe.Message{m})
		}
	}
}

const replayVariable = "DYE_TEST_REPLAY"

func TestChildReplay(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		queue(d, "moves", "left")
		go restock(d, true)
		d.Replay(layer.Replay{Recording: readRecording(d, os.Getenv(replayVariable)), Duplicates: 1})
	})
}

func readRecording(tb testing.TB, file string) observe.Recording {
	f, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	r, err := observe.ReadRecording(f)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestReplay_of_a_recorded_file_R2_14(t *testing.T) {
	file := filepath.Join(t.TempDir(), "moves.jsonl")
	recordStock(t, file)
	for _, r := range []layer.Replay{{}, {At: "queue:moves"}} {
		r.Recording = readRecording(t, file)
		dye.Test(t, func(d *dye.T) {
			queue(d, "moves", "left")
			go restock(d, false)
			flow := d.Replay(r)
			flow.Expect(dye.On("queue:left").Exactly(3))
		})
	}
	got := child(t, "^TestChildReplay$", []string{replayVariable + "=" + file})
	if !got.failed {
		t.Error("a stock that counts twice was not seen")
	}
	got.says(t, "what came of the replay is not what came of the recorded flow", `\+      "A":`, "again:")
	if strings.Count(got.output, "\n") > 50 {
		t.Errorf("too long\n%s", got.output)
	}
}
