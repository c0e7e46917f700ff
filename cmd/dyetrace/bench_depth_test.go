package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// depthBatch is a batch of ten messages of 100 bytes, for a FIFO queue in a group of their own.
func depthBatch(queue string, n int64) string {
	entries := make([]string, 10)
	for i := range entries {
		fifo := ""
		if strings.HasSuffix(queue, ".fifo") {
			fifo = fmt.Sprintf(`,"MessageGroupId":"%d","MessageDeduplicationId":"%d-%d"`, n, n, i)
		}
		entries[i] = fmt.Sprintf(`{"Id":"%d","MessageBody":"%s"%s}`, i, strings.Repeat("x", 100), fifo)
	}
	return `{"QueueUrl":"` + queueURL(queue) + `","Entries":[` + strings.Join(entries, ",") + `]}`
}

// benchmarkDepth shows what a send and a receive with its delete cost while so many messages lie in the queue, up to a million, and
// what the process holds for each of them.
func benchmarkDepth(b *testing.B, command []string, queue, attributes string) {
	const calls = 640
	p := launch(b, command)
	defer p.stop()
	empty := p.resident()
	if _, err := p.call("AmazonSQS.CreateQueue", `{"QueueName":"`+queue+`"`+attributes+`}`); err != nil {
		b.Fatal(err)
	}
	var sent atomic.Int64
	send := func(int, int) error {
		_, err := p.call("AmazonSQS.SendMessageBatch", depthBatch(queue, sent.Add(1)))
		return err
	}
	take := func(int, int) error {
		handles, err := p.receive(queue)
		if err != nil {
			return err
		}
		return p.remove(queue, handles)
	}
	filled := 0
	for _, depth := range []int{1, 1000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			for ; filled < depth; filled += 10 * callers {
				together(b, callers, 1, send)
			}
			var sending, taking time.Duration
			rounds := 0
			for b.Loop() {
				began := p.cpu()
				together(b, callers, calls/callers, send)
				between := p.cpu()
				together(b, callers, calls/callers, take)
				sending += between - began
				taking += p.cpu() - between
				rounds++
			}
			messages := float64(rounds * calls * 10)
			b.ReportMetric(float64(sending.Microseconds())/messages, "send-µs/message")
			b.ReportMetric(float64(taking.Microseconds())/messages, "receive+delete-µs/message")
			b.ReportMetric(float64(p.resident()-empty)/float64(filled), "RSS-B/message")
			b.ReportMetric(0, "ns/op")
		})
	}
}
