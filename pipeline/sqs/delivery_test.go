package sqs

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestReceive_of_a_delivery_keeps_lineage_and_body(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.create("q", "MaximumMessageSize", "1024")
		deliver := func(to, body string, attributes map[string]string) (err error) {
			f.engine.Send(event.Delivery{
				Lineage: event.Lineage{Cause: 40, Fact: 41, CorrelationID: "flow"}, Account: f.scope.Account, Region: f.scope.Region, From: "rule:bus/r", To: event.Place(to),
				Event: &event.Event{ID: "e", Source: "crm", Type: "ContactCreated", Body: body, Key: "group-1", Attributes: attributes}, Attempt: 2,
			}, func(_ event.Delivery, e error) { err = e })
			synctest.Wait()
			return err
		}
		if err := deliver("queue:q", "not JSON", map[string]string{"ERROR_CODE": "X"}); err != nil {
			t.Fatal(err)
		}
		wantError(t, deliver("queue:missing", "x", nil), "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
		wantError(t, deliver("queue:q", strings.Repeat("x", 1025), nil), "InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.")
		hops := f.hops(event.KindArrive)
		if len(hops) != 1 {
			t.Fatalf("%d arrivals", len(hops))
		}
		if h := hops[0]; h.From != "rule:bus/r" || h.To != "queue:q" || h.Cause != 40 || h.Fact != 41 || h.CorrelationID != "flow" || h.Attempt != 2 || h.Event.Type != "ContactCreated" || h.Event.Key != "group-1" {
			t.Errorf("arrival %+v %+v", h, h.Event)
		}
		m := f.receive("q", 1, 0)[0]
		if m.Body.V != "not JSON" || m.Attributes["MessageGroupId"] != "group-1" || m.MessageAttributes["ERROR_CODE"].StringValue.V != "X" {
			t.Errorf("message %s", mustJSON(t, m))
		}
		if h := f.hops(event.KindReceive)[0]; h.Cause != hops[0].Seq || h.Fact != 41 || h.CorrelationID != "flow" || h.To != "client:app" || h.Attempt != 1 {
			t.Errorf("receipt %+v", h)
		}
	})
}

func TestInterceptors_see_sends_and_moves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []event.Place
		f := newFixture(t, engine.Options{Interceptors: []engine.Interceptor{{
			Hop: func(_ context.Context, _ event.Hop, d event.Delivery) []event.Delivery {
				seen = append(seen, d.To)
				changed := *d.Event
				changed.Body += "!"
				other := d
				other.Event = &changed
				switch d.Event.Body {
				case "lose":
					return nil
				case "twice":
					return []event.Delivery{d, other}
				}
				return []event.Delivery{d}
			},
		}}})
		f.create("dead")
		url := f.create("q", "VisibilityTimeout", "1", "RedrivePolicy", `{"maxReceiveCount":1,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:dead"}`)
		f.send(url, "lose")
		id := f.send(url, "twice")
		got := f.receive(url, 10, 0)
		if len(got) != 2 || got[0].MessageId.V != id || got[1].MessageId.V != id || got[1].Body.V != "twice!" {
			t.Fatalf("received %s", mustJSON(t, got))
		}
		if got[1].MD5OfBody == got[0].MD5OfBody {
			t.Error("a changed body kept its checksum")
		}
		f.delete(url, got[1].ReceiptHandle.V)
		time.Sleep(time.Second)
		if f.receive(url, 10, 0); len(seen) != 3 || seen[2] != "queue:dead" {
			t.Errorf("interceptors saw %v", seen)
		}
		if got := f.receive("dead", 10, 0); len(got) != 2 || got[0].MessageId.V != id {
			t.Errorf("dead-letter queue has %s", mustJSON(t, got))
		}
		if hops := f.hops(event.KindDrop); len(hops) != 1 || hops[0].Outcome != event.Lost {
			t.Errorf("hops %+v", hops)
		}
	})
}

