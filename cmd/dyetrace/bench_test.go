package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkUp measures "dyetrace up" as a client on the same machine meets it, and beside it, in the same run, a handler that
// answers constants: what net/http and the sockets cost. Server CPU is user and system time of the server's process for its whole
// life less that of one that only starts, so it does not depend on what else the machine does as much as rates do. What a load
// costs is counted around its calls.
func BenchmarkUp(b *testing.B) {
	bare, up := build(b, "./testdata/bare"), []string{build(b, "."), "up", "--json", "--addr", "127.0.0.1:0"}
	servers := []struct {
		name    string
		command []string
		large   []string // serves messages of 256 KiB
	}{
		{"bare", []string{bare}, []string{bare, "large"}},
		{"dyetrace", up, up},
	}
	for _, s := range servers {
		b.Run("Start/"+s.name, func(b *testing.B) { benchmarkStart(b, s.command) })
	}
	for _, s := range servers {
		b.Run("SendMessage/"+s.name, func(b *testing.B) { benchmarkSendMessage(b, s.command) })
	}
	for _, s := range servers {
		b.Run("PutItem/"+s.name, func(b *testing.B) { benchmarkPutItem(b, s.command) })
	}
	for _, s := range servers {
		for _, workers := range []int{1, callers} {
			name := fmt.Sprintf("%dworkers/%s", workers, s.name)
			b.Run("Send/1KiB/"+name, func(b *testing.B) { benchmarkSend(b, s.command, workers, 1<<10) })
			b.Run("Send/256KiB/"+name, func(b *testing.B) { benchmarkSend(b, s.command, workers, 256<<10) })
			b.Run("SendBatch/"+name, func(b *testing.B) { benchmarkSendBatch(b, s.command, workers) })
			b.Run("ReceiveDelete/1KiB/"+name, func(b *testing.B) { benchmarkReceiveDelete(b, s.command, workers, 1<<10) })
			b.Run("ReceiveDelete/256KiB/"+name, func(b *testing.B) { benchmarkReceiveDelete(b, s.large, workers, 256<<10) })
		}
	}
	b.Run("Depth/standard", func(b *testing.B) { benchmarkDepth(b, servers[1].command, "load", "") })
	b.Run("Depth/fifo", func(b *testing.B) {
		benchmarkDepth(b, servers[1].command, "load.fifo", `,"Attributes":{"FifoQueue":"true"}`)
	})
	b.Run("FanOut", func(b *testing.B) { benchmarkFanOut(b, servers[1].command) })
	b.Run("Flow/latency", func(b *testing.B) { benchmarkFlowLatency(b, servers[1].command) })
	b.Run("Flow/rate", func(b *testing.B) { benchmarkFlowRate(b, servers[1].command) })
}

// benchmarkStart reports the lowest time from exec to the first answered call, and the resident memory then. Ask for 20 starts
// with -benchtime 20x.
func benchmarkStart(b *testing.B, command []string) {
	lowest, resident := time.Hour, 0
	for b.Loop() {
		p := launch(b, command)
		lowest = min(lowest, p.took)
		resident = max(resident, p.resident())
		p.stop()
	}
	b.ReportMetric(lowest.Seconds()*1e3, "lowest-ms")
	b.ReportMetric(float64(resident)/(1<<20), "RSS-MiB")
}

const (
	callers       = 16  // workers that call at the same time
	callsAtOnce   = 200 // of each worker in one iteration
	callsPerRound = callers * callsAtOnce
)

// benchmarkCalls repeats a call from 16 workers and reports the server's CPU time for each.
func benchmarkCalls(b *testing.B, command []string, setUp, target string, body func(worker, round int) string) {
	onlyStart := launch(b, command).stop()
	p := launch(b, command)
	prefix, _, _ := strings.Cut(target, ".")
	if _, err := p.call(prefix+setUp[:strings.IndexByte(setUp, ' ')], setUp[strings.IndexByte(setUp, ' ')+1:]); err != nil {
		b.Fatal(err)
	}
	calls := 0
	for b.Loop() {
		together(b, callers, callsAtOnce, func(worker, round int) error {
			_, err := p.call(target, body(worker, calls+round))
			return err
		})
		calls += callsPerRound
	}
	b.ReportMetric(float64(calls)/b.Elapsed().Seconds(), "calls/s")
	b.ReportMetric(float64(p.resident())/(1<<20), "RSS-MiB")
	b.ReportMetric(float64(calls), "calls")
	b.ReportMetric(float64((p.stop()-onlyStart).Microseconds())/float64(calls), "server-µs/call")
	b.ReportMetric(0, "ns/op") // of an iteration with thousands of calls: says nothing
}

