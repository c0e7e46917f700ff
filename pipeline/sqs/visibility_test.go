package sqs

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestSend_receive_delete_in_order_and_once(t *testing.T) {
	f := newFixture(t, engine.Options{})
	url := f.create("contacts")
	if url != "http://127.0.0.1:4566/000000000001/contacts" {
		t.Fatalf("queue URL %s", url)
	}
	for i := range 25 {
		f.send(url, "m"+strconv.Itoa(i))
	}
	var got []string
	for len(got) < 25 {
		batch := f.receive(url, 10, 0)
		if len(batch) == 0 {
			t.Fatalf("only %d of 25 messages came", len(got))
		}
		for _, m := range batch {
			got = append(got, m.Body.V)
			f.delete(url, m.ReceiptHandle.V)
		}
	}
	for i, body := range got {
		if body != "m"+strconv.Itoa(i) {
			t.Fatalf("message %d is %s: not in order", i, body)
		}
	}
	if n := f.counts(url); n != [3]string{"0", "0", "0"} {
		t.Errorf("counts %v after everything was deleted", n)
	}
}

func TestReceive_hides_message_for_visibility_timeout_R1_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q")
		f.send(url, "a")
		first := f.receive(url, 1, 0)
		if len(first) != 1 || len(f.receive(url, 1, 0)) != 0 {
			t.Fatal("the message is not hidden")
		}
		time.Sleep(30*time.Second - 1)
		if len(f.receive(url, 1, 0)) != 0 {
			t.Fatal("visible one nanosecond before the timeout ran out")
		}
		time.Sleep(time.Nanosecond)
		again := f.receive(url, 1, 0)
		if len(again) != 1 || again[0].MessageId != first[0].MessageId || again[0].Attributes["ApproximateReceiveCount"] != "2" {
			t.Fatalf("second receive: %s", mustJSON(t, again))
		}
		f.delete(url, first[0].ReceiptHandle.V)
		if n := f.counts(url); n != [3]string{"0", "1", "0"} {
			t.Fatalf("counts %v: an old receipt handle deleted the message", n)
		}
		f.delete(url, again[0].ReceiptHandle.V)
		f.delete(url, again[0].ReceiptHandle.V) // twice succeeds
		var kinds []event.Kind
		for _, h := range f.hops(event.KindArrive, event.KindReceive, event.KindReturn, event.KindDelete) {
			kinds = append(kinds, h.Kind)
		}
		want := []event.Kind{event.KindArrive, event.KindReceive, event.KindReturn, event.KindReceive, event.KindDelete, event.KindDelete}
		if !slices.Equal(kinds, want) {
			t.Errorf("hops %v, want %v", kinds, want)
		}
	})
}

func TestDelete_after_visibility_timeout_deletes_what_nobody_received_again(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q", "VisibilityTimeout", "1")
		f.send(url, "a")
		m := f.receive(url, 1, 0)[0]
		time.Sleep(2 * time.Second)
		f.delete(url, m.ReceiptHandle.V)
		if got := f.receive(url, 1, 0); len(got) != 0 {
			t.Error("the deleted message came again")
		}
	})
}

func TestLong_poll_is_woken_by_the_event(t *testing.T) {
	for _, row := range []struct {
		name, reason string
		prepare      func(f *fixture, url string) (act func())
		after        time.Duration
	}{
		{"send", "a message is sent while the poll waits", func(f *fixture, url string) func() {
			return func() { f.send(url, "x") }
		}, 5 * time.Second},
		{"delay", "a delay runs out", func(f *fixture, url string) func() {
			f.send(url, "x", 7)
			return nil
		}, 7 * time.Second},
		{"delay sent later", "a delayed message is sent while the poll waits", func(f *fixture, url string) func() {
			return func() { f.send(url, "x", 3) }
		}, 8 * time.Second},
		{"visibility", "a visibility timeout runs out", func(f *fixture, url string) func() {
			f.send(url, "x")
			f.receive(url, 1, 0)
			return nil
		}, 10 * time.Second},
		{"set to zero", "a consumer gives the message back", func(f *fixture, url string) func() {
			f.send(url, "x")
			m := f.receive(url, 1, 0)[0]
			return func() {
				if err := f.change(url, m.ReceiptHandle.V, 0); err != nil {
					f.Error(err)
				}
			}
		}, 5 * time.Second},
		{"shortened", "a consumer shortens the visibility timeout", func(f *fixture, url string) func() {
			f.send(url, "x")
			m := f.receive(url, 1, 0)[0]
			return func() {
				if err := f.change(url, m.ReceiptHandle.V, 1); err != nil {
					f.Error(err)
				}
			}
		}, 6 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, engine.Options{})
				url := f.create("q", "VisibilityTimeout", "10")
				act := row.prepare(f, url)
				began := time.Now()
				if act != nil {
					time.AfterFunc(5*time.Second, act)
				}
				got := f.receive(url, 1, 20)
				if len(got) != 1 || time.Since(began) != row.after {
					t.Errorf("%s: %d messages after %v, want 1 after %v", row.reason, len(got), time.Since(began), row.after)
				}
			})
		})
	}
}

