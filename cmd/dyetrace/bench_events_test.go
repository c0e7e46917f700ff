package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkEvents measures PutEvents → rule → queue → receive against "dyetrace up" by the number of rules on the bus: one for each
// tenant, of which one matches.
func BenchmarkEvents(b *testing.B) {
	command := []string{build(b, "."), "up", "--json", "--addr", "127.0.0.1:0"}
	for _, rules := range []int{1, 100, 10_000} {
		name := fmt.Sprintf("%drules", rules)
		b.Run(name+"/latency", func(b *testing.B) { benchmarkEventLatency(b, command, rules) })
		b.Run(name+"/rate/1entry", func(b *testing.B) { benchmarkEventRate(b, command, rules, 1) })
		b.Run(name+"/rate/10entries", func(b *testing.B) { benchmarkEventRate(b, command, rules, 10) })
	}
}

// router is a server with a bus "crm" of so many rules; the one of tenant-0 has the queue "leads" as its target.
type router struct{ *process }

func launchRouter(b *testing.B, command []string, rules int) router {
	b.Helper()
	p := router{launch(b, command)}
	must := func(target, body string) {
		b.Helper()
		if _, err := p.call(target, body); err != nil {
			b.Fatal(err)
		}
	}
	must("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
	must("AWSEvents.CreateEventBus", `{"Name":"crm"}`)
	for i := range rules {
		must("AWSEvents.PutRule", `{"EventBusName":"crm","Name":"tenant-`+strconv.Itoa(i)+
			`","EventPattern":"{\"source\":[\"crm.contact\"],\"detail-type\":[\"ContactCreated\"],\"detail\":{\"tenant_id\":[\"tenant-`+strconv.Itoa(i)+`\"]}}"}`)
	}
	must("AWSEvents.PutTargets", `{"EventBusName":"crm","Rule":"tenant-0","Targets":[{"Id":"q","Arn":"arn:aws:sqs:us-east-1:000000000000:leads"}]}`)
	return p
}

// put puts so many events of tenant-0 on the bus with one call.
func (p router) put(entries int) error {
	const entry = `{"EventBusName":"crm","Source":"crm.contact","DetailType":"ContactCreated","Detail":"{\"tenant_id\":\"tenant-0\",\"contact_id\":\"c-17\",\"name\":\"Ada Lovelace\",\"score\":42}"}`
	answer, err := p.call("AWSEvents.PutEvents", `{"Entries":[`+strings.TrimSuffix(strings.Repeat(entry+",", entries), ",")+`]}`)
	if n := bytes.Count(answer, []byte(`"EventId"`)); err == nil && n != entries {
		err = fmt.Errorf("%d events were taken instead of %d: %s", n, entries, answer)
	}
	return err
}

// benchmarkEventLatency puts one event at a time, with a receive waiting, and reports the time from PutEvents to receipt.
func benchmarkEventLatency(b *testing.B, command []string, rules int) {
	p := launchRouter(b, command, rules)
	defer p.stop()
	p.latencies(b, "leads", func(int) error { return p.put(1) })
}

// latencies states one event at a time, with a receive waiting at the queue, and reports the times from the statement to the receipt.
func (p *process) latencies(b *testing.B, queue string, state func(n int) error) {
	var took []time.Duration
	n := 0
	for b.Loop() {
		n++
		began := time.Now()
		arrived := make(chan error, 1)
		go func() {
			handles, err := p.receive(queue)
			took = append(took, time.Since(began))
			if err == nil && len(handles) != 1 {
				err = fmt.Errorf("%d messages arrived instead of 1", len(handles))
			}
			arrived <- errors.Join(err, p.remove(queue, handles))
		}()
		if err := errors.Join(state(n), <-arrived); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-ms")
	b.ReportMetric(0, "ns/op") // with the deletion
}

// benchmarkEventRate puts with 8 workers and receives with 4, 1,600 events in each iteration, and reports the rate until all are
// received, and the server's CPU time for each, deletion included.
func benchmarkEventRate(b *testing.B, command []string, rules, entries int) {
	const events = 1600
	p := launchRouter(b, command, rules)
	defer p.stop()
	cpu := p.cpu()
	total := p.through(b, "leads", events, func(int) error { return p.put(entries) }, entries)
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64((p.cpu()-cpu).Microseconds())/float64(total), "server-µs/event")
	b.ReportMetric(0, "ns/op")
}

// through states events with 8 workers, several with each call, and takes them from a queue with 4, so many in each iteration. It
// returns how many came.
func (p *process) through(b *testing.B, queue string, events int, state func(n int) error, each int) (total int) {
	const senders, receivers = 8, 4
	received, failed := make(chan int, events), make(chan error, receivers)
	for range receivers {
		go func() { // until the server is stopped
			for {
				handles, err := p.receive(queue)
				if err == nil && len(handles) > 0 {
					err = p.remove(queue, handles)
				}
				if err != nil {
					failed <- err
					return
				}
				received <- len(handles)
			}
		}()
	}
	for b.Loop() {
		calls := events / senders / each
		together(b, senders, calls, func(worker, round int) error { return state(total + worker*calls + round) })
		for left := events; left > 0; {
			select {
			case n := <-received:
				left -= n
			case err := <-failed:
				b.Fatal(err)
			}
		}
		total += events
	}
	return total
}
