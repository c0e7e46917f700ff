package dynamodb

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// naive is the simplest model of a table: attributes as text by key, and the key's parts.
type naive map[string]map[string]string

func naiveKey(pk string, sk int) string { return fmt.Sprintf("%s/%d", pk, sk) }

// machine drives a service and the model with the same commands.
type machine struct {
	f      *fixture
	items  naive
	replay naive // what the stream says is there
	reader engine.StreamReader
}

func newMachine(t *rapid.T, f *fixture) *machine {
	f.t = t
	f.do("CreateTable", sortTable)
	arn := get(t, f.do("DescribeTable", `{"TableName":"sort"}`), "Table", "LatestStreamArn").(string)
	r, err := f.service.OpenStream(arn, "TRIM_HORIZON", func() {})
	if err != nil {
		t.Fatal(err)
	}
	return &machine{f: f, items: naive{}, replay: naive{}, reader: r}
}

func drawKey(t *rapid.T) (pk string, sk int) {
	return rapid.SampledFrom([]string{"a", "b", "a@b"}).Draw(t, "pk"), rapid.IntRange(-3, 3).Draw(t, "sk")
}

func keyJSON(pk string, sk int) string {
	return fmt.Sprintf(`"pk":{"S":%q},"sk":{"N":"%d"}`, pk, sk)
}

// command is one write: its JSON as an action of a transaction, whether the condition holds in the model, and its effect.
type command struct {
	operation string // PutItem …
	action    string // Put …
	body      string // members without braces
	key       string
	holds     bool
	effect    func(naive)
}

func (m *machine) draw(t *rapid.T) command {
	pk, sk := drawKey(t)
	key := naiveKey(pk, sk)
	old, exists := m.items[key]
	attribute := rapid.SampledFrom([]string{"g", "l", "a", "v"}).Draw(t, "attribute")
	value := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "value")
	base := `"TableName":"sort",`
	c := command{key: key, holds: true}
	condition := ""
	switch rapid.IntRange(0, 3).Draw(t, "condition") {
	case 1:
		condition, c.holds = `,"ConditionExpression":"attribute_not_exists(pk)"`, !exists
	case 2:
		condition, c.holds = `,"ConditionExpression":"attribute_exists(sk)"`, exists
	case 3:
		condition, c.holds = `,"ConditionExpression":"attribute_exists(#n)"`, exists && old[attribute] != ""
	}
	names := fmt.Sprintf(`,"ExpressionAttributeNames":{"#n":%q}`, attribute)
	named := names
	if !strings.Contains(condition, "#n") {
		named = ""
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		c.operation, c.action = "PutItem", "Put"
		c.body = base + fmt.Sprintf(`"Item":{%s,%q:{"S":%q}}`, keyJSON(pk, sk), attribute, value) + condition + named
		c.effect = func(n naive) { n[key] = map[string]string{attribute: value} }
	case 1:
		c.operation, c.action = "DeleteItem", "Delete"
		c.body = base + `"Key":{` + keyJSON(pk, sk) + `}` + condition + named
		c.effect = func(n naive) { delete(n, key) }
	case 2:
		c.operation, c.action = "UpdateItem", "Update"
		c.body = base + `"Key":{` + keyJSON(pk, sk) + `},"UpdateExpression":"SET #n = :v","ExpressionAttributeValues":{":v":{"S":"` + value + `"}}` + condition + names
		c.effect = func(n naive) { n.set(key, attribute, value) }
	case 3:
		c.operation, c.action = "UpdateItem", "Update"
		c.body = base + `"Key":{` + keyJSON(pk, sk) + `},"UpdateExpression":"REMOVE #n"` + condition + names
		c.effect = func(n naive) {
			if n[key] != nil { // a removal makes no item
				n.set(key, attribute, "")
			}
		}
	}
	return c
}

func (n naive) set(key, attribute, value string) {
	item := maps.Clone(n[key])
	if item == nil {
		item = map[string]string{}
	}
	item[attribute] = value
	if value == "" {
		delete(item, attribute)
	}
	n[key] = item
}

