package sqs

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func BenchmarkSendMessage(b *testing.B) {
	f := newFixture(b, engine.Options{HistoryLimit: 1000})
	url := f.create("q")
	in := &SendMessageInput{QueueUrl: url, MessageBody: strings.Repeat("x", 1024)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.sqs.SendMessage(f.call("SendMessage"), in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSendReceiveDelete(b *testing.B) {
	f := newFixture(b, engine.Options{HistoryLimit: 1000})
	url := f.create("q")
	in := &SendMessageInput{QueueUrl: url, MessageBody: strings.Repeat("x", 1024)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.sqs.SendMessage(f.call("SendMessage"), in); err != nil {
			b.Fatal(err)
		}
		out, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), &ReceiveMessageInput{QueueUrl: url})
		if err != nil || len(out.Messages) != 1 {
			b.Fatal(err, len(out.Messages))
		}
		if _, err := f.sqs.DeleteMessage(f.call("DeleteMessage"), &DeleteMessageInput{QueueUrl: url, ReceiptHandle: out.Messages[0].ReceiptHandle.V}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReceiveFromMany shows that the cost of a receive does not depend on how much is stored.
func BenchmarkReceiveFromMany(b *testing.B) {
	f := newFixture(b, engine.Options{HistoryLimit: 1000})
	url := f.create("q", "VisibilityTimeout", "0")
	for range 200_000 {
		f.send(url, "x")
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), &ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: wire.Some(int32(10))}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMemory_of_a_stored_message_R4_4 keeps what a queue adds to a body within its budget. That of the issue is half the body and 500
// bytes, for what the process holds: here it is for what is in use, without the collector's slack.
func TestMemory_of_a_stored_message_R4_4(t *testing.T) {
	const messages = 100_000
	for _, tt := range []struct {
		queue          string
		body, overhead int
	}{{"q", 1024, 190}, {"q", 100, 190}, {"q.fifo", 1024, 362}, {"q.fifo", 100, 362}} {
		f := newFixture(t, engine.Options{HistoryLimit: 1, Clock: engine.NewManualClock(start)})
		url := ""
		if isFifo(tt.queue) {
			url = f.create(tt.queue, "FifoQueue", "true")
		} else {
			url = f.create(tt.queue)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for n := range messages {
			in := &SendMessageInput{QueueUrl: url, MessageBody: strings.Repeat("x", tt.body)}
			if isFifo(tt.queue) {
				in.MessageGroupId, in.MessageDeduplicationId = wire.Some(fmt.Sprint("group-", n/10)), wire.Some(fmt.Sprint("deduplication-", n))
			}
			if _, err := f.sqs.SendMessage(f.call("SendMessage"), in); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if each := int(after.HeapAlloc-before.HeapAlloc)/messages - tt.body; each > tt.overhead {
			t.Errorf("%s, %d bytes: %d bytes beside the body, budget %d", tt.queue, tt.body, each, tt.overhead)
		} else {
			t.Logf("%s, %d bytes: %d bytes beside the body", tt.queue, tt.body, each)
		}
		runtime.KeepAlive(f)
	}
}
