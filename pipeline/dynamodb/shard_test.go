package dynamodb

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// readShards reads a stream as the Kinesis adapter does: a shard only when its parent is read to its end. It returns the new
// images' attribute v by partition key, in the order in which they were read.
func readShards(f *fixture, arn string) map[string][]string {
	got := map[string][]string{}
	finished := map[string]bool{}
	shards := get(f.t, f.do("DescribeStream", fmt.Sprintf(`{"StreamArn":%q}`, arn)), "StreamDescription", "Shards").([]any)
	for _, one := range shards {
		sh := one.(map[string]any)
		id := sh["ShardId"].(string)
		if parent, ok := sh["ParentShardId"].(string); ok && !finished[parent] {
			f.t.Fatalf("shard %s is told before its parent %s", id, parent)
		}
		next := get(f.t, f.do("GetShardIterator", fmt.Sprintf(`{"StreamArn":%q,"ShardId":%q,"ShardIteratorType":"TRIM_HORIZON"}`, arn, id)), "ShardIterator")
		for next != nil {
			out := f.do("GetRecords", fmt.Sprintf(`{"ShardIterator":%q,"Limit":2}`, next))
			next = get(f.t, out, "NextShardIterator")
			records := get(f.t, out, "Records").([]any)
			if len(records) == 0 {
				break
			}
			for _, r := range records {
				image := r.(map[string]any)["dynamodb"].(map[string]any)["NewImage"].(map[string]any)
				pk := image["pk"].(map[string]any)["S"].(string)
				got[pk] = append(got[pk], image["v"].(map[string]any)["N"].(string))
			}
		}
		finished[id] = next == nil
	}
	return got
}

func TestSplitStream_keeps_the_order_of_each_item_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(t)
		f.do("CreateTable", sortTable)
		arn := get(t, f.do("DescribeTable", `{"TableName":"sort"}`), "Table", "LatestStreamArn").(string)
		inside, err := f.service.OpenStream(arn, "TRIM_HORIZON", func() {})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{}
		var order []string
		splits := 0
		for v := range rapid.IntRange(1, 30).Draw(t, "steps") {
			if splits < 4 && rapid.IntRange(0, 5).Draw(t, "split") == 0 {
				splits++
				if err := f.service.SplitStream(arn, rapid.IntRange(1, 2).Draw(t, "into")); err != nil {
					t.Fatal(err)
				}
				continue
			}
			pk := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "pk")
			f.do("PutItem", fmt.Sprintf(`{"TableName":"sort","Item":{"pk":{"S":%q},"sk":{"N":"0"},"v":{"N":"%d"}}}`, pk, v))
			want[pk] = append(want[pk], fmt.Sprint(v))
			order = append(order, fmt.Sprint(v))
		}
		if got := readShards(f, arn); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("shards have %v, want %v", got, want)
		}
		var read []string
		for {
			records, _, err := inside.Read(3)
			if err != nil {
				t.Fatal(err)
			}
			if len(records) == 0 {
				break
			}
			for _, r := range records {
				read = append(read, get(t, r.Event.Body, "dynamodb", "NewImage", "v", "N").(string))
				inside.Acknowledge(r.SequenceNumber)
			}
		}
		if !slices.Equal(read, order) {
			t.Fatalf("a reader inside the pipeline reads %v, want %v", read, order)
		}
	})
}

func TestSplitStream_closes_parents_and_forgets_them_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	arn := get(t, f.do("DescribeTable", `{"TableName":"sort"}`), "Table", "LatestStreamArn").(string)
	shards := func() []any {
		return get(t, f.do("DescribeStream", fmt.Sprintf(`{"StreamArn":%q}`, arn)), "StreamDescription", "Shards").([]any)
	}
	latest := get(t, f.do("GetShardIterator", fmt.Sprintf(`{"StreamArn":%q,"ShardId":%q,"ShardIteratorType":"LATEST"}`, arn, shards()[0].(map[string]any)["ShardId"])), "ShardIterator")
	if err := f.service.SplitStream(arn, 2); err != nil {
		t.Fatal(err)
	}
	if out := f.do("GetRecords", fmt.Sprintf(`{"ShardIterator":%q}`, latest)); get(t, out, "NextShardIterator") != nil {
		t.Errorf("a closed shard has an end: %s", out)
	}
	after := shards()
	parent := after[0].(map[string]any)
	if len(after) != 3 || get(t, jsonOf(t, parent), "SequenceNumberRange", "EndingSequenceNumber") == nil {
		t.Fatalf("shards %v, want a closed one and two children", after)
	}
	for _, child := range after[1:] {
		c := child.(map[string]any)
		if c["ParentShardId"] != parent["ShardId"] || c["ShardId"].(string) <= parent["ShardId"].(string) {
			t.Errorf("child %v of %v", c, parent)
		}
	}
	f.clock.Set(start.Add(25 * time.Hour))
	if left := shards(); len(left) != 2 {
		t.Errorf("a day later there are %v, want the children", left)
	}
	if err := f.service.SplitStream(arn, 3); err == nil || !strings.Contains(err.Error(), "1 or 2") {
		t.Errorf("into three: %v", err)
	}
	if err := f.service.SplitStream(arn+"9", 1); err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
		t.Errorf("a stream that is not there: %v", err)
	}
	f.do("UpdateTable", `{"TableName":"sort","StreamSpecification":{"StreamEnabled":false}}`)
	if err := f.service.SplitStream(arn, 1); err == nil || !strings.Contains(err.Error(), "disabled") {
		t.Errorf("a disabled stream: %v", err)
	}
}