func (m *machine) write(t *rapid.T) {
	c := m.draw(t)
	_, err := m.f.call(c.operation, "{"+c.body+"}")
	if c.holds != (err == nil) {
		t.Fatalf("%s {%s}: model says %v, service %v", c.operation, c.body, c.holds, err)
	}
	if err == nil {
		c.effect(m.items)
	}
}

func (m *machine) transact(t *rapid.T) {
	var actions, want []string
	all, seen := true, map[string]bool{}
	var effects []func(naive)
	for range rapid.IntRange(1, 4).Draw(t, "actions") {
		c := m.draw(t)
		if seen[c.key] {
			continue
		}
		seen[c.key] = true
		actions = append(actions, fmt.Sprintf(`{%q:{%s}}`, c.action, c.body))
		code := "None"
		if !c.holds {
			code, all = "ConditionalCheckFailed", false
		}
		want = append(want, code)
		effects = append(effects, c.effect)
	}
	_, err := m.f.call("TransactWriteItems", `{"TransactItems":[`+strings.Join(actions, ",")+`]}`)
	if all != (err == nil) {
		t.Fatalf("%v: model says %v, service %v", actions, all, err)
	}
	if err != nil {
		if !strings.HasSuffix(err.Error(), "["+strings.Join(want, ", ")+"]") {
			t.Fatalf("%v: %v, want %v", actions, err, want)
		}
		return
	}
	for _, effect := range effects {
		effect(m.items)
	}
}

// follow reads the stream and applies it to the replica.
func (m *machine) follow(t *rapid.T) {
	records, _, err := m.reader.Read(1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		var body struct {
			EventName string
			Dynamodb  struct{ Keys, NewImage, OldImage map[string]map[string]string }
		}
		if err := json.Unmarshal([]byte(r.Event.Body), &body); err != nil {
			t.Fatal(err)
		}
		key, next := plain(body.Dynamodb.NewImage)
		if body.Dynamodb.NewImage == nil {
			key, _ = plain(body.Dynamodb.Keys)
		}
		_, old := plain(body.Dynamodb.OldImage)
		if before, ok := m.replay[key]; ok != (body.Dynamodb.OldImage != nil) || ok && !maps.Equal(before, old) {
			t.Fatalf("%s says the item was %v, the records before it %v", r.Event.Body, old, before)
		}
		if delete(m.replay, key); body.EventName != "REMOVE" {
			m.replay[key] = next
		}
		m.reader.Acknowledge(r.SequenceNumber)
	}
	if !maps.EqualFunc(m.replay, m.items, maps.Equal) {
		t.Fatalf("the stream tells %v, the table has %v", m.replay, m.items)
	}
}

// plain returns the key and the other attributes of an image.
func plain(image map[string]map[string]string) (string, map[string]string) {
	sk, _ := strconv.Atoi(image["sk"]["N"])
	item := map[string]string{}
	for name, v := range image {
		if name != "pk" && name != "sk" {
			item[name] = v["S"]
		}
	}
	return naiveKey(image["pk"]["S"], sk), item
}

// look compares one query, paged, with the model: by partition, by an index, in both directions.
func (m *machine) look(t *rapid.T) {
	pk := rapid.SampledFrom([]string{"a", "b", "a@b"}).Draw(t, "pk")
	forward := rapid.Bool().Draw(t, "forward")
	limit := rapid.IntRange(1, 4).Draw(t, "limit")
	byG := rapid.Bool().Draw(t, "by global index")
	var want []string
	for key, item := range m.items {
		if byG && item["g"] == "x" || !byG && strings.HasPrefix(key, pk+"/") {
			want = append(want, key)
		}
	}
	query := fmt.Sprintf(`"KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":%q}}`, pk)
	if byG {
		query = `"IndexName":"byG","KeyConditionExpression":"g = :p","ExpressionAttributeValues":{":p":{"S":"x"}}`
	}
	keys := m.pages(t, "Query", fmt.Sprintf(`"TableName":"sort","Limit":%d,"ScanIndexForward":%v,%s`, limit, forward, query))
	if !byG {
		slices.SortFunc(want, bySortKey)
		if !forward {
			slices.Reverse(want)
		}
	} else {
		slices.Sort(want)
		slices.Sort(keys)
	}
	if !slices.Equal(keys, want) {
		t.Fatalf("query found %v, want %v", keys, want)
	}
}

