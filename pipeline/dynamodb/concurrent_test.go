package dynamodb

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
)

// Each goroutine counts up its own attribute of one item while another changes the table: no count may be lost, and the stream
// must have them all.
func TestService_is_safe_for_concurrent_use_R1_3(t *testing.T) {
	const workers, each = 4, 50
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	arn := get(t, f.do("DescribeTable", `{"TableName":"sort"}`), "Table", "LatestStreamArn").(string)
	r, err := f.service.OpenStream(arn, "TRIM_HORIZON", func() {})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	run := func(operation, body string) {
		if _, err := f.call(operation, body); err != nil {
			t.Errorf("%s: %v", operation, err)
		}
	}
	for w := range workers {
		all.Go(func() {
			for i := range each {
				run("UpdateItem", fmt.Sprintf(`{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"0"}},"UpdateExpression":"ADD n%d :one SET g = :g","ExpressionAttributeValues":{":one":{"N":"1"},":g":{"S":"%d"}},"ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE"}`, w, i))
				run("Query", `{"TableName":"sort","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"Limit":1,"ReturnConsumedCapacity":"INDEXES"}`)
			}
		})
	}
	for range 10 {
		run("UpdateTable", `{"TableName":"sort","AttributeDefinitions":[{"AttributeName":"v","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"byV","KeySchema":[{"AttributeName":"v","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`)
		run("UpdateTable", `{"TableName":"sort","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"byV"}}]}`)
	}
	all.Wait()
	out := f.do("GetItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"0"}}}`)
	for w := range workers {
		if got := get(t, out, "Item", fmt.Sprint("n", w), "N"); got != strconv.Itoa(each) {
			t.Errorf("worker %d counted %v", w, got)
		}
	}
	records, _, err := r.Read(2 * workers * each)
	if err != nil || len(records) != workers*each {
		t.Errorf("%d records, %v", len(records), err)
	}
	for i := range records[1:] {
		if records[i].SequenceNumber >= records[i+1].SequenceNumber {
			t.Errorf("%s before %s", records[i].SequenceNumber, records[i+1].SequenceNumber)
		}
	}
}
