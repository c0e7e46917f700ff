package dynamodb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// streamed makes a table with a stream of that view and returns the stream's ARN.
func (f *fixture) streamed(view string) string {
	f.t.Helper()
	f.do("CreateTable", strings.Replace(hashTable, `"BillingMode"`, `"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"`+view+`"},"BillingMode"`, 1))
	return get(f.t, f.do("DescribeTable", `{"TableName":"hash"}`), "Table", "LatestStreamArn").(string)
}

func (f *fixture) put(pk, v string) {
	f.t.Helper()
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"`+pk+`"},"v":{"S":"`+v+`"}}}`)
}

// iterator gets a shard iterator; more is what the type needs beside.
func (f *fixture) iterator(arn, kind, more string) string {
	f.t.Helper()
	return get(f.t, f.do("GetShardIterator", f.shard(arn, kind, more)), "ShardIterator").(string)
}

func (f *fixture) shard(arn, kind, more string) string {
	f.t.Helper()
	shards := get(f.t, f.do("DescribeStream", `{"StreamArn":"`+arn+`"}`), "StreamDescription", "Shards").([]any)
	return fmt.Sprintf(`{"StreamArn":%q,"ShardId":%q,"ShardIteratorType":%q%s}`, arn, shards[0].(map[string]any)["ShardId"], kind, more)
}

// records returns what is behind an iterator, as "INSERT a" lines, and the next iterator.
func (f *fixture) records(iterator string) (lines []string, next any) {
	f.t.Helper()
	out := f.do("GetRecords", `{"ShardIterator":"`+iterator+`"}`)
	for _, r := range get(f.t, out, "Records").([]any) {
		record := r.(map[string]any)
		key := record["dynamodb"].(map[string]any)["Keys"].(map[string]any)["pk"].(map[string]any)["S"]
		lines = append(lines, fmt.Sprint(record["eventName"], " ", key))
	}
	return lines, get(f.t, out, "NextShardIterator")
}

func TestStream_shows_what_its_view_type_says_R1_3(t *testing.T) {
	for _, row := range []struct {
		view string
		want string // of a MODIFY
	}{
		{"KEYS_ONLY", `{"ApproximateCreationDateTime":1772366400,"Keys":{"pk":{"S":"a"}},"SequenceNumber":"100000000000000000002","SizeBytes":3,"StreamViewType":"KEYS_ONLY"}`},
		{"NEW_IMAGE", `{"ApproximateCreationDateTime":1772366400,"Keys":{"pk":{"S":"a"}},"NewImage":{"pk":{"S":"a"},"v":{"S":"2"}},"SequenceNumber":"100000000000000000002","SizeBytes":8,"StreamViewType":"NEW_IMAGE"}`},
		{"OLD_IMAGE", `{"ApproximateCreationDateTime":1772366400,"Keys":{"pk":{"S":"a"}},"OldImage":{"pk":{"S":"a"},"v":{"S":"1"}},"SequenceNumber":"100000000000000000002","SizeBytes":8,"StreamViewType":"OLD_IMAGE"}`},
		{"NEW_AND_OLD_IMAGES", `{"ApproximateCreationDateTime":1772366400,"Keys":{"pk":{"S":"a"}},"NewImage":{"pk":{"S":"a"},"v":{"S":"2"}},"OldImage":{"pk":{"S":"a"},"v":{"S":"1"}},"SequenceNumber":"100000000000000000002","SizeBytes":13,"StreamViewType":"NEW_AND_OLD_IMAGES"}`},
	} {
		t.Run(row.view, func(t *testing.T) {
			f := newFixture(t)
			arn := f.streamed(row.view)
			f.put("a", "1")
			f.put("a", "2")
			out := f.do("GetRecords", `{"ShardIterator":"`+f.iterator(arn, "AT_SEQUENCE_NUMBER", `,"SequenceNumber":"100000000000000000002"`)+`"}`)
			record := get(t, out, "Records").([]any)[0].(map[string]any)
			if got := text(t, jsonOf(t, record["dynamodb"])); got != row.want {
				t.Errorf("got %s\nwant %s", got, row.want)
			}
			if record["eventVersion"] != "1.1" || record["eventSource"] != "aws:dynamodb" || record["awsRegion"] != "eu-west-1" {
				t.Errorf("record %v", record)
			}
		})
	}
}

func TestGetShardIterator_begins_where_its_type_says_R1_3(t *testing.T) {
	f := newFixture(t)
	arn := f.streamed("KEYS_ONLY")
	f.put("a", "1")
	f.put("b", "1")
	f.clock.Set(start.Add(time.Second))
	f.put("c", "1")
	for _, row := range []struct {
		reason, kind, more string
		want               []string
	}{
		{"from the oldest", "TRIM_HORIZON", "", []string{"INSERT a", "INSERT b", "INSERT c"}},
		{"behind the newest", "LATEST", "", nil},
		{"at a record", "AT_SEQUENCE_NUMBER", `,"SequenceNumber":"100000000000000000002"`, []string{"INSERT b", "INSERT c"}},
		{"behind a record", "AFTER_SEQUENCE_NUMBER", `,"SequenceNumber":"100000000000000000002"`, []string{"INSERT c"}},
	} {
		got, next := f.records(f.iterator(arn, row.kind, row.more))
		if !slices.Equal(got, row.want) || next == nil {
			t.Errorf("%s: %v, next %v", row.reason, got, next)
		}
	}
	latest := f.iterator(arn, "LATEST", "")
	f.put("d", "1")
	if got, _ := f.records(latest); !slices.Equal(got, []string{"INSERT d"}) {
		t.Errorf("a record after LATEST: %v", got)
	}
	f.refuse("GetShardIterator", f.shard(arn, "AT_SEQUENCE_NUMBER", ""), validation+"SequenceNumber must be specified for shard iterator type AT_SEQUENCE_NUMBER")
	f.refuse("GetShardIterator", strings.Replace(f.shard(arn, "LATEST", ""), "shardId-0", "shardId-1", 1), "ResourceNotFoundException: Requested resource not found: Shard: "+
		strings.Replace(f.service.streams[arn].shards[0].id, "shardId-0", "shardId-1", 1)+" in Stream: "+arn+" not found")
	f.refuse("GetRecords", `{"ShardIterator":"what is this"}`, validation+"Invalid ShardIterator")
	f.refuse("GetRecords", `{"ShardIterator":"what is this","Limit":0}`, validation+"1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "+
		"Member must have value greater than or equal to 1")
	f.refuse("GetRecords", `{"ShardIterator":"`+f.iterator(arn, "LATEST", "")+`","Limit":1001}`, wrongValue+"Limit should be less than or equal to 1000")
	f.refuse("ListStreams", `{"Limit":101}`, wrongValue+"Limit cannot be greater than the maximum allowed size: 100")
	f.refuse("DescribeStream", `{"StreamArn":"`+arn+`","Limit":101}`, wrongValue+"Limit cannot be greater than the maximum: 100")
	for _, kind := range []string{"TRIM_HORIZON", "LATEST"} {
		f.refuse("GetShardIterator", f.shard(arn, kind, `,"SequenceNumber":"100000000000000000002"`), wrongValue+"SequenceNumber should not be passed for this iterator type")
	}
}

func TestGetRecords_ends_with_its_iterator_and_its_data_R1_3(t *testing.T) {
	f := newFixture(t)
	arn := f.streamed("KEYS_ONLY")
	f.put("a", "1")
	old := f.iterator(arn, "TRIM_HORIZON", "")
	f.clock.Set(start.Add(15 * time.Minute))
	if got, _ := f.records(old); !slices.Equal(got, []string{"INSERT a"}) {
		t.Errorf("an iterator of 15 minutes: %v", got)
	}
	f.clock.Set(start.Add(15*time.Minute + time.Millisecond))
	f.refuse("GetRecords", `{"ShardIterator":"`+old+`"}`, "ExpiredIteratorException: The shard iterator has expired: it can be used for 15 minutes after it was obtained")

	f.clock.Set(start.Add(24 * time.Hour))
	late := f.iterator(arn, "TRIM_HORIZON", "")
	f.clock.Set(start.Add(24*time.Hour + time.Millisecond))
	f.refuse("GetRecords", `{"ShardIterator":"`+late+`"}`, "TrimmedDataAccessException: The operation attempted to read past the oldest stream record in a shard")
	f.refuse("GetShardIterator", f.shard(arn, "AT_SEQUENCE_NUMBER", `,"SequenceNumber":"100000000000000000001"`),
		"TrimmedDataAccessException: The operation attempted to read past the oldest stream record in a shard")
	if got, next := f.records(f.iterator(arn, "TRIM_HORIZON", "")); got != nil || next == nil {
		t.Errorf("a day later: %v, next %v", got, next)
	}
}

func TestGetRecords_stops_at_1000_records_and_1_MB_R1_3(t *testing.T) {
	f := newFixture(t)
	arn := f.streamed("NEW_IMAGE")
	for i := range 4 {
		f.put(fmt.Sprint("large", i), strings.Repeat("x", 300_000))
	}
	for i := range 1001 {
		f.put(fmt.Sprint("small", i), "x")
	}
	var got []int
	for next := any(f.iterator(arn, "TRIM_HORIZON", "")); len(got) < 3; {
		var lines []string
		lines, next = f.records(next.(string))
		got = append(got, len(lines))
	}
	if !slices.Equal(got, []int{3, 1000, 2}) {
		t.Errorf("pages of %v records", got)
	}
}

func TestStream_stays_readable_for_a_day_after_it_was_disabled_R1_3(t *testing.T) {
	f := newFixture(t)
	arn := f.streamed("KEYS_ONLY")
	f.put("a", "1")
	f.do("UpdateTable", `{"TableName":"hash","StreamSpecification":{"StreamEnabled":false}}`)
	f.put("b", "1")
	if got, next := f.records(f.iterator(arn, "TRIM_HORIZON", "")); !slices.Equal(got, []string{"INSERT a"}) || next != nil {
		t.Errorf("closed shard: %v, next %v", got, next)
	}
	out := f.do("DescribeStream", `{"StreamArn":"`+arn+`"}`)
	if get(t, out, "StreamDescription", "StreamStatus") != "DISABLED" || !strings.Contains(out, `"EndingSequenceNumber":"100000000000000000001"`) {
		t.Errorf("%s", out)
	}
	f.do("UpdateTable", `{"TableName":"hash","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}`)
	if again := get(t, f.do("DescribeTable", `{"TableName":"hash"}`), "Table", "LatestStreamArn"); again == arn {
		t.Errorf("a stream that is enabled again has its old ARN")
	}
	if got := get(t, f.do("ListStreams", `{"TableName":"hash"}`), "Streams").([]any); len(got) != 2 {
		t.Errorf("streams %v", got)
	}
	f.clock.Set(start.Add(24*time.Hour + time.Millisecond))
	f.refuse("DescribeStream", `{"StreamArn":"`+arn+`"}`, "ResourceNotFoundException: Requested resource not found: Stream: "+arn+" not found")
	if got := get(t, f.do("ListStreams", `{}`), "Streams").([]any); len(got) != 1 {
		t.Errorf("streams a day later %v", got)
	}
}