func TestLong_poll_ends_empty_after_its_wait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q", "ReceiveMessageWaitTimeSeconds", "3")
		began := time.Now()
		out, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), &ReceiveMessageInput{QueueUrl: url})
		if err != nil || len(out.Messages) != 0 || time.Since(began) != 3*time.Second {
			t.Errorf("queue-level wait: %v, %d messages after %v", err, len(out.Messages), time.Since(began))
		}
		began = time.Now()
		if f.receive(url, 1, 20); time.Since(began) != 20*time.Second {
			t.Errorf("call-level wait took %v", time.Since(began))
		}
	})
}

func TestLong_poll_of_a_client_that_went_away_loses_no_message(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q")
		ctx, cancel := context.WithCancel(context.Background())
		first := make(chan []Message)
		go func() {
			c := f.call("ReceiveMessage")
			c.Context = ctx
			out, _ := f.sqs.ReceiveMessage(c, &ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: wire.Some(int32(20))})
			first <- out.Messages
		}()
		synctest.Wait()
		second := make(chan []Message)
		go func() { second <- f.receive(url, 1, 20) }()
		synctest.Wait()
		// The send wakes the first poll; the client leaves before that poll gets to look.
		f.scope.Lock()
		woken := f.sqs.queues["q"].waiters[0]
		f.scope.Unlock()
		cancel()
		woken.Wake()
		f.send(url, "x")
		if got := <-first; len(got) != 0 {
			t.Errorf("the client that went away was handed %v", bodies(got))
		}
		if got := <-second; len(got) != 1 {
			t.Error("the waiting client got nothing")
		}
	})
}

func TestChangeVisibility(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q")
		f.send(url, "x")
		m := f.receive(url, 1, 0)[0]
		handle := m.ReceiptHandle.V
		wantError(t, f.change(url, handle, 43201), "InvalidParameterValue", "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.")
		wantError(t, f.change(url, handle, -1), "InvalidParameterValue", "Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.")
		time.Sleep(10 * time.Second)
		if err := f.change(url, handle, 43190); err != nil {
			t.Errorf("twelve hours from the receipt: %v", err)
		}
		wantError(t, f.change(url, handle, 43191), "InvalidParameterValue", "Value 43191 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
		time.Sleep(time.Hour)
		if got := f.receive(url, 1, 0); len(got) != 0 {
			t.Error("not hidden as long as asked for")
		}
		if err := f.change(url, handle, 5); err != nil {
			t.Error(err)
		}
		time.Sleep(6 * time.Second)
		if err := f.change(url, handle, 60); err != nil {
			t.Errorf("after the visibility timeout ran out AWS answers success: %v", err)
		}
		if got := f.receive(url, 1, 0); len(got) != 1 {
			t.Error("a receipt that ran out hid the message again")
		} else {
			f.delete(url, got[0].ReceiptHandle.V)
		}
		wantError(t, f.change(url, handle, 5), "InvalidParameterValue", "Value "+handle+" for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.")
		wantError(t, f.change(url, "nonsense", 5), "ReceiptHandleIsInvalid", `The input receipt handle "nonsense" is not a valid receipt handle.`)
	})
}

func TestRedrive_when_receive_count_exceeds_maxReceiveCount_R1_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		dead := f.create("dead")
		url := f.create("q", "VisibilityTimeout", "30", "RedrivePolicy", `{"maxReceiveCount":"5","deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:dead"}`)
		id := f.send(url, "poison")
		for i := range 5 {
			if got := f.receive(url, 1, 0); len(got) != 1 || got[0].Attributes["ApproximateReceiveCount"] != strconv.Itoa(i+1) {
				t.Fatalf("receive %d: %s", i+1, mustJSON(t, got))
			}
			time.Sleep(30 * time.Second)
		}
		if n := f.counts(dead); n[0] != "0" {
			t.Fatal("moved before the count was exceeded")
		}
		if got := f.receive(url, 1, 0); len(got) != 0 {
			t.Fatal("received a sixth time")
		}
		got := f.receive(dead, 1, 0)
		if len(got) != 1 || got[0].MessageId.V != id || got[0].Attributes["ApproximateReceiveCount"] != "6" ||
			got[0].Attributes["DeadLetterQueueSourceArn"] != "arn:aws:sqs:us-east-1:000000000001:q" {
			t.Fatalf("in the dead-letter queue: %s", mustJSON(t, got))
		}
		if sent := got[0].Attributes["SentTimestamp"]; sent != strconv.FormatInt(time.Now().Add(-150*time.Second).UnixMilli(), 10) {
			t.Errorf("SentTimestamp %s is not that of the first enqueue", sent)
		}
		hop := f.hops(event.KindDeadLetter)[0]
		if hop.Outcome != event.DeadLettered || hop.Reason.Code != "MaxReceiveCountExceeded" || hop.From != "queue:q" || hop.To != "queue:dead" || hop.Attempt != 5 ||
			hop.Reason.Text != "another receive would exceed maxReceiveCount: received 5 times, maxReceiveCount is 5" {
			t.Errorf("dead-letter hop %+v, reason %+v", hop, hop.Reason)
		}
		if arrive := f.hops(event.KindArrive)[0]; arrive.Fact != hop.Fact {
			t.Error("the moved message is another fact")
		}
	})
}

