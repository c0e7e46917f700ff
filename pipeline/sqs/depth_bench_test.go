package sqs

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// rounds sends, receives and deletes, one message a round. With several workers a receive may find nothing for a moment.
func rounds(b *testing.B, f *fixture, url string, size, workers int) {
	in := &SendMessageInput{QueueUrl: url, MessageBody: strings.Repeat("x", size)}
	if isFifo(queueName(url)) {
		in.MessageGroupId = wire.Some("g")
	}
	round := func() error {
		if _, err := f.sqs.SendMessage(f.call("SendMessage"), in); err != nil {
			return err
		}
		out, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), &ReceiveMessageInput{QueueUrl: url})
		if err != nil || len(out.Messages) == 0 {
			return err
		}
		_, err = f.sqs.DeleteMessage(f.call("DeleteMessage"), &DeleteMessageInput{QueueUrl: url, ReceiptHandle: out.Messages[0].ReceiptHandle.V})
		return err
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.SetParallelism(max(1, workers/runtime.GOMAXPROCS(0)))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := round(); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkRound is SendMessage, ReceiveMessage and DeleteMessage of one message, by 1 and 16 workers.
func BenchmarkRound(b *testing.B) {
	for _, size := range []int{1 << 10, 256 << 10} {
		for _, workers := range []int{1, 16} {
			b.Run(fmt.Sprintf("%dKiB/%dworkers", size>>10, workers), func(b *testing.B) {
				if workers == 1 {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
				}
				f := newFixture(b, engine.Options{HistoryLimit: 1000})
				rounds(b, f, f.create("q"), size, workers)
			})
		}
	}
}

// BenchmarkDepth shows that a round costs the same whatever is stored, up to a million messages of 100 bytes, and what one of them
// takes: budget 1.5 times its body and 500 bytes.
func BenchmarkDepth(b *testing.B) {
	const size = 100
	for _, depth := range []int{1, 1000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			f := newFixture(b, engine.Options{HistoryLimit: 1})
			url := f.create("q")
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for range depth {
				f.send(url, strings.Repeat("x", size))
			}
			runtime.GC() // also for the rounds: a collection of what filling the queue left behind costs more than they do
			runtime.ReadMemStats(&after)
			b.ResetTimer()
			rounds(b, f, url, size, 1)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(depth), "B/message")
			runtime.KeepAlive(f)
		})
	}
}

// BenchmarkFifoDepth is BenchmarkDepth of a FIFO queue, in groups of ten messages.
func BenchmarkFifoDepth(b *testing.B) {
	for _, depth := range []int{1, 1000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			f := newFixture(b, engine.Options{HistoryLimit: 1, Clock: engine.NewManualClock(start)})
			url := f.create("q.fifo", "FifoQueue", "true")
			n := 0
			put := func() {
				n++
				in := &SendMessageInput{QueueUrl: url, MessageBody: "x", MessageGroupId: wire.Some(fmt.Sprint(n / 10)), MessageDeduplicationId: wire.Some(fmt.Sprint(n))}
				if _, err := f.sqs.SendMessage(f.call("SendMessage"), in); err != nil {
					b.Fatal(err)
				}
			}
			for range depth {
				put()
			}
			runtime.GC()
			b.ReportAllocs()
			for b.Loop() {
				put()
				out, err := f.sqs.ReceiveMessage(f.call("ReceiveMessage"), &ReceiveMessageInput{QueueUrl: url})
				if err != nil || len(out.Messages) != 1 {
					b.Fatal(err)
				}
				f.delete(url, out.Messages[0].ReceiptHandle.V)
			}
		})
	}
}
