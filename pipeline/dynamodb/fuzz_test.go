package dynamodb

import (
	"testing"
	"time"
)

// FuzzParseIterator reads shard iterators as strangers may send them.
func FuzzParseIterator(f *testing.F) {
	f.Add(iterator{arn: "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/x", shard: "shardId-1", next: 7, made: time.UnixMilli(1)}.String())
	f.Add("|1|")
	f.Add("a|1|YXwxfDI=")
	f.Fuzz(func(t *testing.T, text string) {
		i, ok := parseIterator(text)
		if !ok {
			return
		}
		if again, ok := parseIterator(i.String()); !ok || again.next != i.next || again.arn != i.arn || again.shard != i.shard || !again.made.Equal(i.made) {
			t.Errorf("%q is %+v, which is %+v", text, i, again)
		}
	})
}

// FuzzServe sends strangers' bodies to the operations that read the most from them: nothing may panic, and what is refused
// leaves the table as it was.
func FuzzServe(f *testing.F) {
	f.Add("PutItem", `{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}`)
	f.Add("UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET a.b[1] = :v","ExpressionAttributeValues":{":v":{"L":[]}}}`)
	f.Add("Query", `{"TableName":"sort","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"N":"1"}}}`)
	f.Add("Scan", `{"TableName":"sort","Segment":1,"TotalSegments":3}`)
	f.Add("TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}}]}`)
	f.Add("GetRecords", `{"ShardIterator":"a|1|YXwxfDI="}`)
	f.Add("CreateTable", hashTable)
	f.Fuzz(func(t *testing.T, operation, body string) {
		fix := newFixture(t)
		fix.do("CreateTable", sortTable)
		before := fix.do("DescribeTable", `{"TableName":"sort"}`)
		if _, known := fix.tables.Operations[operation]; !known {
			if _, known = fix.streams.Operations[operation]; !known {
				return
			}
		}
		if _, err := fix.call(operation, body); err != nil {
			if after := fix.do("DescribeTable", `{"TableName":"sort"}`); after != before {
				t.Errorf("%s %s was refused (%v) and changed the table:\n%s\n%s", operation, body, err, before, after)
			}
		}
	})
}
