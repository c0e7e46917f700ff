package dynamodblocal

import (
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// changes writes what the stream of a table tells: for each item, in the order of its key, its records in theirs.
func (s target) changes(t *rapid.T, table string) string {
	t.Helper()
	must := func(o outcome, err error) object {
		t.Helper()
		if err != nil || o.code != "" {
			t.Fatalf("%s: %v, %v", s.url, o, err)
		}
		return o.answer
	}
	const prefix = "DynamoDBStreams_20120810."
	described := must(s.call("DescribeTable", object{"TableName": table}))["Table"].(object)
	arn := described["LatestStreamArn"]
	stream := must(s.send(prefix+"DescribeStream", object{"StreamArn": arn}))["StreamDescription"].(object)
	byItem := map[string][]string{}
	for _, shard := range stream["Shards"].([]any) {
		next := must(s.send(prefix+"GetShardIterator", object{"StreamArn": arn, "ShardId": shard.(object)["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}))["ShardIterator"]
		for next != nil {
			got := must(s.send(prefix+"GetRecords", object{"ShardIterator": next}))
			records := got["Records"].([]any)
			if len(records) == 0 {
				break
			}
			for _, r := range records {
				change := r.(object)["dynamodb"].(object)
				key := textOf(numbersIn(change["Keys"]))
				told := object{"name": r.(object)["eventName"], "view": change["StreamViewType"], "old": change["OldImage"], "new": change["NewImage"]}
				byItem[key] = append(byItem[key], textOf(sortSets(numbersIn(told))))
			}
			next = got["NextShardIterator"]
		}
	}
	var lines []string
	for key, records := range byItem {
		lines = append(lines, key+" "+strings.Join(records, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
