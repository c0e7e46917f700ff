package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	loadTable = `{"TableName":"load","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],` +
		`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}]}`
	dynamodbTarget = "DynamoDB_20120810."
)

// putBody puts an item of 250 bytes; each worker has partitions of its own, of a hundred items.
func putBody(worker, i int) string {
	return `{"TableName":"load","Item":{"pk":{"S":"p` + strconv.Itoa(worker) + "-" + strconv.Itoa(i/100) + `"},"sk":{"S":"` + strconv.Itoa(i) + `"},"data":{"S":"` +
		strings.Repeat("x", 200) + `"},"n":{"N":"42"}}}`
}

// A tableCall is what the clients of a table do again and again, each with another number.
type tableCall struct {
	operation string
	calls     int                           // of all workers together in one iteration
	before    func(p *process) error        // what must be there; nil is nothing
	body      func(worker, i int) string    //
	answers   func(answer []byte) (ok bool) // nil takes any answer that is no error
}

var tableCalls = []tableCall{
	{operation: "PutItem", calls: callsPerRound, body: putBody},
	{operation: "UpdateItem", calls: callsPerRound, before: putFirst, body: func(worker, i int) string {
		return `{"TableName":"load","Key":{"pk":{"S":"p` + strconv.Itoa(worker) + `-0"},"sk":{"S":"` + strconv.Itoa(i%100) + `"}},"UpdateExpression":"SET n = n + :one",` +
			`"ConditionExpression":"attribute_exists(pk) AND n >= :least","ExpressionAttributeValues":{":one":{"N":"1"},":least":{"N":"42"}}}`
	}},
	{operation: "GetItem", calls: callsPerRound, before: putFirst, body: func(worker, i int) string {
		return `{"TableName":"load","Key":{"pk":{"S":"p` + strconv.Itoa(worker) + `-0"},"sk":{"S":"` + strconv.Itoa(i%100) + `"}}}`
	}, answers: func(answer []byte) bool { return bytes.Contains(answer, []byte(`"Item"`)) }},
	{operation: "Query", calls: callsPerRound / 4, before: putFirst, body: func(worker, _ int) string {
		return `{"TableName":"load","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"p` + strconv.Itoa(worker) + `-0"}}}`
	}, answers: func(answer []byte) bool { return bytes.Contains(answer, []byte(`"Count":100`)) }},
	{operation: "TransactWriteItems", calls: callsPerRound, body: func(worker, i int) string {
		return `{"TransactItems":[{"Put":` + putBody(worker, i) + `},{"Put":` + putBody(worker+callers, i) + `}]}`
	}},
}

// putFirst puts the first partition of each worker.
func putFirst(p *process) error {
	for worker := range callers {
		for i := range 100 {
			if _, err := p.call(dynamodbTarget+"PutItem", putBody(worker, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// BenchmarkUpTable measures the calls of a table's clients against "dyetrace up", as BenchmarkUp does for queues: server CPU for each
// call, counted around the calls, beside a handler that answers constants of the same size.
func BenchmarkUpTable(b *testing.B) {
	bare := []string{build(b, "./testdata/bare")}
	dyetrace := []string{build(b, "."), "up", "--json", "--addr", "127.0.0.1:0"}
	for _, call := range tableCalls {
		for _, workers := range []int{1, callers} {
			name := fmt.Sprintf("%s/%dworkers/", call.operation, workers)
			b.Run(name+"bare", func(b *testing.B) { call.run(b, bare, workers) })
			b.Run(name+"dyetrace", func(b *testing.B) { call.run(b, dyetrace, workers) })
		}
	}
}

func (c *tableCall) run(b *testing.B, command []string, workers int) {
	p := launch(b, command)
	defer p.stop()
	if _, err := p.call(dynamodbTarget+"CreateTable", loadTable); err != nil {
		b.Fatal(err)
	}
	if c.before != nil {
		if err := c.before(p); err != nil {
			b.Fatal(err)
		}
	}
	var used, took time.Duration
	rounds := c.calls / workers
	calls := 0
	for b.Loop() {
		cpu, began := p.cpu(), time.Now()
		together(b, workers, rounds, func(worker, round int) error {
			answer, err := p.call(dynamodbTarget+c.operation, c.body(worker, calls/workers+round))
			if err == nil && c.answers != nil && !c.answers(answer) {
				err = errors.New(c.operation + " answered " + string(answer))
			}
			return err
		})
		used += p.cpu() - cpu
		took += time.Since(began)
		calls += workers * rounds
	}
	b.ReportMetric(float64(calls)/took.Seconds(), "calls/s")
	b.ReportMetric(float64(p.resident())/(1<<20), "RSS-MiB")
	b.ReportMetric(float64(used.Microseconds())/float64(calls), "server-µs/call")
	b.ReportMetric(0, "ns/op") // of an iteration with thousands of calls: says nothing
}
