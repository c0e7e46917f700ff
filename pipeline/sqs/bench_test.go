package sqs

import (
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

// TestMemory_of_a_stored_message keeps what the queue adds to a body within its budget.
func TestMemory_of_a_stored_message(t *testing.T) {
	const messages, budget = 20_000, 280 // bytes beside the body
	f := newFixture(t, engine.Options{HistoryLimit: 1})
	url := f.create("q")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range messages {
		f.send(url, strings.Repeat("x", 1024))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := int(after.HeapAlloc-before.HeapAlloc)/messages - 1024; each > budget {
		t.Errorf("%d bytes beside the body, budget %d", each, budget)
	} else {
		t.Logf("%d bytes beside the body", each)
	}
}