func bySortKey(a, b string) int {
	_, x, _ := strings.Cut(a, "/")
	_, y, _ := strings.Cut(b, "/")
	i, _ := strconv.Atoi(x)
	j, _ := strconv.Atoi(y)
	return i - j
}

// scan compares a scan in segments with the model.
func (m *machine) scan(t *rapid.T) {
	total := rapid.IntRange(1, 5).Draw(t, "segments")
	var keys []string
	for segment := range total {
		keys = append(keys, m.pages(t, "Scan", fmt.Sprintf(`"TableName":"sort","Limit":2,"Segment":%d,"TotalSegments":%d`, segment, total))...)
	}
	slices.Sort(keys)
	if want := slices.Sorted(maps.Keys(m.items)); !slices.Equal(keys, want) {
		t.Fatalf("scan found %v, want %v", keys, want)
	}
}

// pages runs a Query or Scan to its end.
func (m *machine) pages(t *rapid.T, operation, body string) []string {
	var keys []string
	next := ""
	for range 100 {
		var out struct {
			Items            []map[string]map[string]string
			LastEvaluatedKey json.RawMessage
		}
		if err := json.Unmarshal([]byte(m.f.do(operation, "{"+body+next+"}")), &out); err != nil {
			t.Fatal(err)
		}
		for _, item := range out.Items {
			key, _ := plain(item)
			keys = append(keys, key)
		}
		if out.LastEvaluatedKey == nil {
			return keys
		}
		next = `,"ExclusiveStartKey":` + string(out.LastEvaluatedKey)
	}
	t.Fatal("no end of pages")
	return nil
}

func TestService_behaves_like_a_naive_table_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t, newFixture(t))
		t.Repeat(map[string]func(*rapid.T){
			"write": m.write, "transact": m.transact, "look": m.look, "scan": m.scan,
			"": m.follow,
		})
	})
}

func TestTree_is_a_sorted_map(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tr tree
		model := map[string]*record{}
		key := func(t *rapid.T) string { return fmt.Sprintf("%03d", rapid.IntRange(0, 400).Draw(t, "key")) }
		put := func(t *rapid.T) {
			from, n := rapid.IntRange(0, 400).Draw(t, "from"), rapid.IntRange(1, 80).Draw(t, "n")
			for i := range n {
				k := fmt.Sprintf("%03d", (from+i*7)%401)
				model[k] = &record{key: k}
				tr.put(k, model[k])
			}
		}
		erase := func(t *rapid.T) {
			from, n := rapid.IntRange(0, 400).Draw(t, "from"), rapid.IntRange(1, 80).Draw(t, "n")
			for i := range n {
				k := fmt.Sprintf("%03d", (from+i*3)%401)
				delete(model, k)
				tr.delete(k)
			}
		}
		check := func(t *rapid.T) {
			from, to := key(t), key(t)
			var want, got, back []string
			for k := range model {
				if k >= from && k < to {
					want = append(want, k)
				}
			}
			slices.Sort(want)
			tr.ascend(from, to, func(k string, r *record) bool { got = append(got, k); return r == model[k] })
			tr.descend(from, to, func(k string, r *record) bool { back = append(back, k); return r == model[k] })
			slices.Reverse(back)
			if !slices.Equal(got, want) || !slices.Equal(back, want) || tr.size != len(model) || tr.get(from) != model[from] {
				t.Fatalf("[%s, %s): got %v, backwards %v, want %v; size %d of %d", from, to, got, back, want, tr.size, len(model))
			}
		}
		t.Repeat(map[string]func(*rapid.T){"put": put, "erase": erase, "": check})
	})
}
