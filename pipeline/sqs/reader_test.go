package sqs

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func TestReader_receives_and_deletes_as_a_consumer_R1_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q", "VisibilityTimeout", "30")
		woken := 0
		const arn = "arn:aws:sqs:us-east-1:000000000001:q"
		r, err := f.sqs.OpenQueue(arn, "pipe:p", func() { woken++ })
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.sqs.OpenQueue(arn+"2", "pipe:p", func() {})
		wantError(t, err, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
		f.send(url, `{"a":1}`)
		synctest.Wait()
		got, err := r.Receive(10)
		if err != nil || len(got) != 1 || woken != 1 || r.Ordered() || r.Place() != "queue:q" {
			t.Fatalf("%+v, %v, woken %d times", got, err, woken)
		}
		var record struct{ MessageID, ReceiptHandle, Body, EventSource, EventSourceARN, AWSRegion string }
		if err := json.Unmarshal([]byte(got[0].Event.Body), &record); err != nil || record.Body != `{"a":1}` || record.EventSource != "aws:sqs" || record.EventSourceARN != arn ||
			record.MessageID != got[0].ID || record.ReceiptHandle != got[0].Handle || record.AWSRegion != "us-east-1" || !strings.Contains(got[0].Event.Body, `"ApproximateReceiveCount":"1"`) {
			t.Errorf("record %s: %+v, %v", got[0].Event.Body, record, err)
		}
		if hops := f.hops(event.KindReceive); len(hops) != 1 || hops[0].To != "pipe:p" || got[0].Lineage.Cause != hops[0].Seq {
			t.Errorf("hops %+v", hops)
		}
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if woken != 2 {
			t.Errorf("woken %d times: not when the visibility timeout ran out", woken)
		}
		again, err := r.Receive(10)
		if err != nil || len(again) != 1 || again[0].Receives != 2 || !again[0].Due.Equal(time.Now().Add(30*time.Second)) {
			t.Fatalf("%+v, %v", again, err)
		}
		r.Delete(got[0].Handle) // of the first receive
		if f.attribute(url, "ApproximateNumberOfMessagesNotVisible") != "1" {
			t.Error("an old handle deletes")
		}
		r.Delete(again[0].Handle)
		if f.attribute(url, "ApproximateNumberOfMessagesNotVisible") != "0" {
			t.Error("the message is still there")
		}
		r.Close()
		f.send(url, "x")
		synctest.Wait()
		if woken != 2 {
			t.Error("a closed reader is woken")
		}
		f.engine.Reset()
		if _, err := r.Receive(1); err == nil {
			t.Error("a queue that is gone hands out messages")
		}
	})
}
