package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A load is calls of a queue's client, repeated in every iteration.
type load struct {
	workers  int
	calls    int // of all workers together in one iteration
	messages int // that one call moves
	before   func(p *process) error
	call     func(p *process) error
}

// run reports the server's CPU time for each message, without what before costs, and the rate. The kernel counts CPU time in steps of
// 10 ms: an iteration should take several of them.
func (l load) run(b *testing.B, command []string) {
	p := launch(b, command)
	defer p.stop()
	if _, err := p.call("AmazonSQS.CreateQueue", `{"QueueName":"load"}`); err != nil {
		b.Fatal(err)
	}
	var used, took time.Duration
	messages := 0
	for b.Loop() {
		if l.before != nil {
			if err := l.before(p); err != nil {
				b.Fatal(err)
			}
		}
		cpu, began := p.cpu(), time.Now()
		together(b, l.workers, l.calls/l.workers, func(int, int) error { return l.call(p) })
		used += p.cpu() - cpu
		took += time.Since(began)
		messages += l.calls * l.messages
	}
	b.ReportMetric(float64(messages)/took.Seconds(), "messages/s")
	b.ReportMetric(float64(used.Microseconds())/float64(messages), "server-µs/message")
	b.ReportMetric(0, "ns/op")
}

func sendBody(size int) string {
	return `{"QueueUrl":"` + queueURL("load") + `","MessageBody":"` + strings.Repeat("x", size) + `"}`
}

// batchBody is a batch of ten messages of 1 KiB.
func batchBody() string {
	entries := make([]string, 10)
	for i := range entries {
		entries[i] = fmt.Sprintf(`{"Id":"%d","MessageBody":"%s"}`, i, strings.Repeat("x", 1024))
	}
	return `{"QueueUrl":"` + queueURL("load") + `","Entries":[` + strings.Join(entries, ",") + `]}`
}

func benchmarkSend(b *testing.B, command []string, workers, size int) {
	body, calls := sendBody(size), callsPerRound
	if size > 64<<10 {
		calls = 128 // what is sent stays in memory until the next iteration
	}
	load{workers: workers, calls: calls, messages: 1, before: purge, call: func(p *process) error {
		_, err := p.call("AmazonSQS.SendMessage", body)
		return err
	}}.run(b, command)
}

// benchmarkSendBatch sends to an empty queue in each iteration: in a queue that grows for ever, fresh memory from the kernel costs as much
// as what is measured.
func benchmarkSendBatch(b *testing.B, command []string, workers int) {
	body := batchBody()
	load{workers: workers, calls: 640, messages: 10, before: purge, call: func(p *process) error {
		answer, err := p.call("AmazonSQS.SendMessageBatch", body)
		if n := bytes.Count(answer, []byte("MessageId")); err == nil && n != 10 {
			err = fmt.Errorf("%d messages were taken instead of 10", n)
		}
		return err
	}}.run(b, command)
}

func purge(p *process) error {
	_, err := p.call("AmazonSQS.PurgeQueue", `{"QueueUrl":"`+queueURL("load")+`"}`)
	return err
}

// benchmarkReceiveDelete receives ten messages, of large ones one, and deletes them as a batch.
func benchmarkReceiveDelete(b *testing.B, command []string, workers, size int) {
	calls, each, fill := 640, 10, batchBody()
	if size > 64<<10 {
		calls, each, fill = 128, 1, sendBody(size)
	}
	load{workers: workers, calls: calls, messages: each, before: func(p *process) error {
		target := "AmazonSQS.SendMessageBatch"
		if each == 1 {
			target = "AmazonSQS.SendMessage"
		}
		for range calls {
			if _, err := p.call(target, fill); err != nil {
				return err
			}
		}
		return nil
	}, call: func(p *process) error {
		handles, err := p.receiveUpTo(each, "load")
		if err == nil && len(handles) != each {
			err = fmt.Errorf("%d messages arrived instead of %d", len(handles), each)
		}
		if err != nil {
			return err
		}
		return p.remove("load", handles)
	}}.run(b, command)
}

// benchmarkFanOut publishes one message at a time to a topic with three queues, with a receive waiting at each, and reports the time
// from the call until the last of the three has it.
func benchmarkFanOut(b *testing.B, command []string) {
	p := launch(b, command)
	defer p.stop()
	const topic = "TopicArn=arn:aws:sns:us-east-1:000000000000:orders"
	sns := func(form string) {
		if _, err := p.send("POST", "/", "sns", "Version=2010-03-31&"+form); err != nil {
			b.Fatal(err)
		}
	}
	sns("Action=CreateTopic&Name=orders")
	queues := []string{"billing", "shipping", "audit"}
	for _, q := range queues {
		if _, err := p.call("AmazonSQS.CreateQueue", `{"QueueName":"`+q+`"}`); err != nil {
			b.Fatal(err)
		}
		sns("Action=Subscribe&Protocol=sqs&Endpoint=arn:aws:sqs:us-east-1:000000000000:" + q + "&" + topic)
	}
	type arrival struct {
		queue   string
		handles []string
		err     error
		took    time.Duration
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		arrived := make(chan arrival, len(queues))
		for _, q := range queues {
			go func() {
				handles, err := p.receive(q)
				arrived <- arrival{q, handles, err, time.Since(began)}
			}()
		}
		sns("Action=Publish&Message=" + strings.Repeat("x", 1024) + "&" + topic)
		var last time.Duration
		for range queues {
			a := <-arrived
			if a.err != nil || len(a.handles) != 1 {
				b.Fatalf("%s: %d messages arrived instead of 1: %v", a.queue, len(a.handles), a.err)
			}
			last = max(last, a.took)
			if err := p.remove(a.queue, a.handles); err != nil {
				b.Fatal(err)
			}
		}
		took = append(took, last)
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-ms")
}

func queueURL(name string) string { return "http://127.0.0.1/000000000000/" + name }

// receive waits for messages of a queue and returns their receipt handles.
func (p *process) receive(queue string) (handles []string, err error) {
	return p.receiveUpTo(10, queue)
}

func (p *process) receiveUpTo(n int, queue string) (handles []string, err error) {
	answer, err := p.call("AmazonSQS.ReceiveMessage", fmt.Sprintf(`{"QueueUrl":"%s","MaxNumberOfMessages":%d,"WaitTimeSeconds":20}`, queueURL(queue), n))
	if err != nil {
		return nil, err
	}
	var got struct {
		Messages []struct{ ReceiptHandle string }
	}
	err = json.Unmarshal(answer, &got)
	for _, m := range got.Messages {
		handles = append(handles, m.ReceiptHandle)
	}
	return handles, err
}

// remove deletes up to ten messages.
func (p *process) remove(queue string, handles []string) error {
	entries := make([]string, len(handles))
	for i, handle := range handles {
		entries[i] = fmt.Sprintf(`{"Id":"%d","ReceiptHandle":%q}`, i, handle)
	}
	_, err := p.call("AmazonSQS.DeleteMessageBatch", `{"QueueUrl":"`+queueURL(queue)+`","Entries":[`+strings.Join(entries, ",")+`]}`)
	return err
}