func TestInterceptors_and_delays_do_not_add_up(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{Interceptors: []engine.Interceptor{{
			Hop: func(_ context.Context, _ event.Hop, d event.Delivery) []event.Delivery {
				if d.Event.Body == "held up" {
					d.Due = d.Due.Add(10 * time.Second)
				}
				return []event.Delivery{d}
			},
		}}})
		url := f.create("q", "DelaySeconds", "5")
		f.send(url, "plain")
		f.send(url, "held up")
		began := time.Now()
		for _, want := range []time.Duration{5 * time.Second, 15 * time.Second} {
			if got := f.receive(url, 1, 20); len(got) != 1 || time.Since(began) != want {
				t.Errorf("%v after %v, want a message after %v", bodies(got), time.Since(began), want)
			}
		}
	})
}

// TestGate_decides_which_poll_is_served runs five polls against three messages: same seed, same winners.
func TestGate_decides_which_poll_is_served(t *testing.T) {
	run := func(seed uint64) (served string) {
		synctest.Test(t, func(t *testing.T) {
			gate := engine.NewGate(seed, synctest.Wait)
			f := newFixture(t, engine.Options{Seed: seed, Gate: gate})
			go gate.Run(f.engine)
			defer gate.Close()
			f.create("q")
			winners := make([]string, 5)
			var polls sync.WaitGroup
			for i := range winners {
				polls.Go(func() {
					c := f.call("ReceiveMessage")
					c.Client = fmt.Sprint("client-", i)
					c.Body = []byte(fmt.Sprintf(`{"QueueUrl":"q","WaitTimeSeconds":20,"VisibilityTimeout":%d}`, 1000+i))
					_, err := f.engine.Do(c, func() ([]byte, error) {
						out, err := f.sqs.ReceiveMessage(c, &ReceiveMessageInput{QueueUrl: "q", WaitTimeSeconds: wire.Some(int32(20)), VisibilityTimeout: wire.Some(int32(1000))})
						for _, m := range out.Messages {
							winners[i] += m.Body.V
						}
						return nil, err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			gate.Settle()
			for i := range 3 {
				f.send("q", fmt.Sprint(i))
			}
			polls.Wait()
			served = fmt.Sprint(winners)
		})
		return served
	}
	orders := map[string]bool{}
	for seed := range uint64(20) {
		first := run(seed)
		orders[first] = true
		if again := run(seed); again != first {
			t.Fatalf("seed %d served %s, then %s", seed, first, again)
		}
	}
	if len(orders) < 5 {
		t.Errorf("20 seeds served in %d ways only", len(orders))
	}
}

func TestReset_forgets_queues_and_ends_polls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q")
		time.AfterFunc(time.Second, f.scope.Reset)
		began := time.Now()
		if got := f.receive(url, 1, 20); len(got) != 0 || time.Since(began) != time.Second {
			t.Errorf("%d messages after %v", len(got), time.Since(began))
		}
		_, err := f.sqs.SendMessage(f.call("SendMessage"), &SendMessageInput{QueueUrl: url, MessageBody: "x"})
		wantError(t, err, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
	})
}

func TestPeek_consumes_nothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q")
		f.send(url, "in flight")
		f.receive(url, 1, 0)
		f.send(url, "delayed", 9)
		f.send(url, "visible")
		list, ok := f.sqs.Peek("q")
		var got []string
		for _, p := range list {
			got = append(got, p.State+"="+p.Message.Body.V+"="+p.Message.Attributes["ApproximateReceiveCount"])
		}
		if want := "visible=visible=0 delayed=delayed=0 in flight=in flight=1"; !ok || strings.Join(got, " ") != want {
			t.Errorf("peeked %v, want %s", got, want)
		}
		if _, ok := f.sqs.Peek("none"); ok {
			t.Error("peeked into a queue that is not there")
		}
	})
}
