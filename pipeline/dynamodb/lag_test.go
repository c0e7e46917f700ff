package dynamodb

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"pgregory.net/rapid"
)

// onIndex is an interceptor of what comes to indexes: what it returns for an effect is done to it, lost if it is negative.
func onIndex(delay func(event.Delivery) time.Duration) engine.Interceptor {
	return engine.Interceptor{Hop: func(_ context.Context, hop event.Hop, d event.Delivery) []event.Delivery {
		if d.To.Kind() != event.PlaceIndex {
			return []event.Delivery{d}
		}
		switch by := delay(d); {
		case by < 0:
			return nil
		case by > 0:
			d.Due = hop.At.Add(by)
		}
		return []event.Delivery{d}
	}}
}

// putG puts an item of partition p whose g is the hash key in byG.
func (f *fixture) putG(sk int, g string) {
	f.t.Helper()
	f.do("PutItem", fmt.Sprintf(`{"TableName":"sort","Item":{"pk":{"S":"p"},"sk":{"N":"%d"},"g":{"S":%q},"l":{"S":%q}}}`, sk, g, g))
}

// inG returns the sort keys that byG has of one value of g.
func (f *fixture) inG(g string) string {
	f.t.Helper()
	return sortKeys(f.t, f.do("Query", `{"TableName":"sort","IndexName":"byG","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"`+g+`"}}}`))
}

// indexHops returns the hops to indexes, as "kind outcome reason" lines.
func (f *fixture) indexHops() (lines []string) {
	hops, _ := f.engine.Hops(0)
	for _, h := range hops {
		if h.To.Kind() == event.PlaceIndex {
			lines = append(lines, fmt.Sprint(h.Kind, " ", h.Outcome, " ", h.Reason.Code))
		}
	}
	return lines
}

func TestIndex_shows_a_write_at_once_R1_3(t *testing.T) {
	var offered []string
	f := newFixture(t, onIndex(func(d event.Delivery) time.Duration {
		offered = append(offered, string(d.From)+" "+string(d.To)+" "+d.Event.Type+" "+d.Event.Key+" "+d.Event.Body)
		return 0
	}))
	f.do("CreateTable", sortTable)
	f.putG(1, "x")
	f.putG(1, "x") // changes nothing
	f.do("UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"p"},"sk":{"N":"1"}},"UpdateExpression":"SET a = :a","ExpressionAttributeValues":{":a":{"S":"not in byG"}}}`)
	if got := f.inG("x"); got != "1" {
		t.Errorf("byG has %q", got)
	}
	f.do("TransactWriteItems", `{"TransactItems":[{"Delete":{"TableName":"sort","Key":{"pk":{"S":"p"},"sk":{"N":"1"}}}}]}`)
	if got := f.inG("x"); got != "" {
		t.Errorf("byG has %q after the item was deleted", got)
	}
	want := []string{
		`table:sort index:sort/byG INSERT p/1 {"Keys":{"pk":{"S":"p"},"sk":{"N":"1"}},"NewImage":{"g":{"S":"x"},"pk":{"S":"p"},"sk":{"N":"1"}}}`,
		`table:sort index:sort/byG REMOVE p/1 {"Keys":{"pk":{"S":"p"},"sk":{"N":"1"}},"OldImage":{"g":{"S":"x"},"pk":{"S":"p"},"sk":{"N":"1"}}}`,
	}
	if !slices.Equal(offered, want) {
		t.Errorf("offered %q", offered)
	}
	if got := f.indexHops(); got != nil {
		t.Errorf("effects that came at once left hops: %q", got)
	}
	if g := f.service.tables["sort"].index("byG").lag; len(g.behind) != 0 {
		t.Errorf("behind: %v", g.behind)
	}

	f = newFixture(t)
	f.do("CreateTable", sortTable)
	f.putG(1, "x")
	if got := f.inG("x"); got != "1" || f.service.tables["sort"].index("byG").lag != nil {
		t.Errorf("without interceptors byG has %q", got)
	}
}

func TestIndex_lags_behind_its_table_R1_3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.engine = engine.New(engine.Options{Seed: 7, Interceptors: []engine.Interceptor{onIndex(func(event.Delivery) time.Duration { return time.Second })}})
		t.Cleanup(f.engine.Close)
		f.scope = f.engine.Scope("111122223333", "eu-west-1")
		f.service = f.scope.Once(func() any { return New(f.scope, Options{}) }).(*Service)
		f.tables, f.streams = Operations(f.service), StreamsOperations(f.service)
		f.do("CreateTable", sortTable)
		f.putG(1, "x")
		time.Sleep(time.Second - 1)
		if got := f.inG("x"); got != "" {
			t.Errorf("byG already has %q", got)
		}
		if q := f.engine.Quiescent(); len(q.Pending) != 1 || q.Pending[0].Place != "index:sort/byG" {
			t.Errorf("pending %+v", q.Pending)
		}
		if got := get(t, f.do("GetItem", `{"TableName":"sort","Key":{"pk":{"S":"p"},"sk":{"N":"1"}}}`), "Item"); got == nil {
			t.Errorf("the table lags, too")
		}
		local := f.do("Query", `{"TableName":"sort","IndexName":"byL","KeyConditionExpression":"pk = :p AND l = :l","ExpressionAttributeValues":{":p":{"S":"p"},":l":{"S":"x"}}}`)
		if got := sortKeys(t, local); got != "1" {
			t.Errorf("the local index has %q", got)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if got := f.inG("x"); got != "1" {
			t.Errorf("byG has %q after a second", got)
		}
		if got := f.indexHops(); !slices.Equal(got, []string{"arrive delivered IndexLagged"}) {
			t.Errorf("hops %q", got)
		}
	})
}