func benchmarkSendMessage(b *testing.B, command []string) {
	message := `{"QueueUrl":"http://127.0.0.1/000000000000/load","MessageBody":"` + strings.Repeat("x", 1024) + `"}`
	benchmarkCalls(b, command, `.CreateQueue {"QueueName":"load"}`, "AmazonSQS.SendMessage", func(int, int) string { return message })
}

func benchmarkPutItem(b *testing.B, command []string) {
	table := `.CreateTable {"TableName":"load","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],` +
		`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}]}`
	filler := strings.Repeat("x", 200)
	benchmarkCalls(b, command, table, "DynamoDB_20120810.PutItem", func(worker, round int) string {
		return `{"TableName":"load","Item":{"pk":{"S":"p` + strconv.Itoa(worker) + "-" + strconv.Itoa(round/100) + `"},"sk":{"S":"` + strconv.Itoa(round) + `"},"data":{"S":"` + filler + `"},"n":{"N":"42"}}}`
	})
}

// flow is a table whose stream a pipe brings to the default bus, where a rule sends it to a queue.
type flow struct{ *process }

func launchFlow(b *testing.B, command []string) flow {
	b.Helper()
	f := flow{launch(b, command)}
	must := func(answer []byte, err error) []byte {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
		return answer
	}
	var made struct {
		TableDescription struct{ LatestStreamArn string }
	}
	table := must(f.call("DynamoDB_20120810.CreateTable", `{"TableName":"contacts","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],`+
		`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}`))
	if err := json.Unmarshal(table, &made); err != nil {
		b.Fatal(err)
	}
	must(f.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`))
	must(f.call("AWSEvents.PutRule", `{"Name":"leads","EventPattern":"{\"source\":[\"crm.contact\"]}"}`))
	must(f.call("AWSEvents.PutTargets", `{"Rule":"leads","Targets":[{"Id":"q","Arn":"arn:aws:sqs:us-east-1:000000000000:leads"}]}`))
	must(f.send("POST", "/v1/pipes/contacts", "pipes", `{"Source":"`+made.TableDescription.LatestStreamArn+`","SourceParameters":{"DynamoDBStreamParameters":{"StartingPosition":"TRIM_HORIZON","BatchSize":10}},`+
		`"Target":"arn:aws:events:us-east-1:000000000000:event-bus/default","RoleArn":"arn:aws:iam::000000000000:role/pipe",`+
		`"TargetParameters":{"EventBridgeEventBusParameters":{"DetailType":"$.dynamodb.NewImage.type.S","Source":"crm.contact"}}}`))
	return f
}

func (f flow) write(n int) error {
	_, err := f.call("DynamoDB_20120810.PutItem", `{"TableName":"contacts","Item":{"pk":{"S":"contact-`+strconv.Itoa(n)+`"},"type":{"S":"ContactCreated"},"tenant":{"S":"acme"}}}`)
	return err
}

// benchmarkFlowLatency writes one item at a time, with a receive waiting, and reports the time from write to receipt.
func benchmarkFlowLatency(b *testing.B, command []string) {
	f := launchFlow(b, command)
	defer f.stop()
	f.latencies(b, "leads", f.write)
}

// benchmarkFlowRate writes with 8 workers and receives with 4: 1,000 events in each iteration.
func benchmarkFlowRate(b *testing.B, command []string) {
	onlyStart := launch(b, command).stop()
	f := launchFlow(b, command)
	events := f.through(b, "leads", 1000, f.write, 1)
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64((f.stop()-onlyStart).Microseconds())/float64(events), "server-µs/event")
	b.ReportMetric(0, "ns/op")
}