func TestRedrive_to_a_deleted_queue_keeps_the_message(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		dead := f.create("dead")
		url := f.create("q", "VisibilityTimeout", "1", "RedrivePolicy", `{"maxReceiveCount":1,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:dead"}`)
		f.send(url, "x")
		f.receive(url, 1, 0)
		if _, err := f.sqs.DeleteQueue(f.call("DeleteQueue"), &DeleteQueueInput{QueueUrl: dead}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := f.receive(url, 1, 0); len(got) != 1 {
			t.Fatal("the message is lost")
		}
		if hop := f.hops(event.KindDeadLetter)[0]; hop.Outcome != event.Failed || hop.Reason.Code != "NoSuchQueue" {
			t.Errorf("hop %+v", hop)
		}
	})
}

func TestRetention_expires_messages_and_says_so(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		dead := f.create("dead", "MessageRetentionPeriod", "100")
		url := f.create("q", "MessageRetentionPeriod", "60", "VisibilityTimeout", "50", "RedrivePolicy", `{"maxReceiveCount":1,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000001:dead"}`)
		f.send(url, "moved")
		f.receive(url, 1, 0)
		time.Sleep(50 * time.Second)
		f.receive(url, 1, 0)
		f.send(url, "old")
		time.Sleep(49 * time.Second)
		if n := f.counts(dead); n[0] != "1" {
			t.Fatalf("dead-letter queue holds %v", n)
		}
		f.send(dead, "younger")
		time.Sleep(time.Second)
		if got := bodies(f.receive(dead, 10, 0)); !slices.Equal(got, []string{"younger"}) {
			t.Errorf("dead-letter queue has %v: retention counts from the first enqueue", got)
		}
		time.Sleep(10 * time.Second)
		if got := f.receive(url, 10, 0); len(got) != 0 {
			t.Errorf("%v outlived its retention", bodies(got))
		}
		hops := f.hops(event.KindExpire)
		if len(hops) != 2 || hops[0].Event.Body != "moved" || hops[0].From != "queue:dead" || hops[1].Event.Body != "old" || hops[1].Outcome != event.Expired {
			t.Errorf("expire hops %+v", hops)
		}
	})
}

func TestDelay_per_message_and_per_queue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q", "DelaySeconds", "5")
		f.send(url, "by the queue")
		f.send(url, "by itself", 2)
		f.send(url, "at once", 0)
		if n := f.counts(url); n != [3]string{"1", "0", "2"} {
			t.Errorf("counts %v", n)
		}
		hop := f.hops(event.KindArrive)[0]
		if hop.Outcome != event.Delayed || !hop.Due.Equal(time.Now().Add(5*time.Second)) {
			t.Errorf("arrival %+v", hop)
		}
		if pending := f.sqs.Pending(); len(pending) != 1 || pending[0].Count != 2 || !pending[0].Due.Equal(time.Now().Add(2*time.Second)) || pending[0].Work {
			t.Errorf("pending %+v", pending)
		}
		time.Sleep(5 * time.Second)
		if got := bodies(f.receive(url, 10, 0)); !slices.Equal(got, []string{"by the queue", "by itself", "at once"}) {
			t.Errorf("got %v, want the order in which they were sent", got)
		}
	})
}

func TestManual_clock_moves_visibility(t *testing.T) {
	clock := engine.NewManualClock(start)
	f := newFixture(t, engine.Options{Clock: clock})
	url := f.create("q")
	f.send(url, "x", 900)
	if got := f.receive(url, 1, 0); len(got) != 0 {
		t.Fatal("delayed, yet there")
	}
	clock.Set(start.Add(900 * time.Second))
	if got := f.receive(url, 1, 0); len(got) != 1 {
		t.Fatal("not there when the delay ran out")
	}
	clock.Set(start.Add(930 * time.Second))
	if got := f.receive(url, 1, 0); len(got) != 1 {
		t.Fatal("not there when the visibility timeout ran out")
	}
}
