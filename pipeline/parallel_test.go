package pipeline_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// TestMapping_reads_a_stream_in_parallel_R1_4 writes items before the mapping is made, so that one batch could hold all of them.
func TestMapping_reads_a_stream_in_parallel_R1_4(t *testing.T) {
	of := func(t *testing.T, factor int) (seen []string) {
		synctest.Test(t, func(t *testing.T) {
			b := &batches{answer: func([]string, map[string]string) (any, error) { return nil, nil }}
			gate := engine.NewGate(7, synctest.Wait)
			p := pipeline.New(pipeline.Options{Functions: map[string]any{"reader": b.handle}, Gate: gate})
			defer p.Close()
			go gate.Run(p.Engine())
			c := inProcess(t, p)
			var made struct {
				TableDescription struct{ LatestStreamArn string }
			}
			answer := c.call("DynamoDB_20120810.CreateTable", `{"TableName":"items","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],`+
				`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}`)
			if err := json.Unmarshal([]byte(answer), &made); err != nil {
				t.Fatal(err)
			}
			for i := range 12 {
				c.call("DynamoDB_20120810.PutItem", fmt.Sprintf(`{"TableName":"items","Item":{"pk":{"S":"k%d"},"n":{"N":"%d"}}}`, i%6, i))
			}
			c.rest("POST", "lambda", "/2015-03-31/event-source-mappings", fmt.Sprintf(`{"EventSourceArn":"%s","FunctionName":"reader","StartingPosition":"TRIM_HORIZON","ParallelizationFactor":%d}`,
				made.TableDescription.LatestStreamArn, factor))
			time.Sleep(time.Minute)
			seen = b.seen()
		})
		return seen
	}
	if got := of(t, 1); len(got) != 1 {
		t.Errorf("one at a time: batches %q", got)
	}
	got := of(t, 10)
	for i := range 6 {
		key := fmt.Sprintf("k%d", i)
		in := slices.DeleteFunc(slices.Clone(got), func(batch string) bool { return !slices.Contains(strings.Fields(batch), key) })
		if len(in) != 1 || strings.Count(in[0], key) != 2 {
			t.Errorf("records of %s are in the batches %q", key, in)
		}
	}
	if again := of(t, 10); len(got) < 2 || !slices.Equal(again, got) {
		t.Errorf("batches %q, then %q: want several, and the same with the same seed", got, again)
	}
}