// The second change of the item overtakes the first; another item's does not wait for either.
func TestIndex_keeps_the_order_of_an_item_R1_3(t *testing.T) {
	delays := []time.Duration{3 * time.Second, time.Second, 2 * time.Second}
	f := newFixture(t, onIndex(func(event.Delivery) time.Duration {
		by := delays[0]
		delays = delays[1:]
		return by
	}))
	f.do("CreateTable", sortTable)
	f.putG(1, "first")
	f.putG(1, "second")
	f.putG(2, "other")
	for _, want := range []string{"||", "||", "||2", "|1|2"} {
		if got := f.inG("first") + "|" + f.inG("second") + "|" + f.inG("other"); got != want {
			t.Errorf("%s: byG has %s, want %s", f.engine.Now().Sub(start), got, want)
		}
		if _, err := f.engine.Advance(context.Background(), time.Second); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIndex_stays_stale_where_a_change_was_lost_R1_3(t *testing.T) {
	lose := false
	f := newFixture(t, onIndex(func(event.Delivery) time.Duration {
		if lose {
			return -1
		}
		return 0
	}))
	f.do("CreateTable", sortTable)
	f.putG(1, "old")
	lose = true
	f.putG(1, "new")
	if got := f.inG("old") + "|" + f.inG("new"); got != "1|" {
		t.Errorf("byG has %s", got)
	}
	if got := f.indexHops(); !slices.Equal(got, []string{"drop lost Intercepted"}) {
		t.Errorf("hops %q", got)
	}
	lose = false
	f.putG(1, "newest")
	if got := f.inG("old") + "|" + f.inG("new") + "|" + f.inG("newest"); got != "||1" {
		t.Errorf("byG has %s after the item's next change", got)
	}
	if x := f.service.tables["sort"].index("byG"); len(x.lag.behind) != 0 || x.entries.size != 1 {
		t.Errorf("%d entries, behind %v", x.entries.size, x.lag.behind)
	}
}

func TestIndex_that_was_made_anew_takes_nothing_of_the_old_one_R1_3(t *testing.T) {
	f := newFixture(t, onIndex(func(event.Delivery) time.Duration { return time.Minute }))
	f.do("CreateTable", sortTable)
	f.putG(1, "x")
	f.do("UpdateTable", `{"TableName":"sort","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"byG"}}]}`)
	f.do("DeleteItem", `{"TableName":"sort","Key":{"pk":{"S":"p"},"sk":{"N":"1"}}}`)
	f.putG(2, "x")
	f.do("UpdateTable", `{"TableName":"sort","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[
		{"Create":{"IndexName":"byG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`)
	f.putG(3, "x")
	if got := f.inG("x"); got != "2" {
		t.Errorf("the new index begins with %q", got)
	}
	f.do("UpdateTable", `{"TableName":"sort","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1},
		"GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"byG","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}}]}`)
	f.do("UpdateTable", `{"TableName":"sort","BillingMode":"PAY_PER_REQUEST"}`) // copies the index
	if _, err := f.engine.Advance(context.Background(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := f.inG("x"); got != "2 3" && got != "3 2" {
		t.Errorf("a minute later it has %q", got)
	}
	f.putG(4, "x")
	f.do("DeleteTable", `{"TableName":"sort"}`)
	f.do("CreateTable", sortTable)
	if _, err := f.engine.Advance(context.Background(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := f.inG("x"); got != "" {
		t.Errorf("a table that was made anew has %q of the old one", got)
	}
}

// entriesOf lists what a table or an index of it answers to a Scan, as sorted "pk/sk g v" lines; without g is not in the index.
func (f *fixture) entriesOf(index string) []string {
	more := ""
	if index != "" {
		more = `,"IndexName":"` + index + `"`
	}
	var lines []string
	for _, one := range get(f.t, f.do("Scan", `{"TableName":"sort"`+more+`}`), "Items").([]any) {
		item := one.(map[string]any)
		if item["g"] == nil {
			continue
		}
		if index == "byG" {
			maps.DeleteFunc(item, func(name string, _ any) bool { return !slices.Contains([]string{"pk", "sk", "g"}, name) })
		}
		lines = append(lines, jsonOf(f.t, item))
	}
	slices.Sort(lines)
	return lines
}

func keysOnly(f *fixture, lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = fmt.Sprint(text(f.t, line, "pk"), text(f.t, line, "sk"), text(f.t, line, "g"))
	}
	slices.Sort(out)
	return out
}

const withByV = `{"TableName":"sort","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"},{"AttributeName":"v","AttributeType":"N"}],"GlobalSecondaryIndexUpdates":[
	{"Create":{"IndexName":"byGV","KeySchema":[{"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"v","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}}]}`

func TestIndex_equals_its_table_once_quiet_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		f := newFixture(t, onIndex(func(event.Delivery) time.Duration { return time.Duration(random.IntN(5)) * time.Second }))
		f.do("CreateTable", sortTable)
		f.do("UpdateTable", withByV)
		versions := map[string]string{} // of the items that byGV had
		for i := range rapid.IntRange(1, 40).Draw(t, "writes") {
			key := fmt.Sprintf(`"pk":{"S":"p"},"sk":{"N":"%d"}`, rapid.IntRange(0, 2).Draw(t, "sk"))
			switch rapid.IntRange(0, 4).Draw(t, "operation") {
			case 0, 1:
				f.do("PutItem", fmt.Sprintf(`{"TableName":"sort","Item":{%s,"g":{"S":%q},"v":{"N":"%d"}}}`, key, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "g"), i+100))
			case 2:
				f.do("UpdateItem", fmt.Sprintf(`{"TableName":"sort","Key":{%s},"UpdateExpression":"SET v = :v","ExpressionAttributeValues":{":v":{"N":"%d"}}}`, key, i+100))
			case 3:
				f.do("DeleteItem", `{"TableName":"sort","Key":{`+key+`}}`)
			case 4:
				if _, err := f.engine.Advance(context.Background(), time.Second); err != nil {
					t.Fatal(err)
				}
			}
			for _, line := range f.entriesOf("byGV") {
				sk, v := text(t, line, "sk"), text(t, line, "v", "N")
				if cmp.Compare(v, versions[sk]) < 0 {
					t.Fatalf("item %s went back from %s to %s", sk, versions[sk], v)
				}
				versions[sk] = v
			}
		}
		if _, err := f.engine.Advance(context.Background(), 5*time.Second); err != nil {
			t.Fatal(err)
		}
		table := f.entriesOf("")
		whole := slices.DeleteFunc(slices.Clone(table), func(line string) bool { return !strings.Contains(line, `"v"`) })
		if got := f.entriesOf("byGV"); !slices.Equal(got, whole) {
			t.Errorf("byGV has %q, the table %q", got, whole)
		}
		if got, want := keysOnly(f, f.entriesOf("byG")), keysOnly(f, table); !slices.Equal(got, want) {
			t.Errorf("byG has %q, the table %q", got, want)
		}
		for _, x := range f.service.tables["sort"].indexes {
			if x.lag != nil && len(x.lag.behind) != 0 || x.entries.size == 0 && x.bytes != 0 {
				t.Errorf("%s: %d entries, %d bytes, behind %v", x.name, x.entries.size, x.bytes, x.lag)
			}
		}
	})
}

func TestIndex_follows_concurrent_writers_R1_3(t *testing.T) {
	f := newFixture(t, onIndex(func(event.Delivery) time.Duration { return 0 }))
	f.do("CreateTable", sortTable)
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 50 {
				if _, err := f.call("PutItem", fmt.Sprintf(`{"TableName":"sort","Item":{"pk":{"S":"p"},"sk":{"N":"%d"},"g":{"S":"%d-%d"}}}`, i%3, w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got, want := f.entriesOf("byG"), f.entriesOf(""); !slices.Equal(got, want) {
		t.Errorf("byG has %q, the table %q", got, want)
	}
}

func TestIndex_takes_a_duplicate_once_and_nothing_altered_R1_3(t *testing.T) {
	f := newFixture(t, engine.Interceptor{Hop: func(_ context.Context, _ event.Hop, d event.Delivery) []event.Delivery {
		late, altered := d, *d.Event
		late.Due = start.Add(time.Minute)
		altered.Body = strings.ReplaceAll(altered.Body, "x", "y")
		d.Event = &altered
		return []event.Delivery{d, late}
	}})
	f.do("CreateTable", strings.Replace(sortTable, `"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"`, `"StreamEnabled":false`, 1))
	f.putG(1, "x")
	f.do("DeleteItem", `{"TableName":"sort","Key":{"pk":{"S":"p"},"sk":{"N":"1"}}}`)
	f.putG(2, "x")
	for range 2 {
		if got := f.inG("x") + "|" + f.inG("y"); got != "2|" {
			t.Errorf("byG has %s", got)
		}
		if _, err := f.engine.Advance(context.Background(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.indexHops(); got != nil {
		t.Errorf("hops %q", got)
	}
}
