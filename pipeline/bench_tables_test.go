package pipeline_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline"
)

// tablePut is an item of 250 bytes; partitions have a hundred items.
func tablePut(i int64) string {
	return `{"TableName":"load","Item":{"pk":{"S":"p` + strconv.FormatInt(i/100, 10) + `"},"sk":{"S":"` + strconv.FormatInt(i%100, 10) + `"},"data":{"S":"` +
		strings.Repeat("x", 200) + `"},"n":{"N":"42"}}}`
}

// BenchmarkTable is the calls of a table's clients in process, without SDK and socket, by one worker and by 16: the time from one answer
// to the next, whoever gets it.
func BenchmarkTable(b *testing.B) {
	const key = `{"TableName":"load","Key":{"pk":{"S":"p0"},"sk":{"S":"`
	calls := []struct {
		operation string
		body      func(i int64) string
	}{
		{"PutItem", tablePut},
		{"UpdateItem", func(i int64) string {
			return key + strconv.FormatInt(i%100, 10) + `"}},"UpdateExpression":"SET n = n + :one","ConditionExpression":"attribute_exists(pk) AND n >= :least",` +
				`"ExpressionAttributeValues":{":one":{"N":"1"},":least":{"N":"42"}}}`
		}},
		{"GetItem", func(i int64) string { return key + strconv.FormatInt(i%100, 10) + `"}}}` }},
		{"Query", func(int64) string {
			return `{"TableName":"load","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"p0"}}}`
		}},
		{"TransactWriteItems", func(i int64) string {
			return `{"TransactItems":[{"Put":` + tablePut(2*i) + `},{"Put":` + tablePut(2*i+1) + `}]}`
		}},
	}
	for _, call := range calls {
		for _, workers := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/%dworkers", call.operation, workers), func(b *testing.B) {
				p := pipeline.New(pipeline.Options{HistoryLimit: 4096})
				defer p.Close()
				c := inProcess(b, p)
				c.call("DynamoDB_20120810.CreateTable", `{"TableName":"load","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},`+
					`{"AttributeName":"sk","KeyType":"RANGE"}],"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}]}`)
				for i := range int64(100) {
					c.call("DynamoDB_20120810.PutItem", tablePut(i))
				}
				b.ReportAllocs()
				b.ResetTimer()
				shared(b, workers, func(i int64) error { return c.spend("DynamoDB_20120810."+call.operation, call.body(i)) })
			})
		}
	}
}

// shared lets so many workers do b.N calls together, each with another number.
func shared(b *testing.B, workers int, do func(i int64) error) {
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make([]error, workers)
	for w := range workers {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if failed[w] = do(i); failed[w] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		b.Fatal(err)
	}
}

// spend is call for several goroutines: it leaves what is wrong to the caller, and reads the answer as cheaply as can be.
func (c *client) spend(target, body string) error {
	got, err := c.transport.RoundTrip(c.request(target, body))
	if err != nil {
		return err
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return errors.New(target + ": " + got.Status)
	}
	_, err = io.Copy(io.Discard, got.Body)
	return err
}