func TestGetRecords_hands_out_work_R3_1(t *testing.T) {
	f := newFixture(t)
	arn := f.streamed("KEYS_ONLY")
	f.put("a", "1")
	iterator := f.iterator(arn, "TRIM_HORIZON", "")
	_, next := f.records(iterator)
	hops, _ := f.engine.Hops(0)
	last := hops[len(hops)-1]
	if last.Kind != event.KindReceive || last.From != "stream:hash" || last.To != "client:test" || last.CorrelationID != "c-1" || last.Fact != hops[len(hops)-2].Fact {
		t.Errorf("hop %+v", last)
	}
	if q := f.engine.Quiescent(); q.Quiet {
		t.Errorf("the consumer was handed a record and has not asked again: %+v", q)
	}
	f.records(next.(string))
	if q := f.engine.Quiescent(); !q.Quiet {
		t.Errorf("the consumer asked again: %+v", q)
	}
}

func TestOpenStream_wakes_its_readers_and_counts_what_they_missed_R1_3(t *testing.T) {
	f := newFixture(t)
	arn := f.streamed("NEW_IMAGE")
	f.put("before", "1")
	woken := make(chan struct{}, 10)
	r, err := f.service.OpenStream(arn, "LATEST", func() { woken <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	f.put("a", "1")
	<-woken
	records, _, err := r.Read(10)
	if err != nil || len(records) != 1 || records[0].Event.Key != "a" || r.Place() != "stream:hash" {
		t.Fatalf("%v, %v", records, err)
	}
	if again, _, _ := r.Read(10); len(again) != 1 {
		t.Errorf("a record that is not acknowledged comes again: %v", again)
	}
	r.Acknowledge(records[0].SequenceNumber)
	if again, _, _ := r.Read(10); len(again) != 0 {
		t.Errorf("acknowledged, and comes again: %v", again)
	}
	f.put("b", "1")
	f.put("c", "1")
	f.clock.Set(start.Add(24*time.Hour + time.Millisecond))
	f.put("d", "1")
	records, trimmed, err := r.Read(10)
	if err != nil || trimmed != 2 || len(records) != 1 || records[0].Event.Key != "d" {
		t.Errorf("%v, trimmed %d, %v", records, trimmed, err)
	}
	r.Close()
	if _, err := f.service.OpenStream(arn, "LATEST", func() { woken <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	for len(woken) > 0 {
		<-woken
	}
	f.scope.Reset()
	<-woken // to find its stream gone
	if _, _, err := r.Read(10); err == nil {
		t.Errorf("a reader of a stream that a reset took away reads on")
	}
	if _, err := f.service.OpenStream(arn, "LATEST", func() {}); err == nil {
		t.Errorf("a stream survived a reset")
	}
}

func TestStream_records_pass_the_interceptors_in_order_R1_7(t *testing.T) {
	var seen []string
	f := newFixture(t, engine.Interceptor{Hop: func(_ context.Context, hop event.Hop, d event.Delivery) []event.Delivery {
		seen = append(seen, string(d.From)+" "+string(d.To)+" "+d.Event.Key)
		switch d.Event.Key {
		case "lost":
			return nil
		case "twice":
			return []event.Delivery{d, d}
		case "altered":
			ev := *d.Event
			ev.Body = strings.Replace(ev.Body, `"v":{"S":"1"}`, `"v":{"S":"2"}`, 1)
			d.Event = &ev
		case "late":
			d.Due = start.Add(time.Minute)
		}
		return []event.Delivery{d}
	}})
	arn := f.streamed("NEW_IMAGE")
	for _, pk := range []string{"a", "late", "lost", "twice", "altered"} {
		f.put(pk, "1")
	}
	if want := "table:hash stream:hash late"; len(seen) != 5 || seen[1] != want {
		t.Errorf("seen %q", seen)
	}
	if got, _ := f.records(f.iterator(arn, "TRIM_HORIZON", "")); !slices.Equal(got, []string{"INSERT a", "INSERT twice", "INSERT twice", "INSERT altered"}) {
		t.Errorf("at once: %v", got)
	}
	if changes := f.service.streams[arn].shards[0].records; changes[len(changes)-1].new.Get("v").Str() != "2" {
		t.Errorf("GetRecords does not tell what the interceptor altered: %+v", changes[len(changes)-1])
	}
	next := f.iterator(arn, "LATEST", "")
	f.records(next) // asks again, so that nobody is at work
	if _, err := f.engine.Advance(context.Background(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if got, _ := f.records(next); !slices.Equal(got, []string{"INSERT late"}) {
		t.Errorf("a minute later: %v", got)
	}
	numbers := map[string]bool{}
	for _, c := range f.service.streams[arn].shards[0].records {
		number := sequenceNumber(c.ordinal)
		if numbers[number] || !strings.Contains(c.event.Body, number) {
			t.Errorf("%s twice, or not in %s", number, c.event.Body)
		}
		numbers[number] = true
	}
}

func TestTimeToLive_deletes_as_the_service_R1_3(t *testing.T) {
	f := newFixture(t)
	arn := f.streamed("OLD_IMAGE")
	at := start.Add(time.Hour).Unix()
	f.do("PutItem", fmt.Sprintf(`{"TableName":"hash","Item":{"pk":{"S":"early"},"ttl":{"N":"%d"}}}`, at))
	f.do("UpdateTimeToLive", `{"TableName":"hash","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ttl"}}`)
	f.do("PutItem", fmt.Sprintf(`{"TableName":"hash","Item":{"pk":{"S":"longer"},"ttl":{"N":"%d"}}}`, at))
	f.do("PutItem", fmt.Sprintf(`{"TableName":"hash","Item":{"pk":{"S":"longer"},"ttl":{"N":"%d"}}}`, at+3600))
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"text"},"ttl":{"S":"0"}}}`)
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"ancient"},"ttl":{"N":"12"}}}`)
	if _, err := f.engine.Advance(context.Background(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := get(t, f.do("Scan", `{"TableName":"hash"}`), "Count"); got != 3.0 {
		t.Errorf("%v items after an hour", got)
	}
	out := f.do("GetRecords", `{"ShardIterator":"`+f.iterator(arn, "AFTER_SEQUENCE_NUMBER", `,"SequenceNumber":"100000000000000000005"`)+`"}`)
	records := get(t, out, "Records").([]any)
	if len(records) != 1 {
		t.Fatalf("records %s", out)
	}
	if got := jsonOf(t, records[0].(map[string]any)["userIdentity"]); got != `{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}` {
		t.Errorf("user %s", got)
	}
	hops, _ := f.engine.Hops(0)
	for _, h := range hops {
		if h.Kind == event.KindRecord && h.Event.Type == remove && (h.Cause == 0 || h.CorrelationID != "c-1") {
			t.Errorf("the deletion does not descend from the write: %+v", h)
		}
	}
}
