package dynamodb

import (
	"fmt"
	"strings"
	"testing"
)

// readFixture has a table with five items of one partition and one of another.
func readFixture(t *testing.T) *fixture {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	for i, l := range []string{"e", "d", "c", "b", ""} {
		item := fmt.Sprintf(`"pk":{"S":"p"},"sk":{"N":"%d"},"a":{"S":"a%d"},"v":{"N":"%d"},"m":{"M":{"x":{"L":[{"S":"one"},{"S":"two"}]}}}`, i*10, i, i)
		if l != "" {
			item += `,"l":{"S":"` + l + `"},"g":{"S":"all"}`
		}
		f.do("PutItem", `{"TableName":"sort","Item":{`+item+`}}`)
	}
	f.do("PutItem", `{"TableName":"sort","Item":{"pk":{"S":"q"},"sk":{"N":"-1"},"g":{"S":"all"}}}`)
	return f
}

// sortKeys returns the sort keys of an answer's items.
func sortKeys(t tester, answer string) string {
	var keys []string
	for _, item := range get(t, answer, "Items").([]any) {
		keys = append(keys, item.(map[string]any)["sk"].(map[string]any)["N"].(string))
	}
	return strings.Join(keys, " ")
}

func TestQuery_takes_each_key_condition_R1_3(t *testing.T) {
	f := readFixture(t)
	for _, row := range []struct {
		condition, values, more string
		want                    string
	}{
		{"pk = :p", "", "", "0 10 20 30 40"},
		{"pk = :p", "", `,"ScanIndexForward":false`, "40 30 20 10 0"},
		{"pk = :p AND sk = :a", `,":a":{"N":"1E1"}`, "", "10"},
		{"pk = :p AND sk < :a", `,":a":{"N":"20"}`, "", "0 10"},
		{":a >= sk AND pk = :p", `,":a":{"N":"20"}`, "", "0 10 20"},
		{"pk = :p AND sk > :a", `,":a":{"N":"20"}`, "", "30 40"},
		{"pk = :p AND sk >= :a", `,":a":{"N":"20"}`, `,"ScanIndexForward":false`, "40 30 20"},
		{"pk = :p AND sk BETWEEN :a AND :b", `,":a":{"N":"5"},":b":{"N":"30"}`, "", "10 20 30"},
		{"pk = :p AND begins_with(l, :a)", `,":a":{"S":"c"}`, `,"IndexName":"byL"`, "20"},
		{"pk = :p", "", `,"IndexName":"byL"`, "30 20 10 0"},
		{"g = :a", `,":a":{"S":"all"}`, `,"IndexName":"byG","Limit":100`, ""},
		{"pk = :p", `,":a":{"N":"2"}`, `,"FilterExpression":"v >= :a"`, "20 30 40"},
		{"pk = :p", `,":a":{"N":"2"}`, `,"FilterExpression":"v >= :a","Limit":3`, "20"},
		{"pk = :p", "", `,"ExclusiveStartKey":{"pk":{"S":"p"},"sk":{"N":"15"}}`, "20 30 40"},
	} {
		values := `":p":{"S":"p"}` + row.values
		if !strings.Contains(row.condition, ":p") {
			values = strings.TrimPrefix(row.values, ",")
		}
		out := f.do("Query", fmt.Sprintf(`{"TableName":"sort","KeyConditionExpression":%q,"ExpressionAttributeValues":{%s}%s}`, row.condition, values, row.more))
		if row.want == "" {
			if get(t, out, "Count") != 5.0 {
				t.Errorf("%s%s: %s", row.condition, row.more, out)
			}
			continue
		}
		if got := sortKeys(t, out); got != row.want {
			t.Errorf("%s%s: %s, want %s", row.condition, row.more, got, row.want)
		}
	}
}

func TestQuery_shows_what_was_asked_for_R1_3(t *testing.T) {
	f := readFixture(t)
	item := `"a":{"S":"a1"},"g":{"S":"all"},"l":{"S":"d"},"m":{"M":{"x":{"L":[{"S":"one"},{"S":"two"}]}}},"pk":{"S":"p"},"sk":{"N":"10"},"v":{"N":"1"}`
	for _, row := range []struct {
		reason, condition, values, more string
		want                            string
	}{
		{"all of a table", "pk = :p AND sk = :s", `":p":{"S":"p"},":s":{"N":"10"}`, "", `[{` + item + `}]`},
		{"parts by path", "pk = :p AND sk = :s", `":p":{"S":"p"},":s":{"N":"10"}`, `,"ProjectionExpression":"m.x[1], v, absent"`, `[{"m":{"M":{"x":{"L":[{"S":"two"}]}}},"v":{"N":"1"}}]`},
		{"whole attributes", "pk = :p AND sk = :s", `":p":{"S":"p"},":s":{"N":"10"}`, `,"ProjectionExpression":"a, pk"`, `[{"a":{"S":"a1"},"pk":{"S":"p"}}]`},
		{"nothing but the number", "pk = :p", `":p":{"S":"p"}`, `,"Select":"COUNT"`, `null`},
		{"what an index projects", "pk = :p AND l = :l", `":p":{"S":"p"},":l":{"S":"d"}`, `,"IndexName":"byL"`, `[{"a":{"S":"a1"},"l":{"S":"d"},"pk":{"S":"p"},"sk":{"N":"10"}}]`},
		{"all, fetched for a local index", "pk = :p AND l = :l", `":p":{"S":"p"},":l":{"S":"d"}`, `,"IndexName":"byL","Select":"ALL_ATTRIBUTES"`, `[{` + item + `}]`},
		{"one more, fetched for a local index", "pk = :p AND l = :l", `":p":{"S":"p"},":l":{"S":"d"}`, `,"IndexName":"byL","ProjectionExpression":"v"`, `[{"v":{"N":"1"}}]`},
	} {
		out := f.do("Query", fmt.Sprintf(`{"TableName":"sort","KeyConditionExpression":%q,"ExpressionAttributeValues":{%s}%s}`, row.condition, row.values, row.more))
		if got := text(t, out, "Items"); got != row.want {
			t.Errorf("%s: %s\nwant %s", row.reason, got, row.want)
		}
	}
	out := f.do("Query", `{"TableName":"sort","IndexName":"byG","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"all"},":q":{"S":"q"}},"FilterExpression":"pk = :q"}`)
	if got := text(t, out, "Items"); got != `[{"g":{"S":"all"},"pk":{"S":"q"},"sk":{"N":"-1"}}]` {
		t.Errorf("keys of a global index: %s", got)
	}
	if get(t, out, "ScannedCount") != 5.0 || get(t, out, "Count") != 1.0 {
		t.Errorf("counts: %s", out)
	}
}

func TestQuery_pages_at_1_MB_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	for i := range 6 {
		f.do("PutItem", fmt.Sprintf(`{"TableName":"sort","Item":{"pk":{"S":"p"},"sk":{"N":"%d"},"v":{"S":"%s"}}}`, i, strings.Repeat("x", 300_000)))
	}
	query := `{"TableName":"sort","ReturnConsumedCapacity":"TOTAL","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"p"}}`
	out := f.do("Query", query+"}")
	if got := sortKeys(t, out); got != "0 1 2" || text(t, out, "LastEvaluatedKey") != `{"pk":{"S":"p"},"sk":{"N":"2"}}` {
		t.Errorf("first page %s, %s", got, text(t, out, "LastEvaluatedKey"))
	}
	// 900,033 bytes are 220 reads of 4 KB, each of them half a unit because the read need not be consistent.
	if got := get(t, out, "ConsumedCapacity", "CapacityUnits"); got != 110.0 {
		t.Errorf("capacity %v", got)
	}
	out = f.do("Query", query+`,"ExclusiveStartKey":{"pk":{"S":"p"},"sk":{"N":"2"}}}`)
	if got := sortKeys(t, out); got != "3 4 5" || get(t, out, "LastEvaluatedKey") != nil {
		t.Errorf("second page %s", out[:100])
	}
}

func TestConsumedCapacity_follows_the_documented_rules_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	kb := func(n int) string { return strings.Repeat("x", n<<10) }
	item := func(g, l, v string) string {
		return `{"TableName":"sort","ReturnConsumedCapacity":"INDEXES","Item":{"pk":{"S":"p"},"sk":{"N":"1"}` + g + l + `,"v":{"S":"` + v + `"}}}`
	}
	g, l := `,"g":{"S":"x"}`, `,"l":{"S":"x"}`
	for _, row := range []struct {
		reason, operation, body string
		want                    string
	}{
		{"1 KB and a little are two units", "PutItem", item("", "", kb(1)), `{"CapacityUnits":2,"Table":{"CapacityUnits":2},"TableName":"sort"}`},
		{"the larger of old and new counts", "PutItem", item("", "", "x"), `{"CapacityUnits":2,"Table":{"CapacityUnits":2},"TableName":"sort"}`},
		{"an entry is added to each index", "PutItem", item(g, l, "x"), `{"CapacityUnits":3,"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":1}},"LocalSecondaryIndexes":{"byL":{"CapacityUnits":1}},"Table":{"CapacityUnits":1},"TableName":"sort"}`},
		{"nothing an index has changes", "PutItem", item(g, l, "y"), `{"CapacityUnits":1,"Table":{"CapacityUnits":1},"TableName":"sort"}`},
		{"an entry moves: deleted and added", "PutItem", item(`,"g":{"S":"y"}`, l, "y"), `{"CapacityUnits":3,"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":2}},"Table":{"CapacityUnits":1},"TableName":"sort"}`},
		{"a read that need not be consistent is half", "GetItem", `{"TableName":"sort","Key":{"pk":{"S":"p"},"sk":{"N":"1"}},"ReturnConsumedCapacity":"TOTAL"}`, `{"CapacityUnits":0.5,"TableName":"sort"}`},
		{"what is not there costs as the smallest", "GetItem", `{"TableName":"sort","Key":{"pk":{"S":"p"},"sk":{"N":"2"}},"ConsistentRead":true,"ReturnConsumedCapacity":"TOTAL"}`, `{"CapacityUnits":1,"TableName":"sort"}`},
		{"a query of an index is the index's", "Query", `{"TableName":"sort","IndexName":"byG","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"y"}},"ReturnConsumedCapacity":"INDEXES"}`,
			`{"CapacityUnits":0.5,"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":0.5}},"Table":{"CapacityUnits":0},"TableName":"sort"}`},
		{"fetching for a local index costs a read of the table", "Query", `{"TableName":"sort","IndexName":"byL","Select":"ALL_ATTRIBUTES","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"p"}},"ReturnConsumedCapacity":"INDEXES"}`,
			`{"CapacityUnits":1,"LocalSecondaryIndexes":{"byL":{"CapacityUnits":0.5}},"Table":{"CapacityUnits":0.5},"TableName":"sort"}`},
		{"deleting removes the entries, too", "DeleteItem", `{"TableName":"sort","Key":{"pk":{"S":"p"},"sk":{"N":"1"}},"ReturnConsumedCapacity":"TOTAL"}`, `{"CapacityUnits":3,"TableName":"sort"}`},
	} {
		if got := text(t, f.do(row.operation, row.body), "ConsumedCapacity"); got != row.want {
			t.Errorf("%s: %s\nwant %s", row.reason, got, row.want)
		}
	}
}

func TestUpdateItem_returns_what_ReturnValues_asks_for_R1_3(t *testing.T) {
	for _, row := range []struct{ option, want string }{
		{"NONE", `null`},
		{"ALL_OLD", `{"n":{"N":"1"},"o":{"S":"o"},"pk":{"S":"a"}}`},
		{"ALL_NEW", `{"n":{"N":"2"},"o":{"S":"o"},"pk":{"S":"a"},"q":{"S":"q"}}`},
		{"UPDATED_OLD", `{"n":{"N":"1"}}`},
		{"UPDATED_NEW", `{"n":{"N":"2"},"q":{"S":"q"}}`},
	} {
		f := newFixture(t)
		f.do("CreateTable", hashTable)
		f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"N":"1"},"o":{"S":"o"}}}`)
		out := f.do("UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET n = n + :one, q = :q","ExpressionAttributeValues":{":one":{"N":"1"},":q":{"S":"q"}},"ReturnValues":"`+row.option+`"}`)
		if got := text(t, out, "Attributes"); got != row.want {
			t.Errorf("%s: %s, want %s", row.option, got, row.want)
		}
	}
}

func TestUpdateTable_fills_a_new_index_and_drops_an_old_one_R1_3(t *testing.T) {
	f := readFixture(t)
	f.do("UpdateTable", `{"TableName":"sort","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[
		{"Create":{"IndexName":"byA","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`)
	f.do("UpdateTable", `{"TableName":"sort","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"byG"}}]}`)
	out := f.do("Query", `{"TableName":"sort","IndexName":"byA","KeyConditionExpression":"a = :a","ExpressionAttributeValues":{":a":{"S":"a3"}}}`)
	if got := sortKeys(t, out); got != "30" {
		t.Errorf("the new index: %s", out)
	}
	f.refuse("Scan", `{"TableName":"sort","IndexName":"byG"}`, validation+"The table does not have the specified index: byG")
	before := f.do("DescribeTable", `{"TableName":"sort"}`)
	if strings.Contains(text(t, before, "Table", "AttributeDefinitions"), `"g"`) {
		t.Errorf("the definition of the deleted index's key is left: %s", before)
	}
	// The second of two changes is refused: the first must not stay.
	f.refuse("UpdateTable", `{"TableName":"sort","AttributeDefinitions":[{"AttributeName":"v","AttributeType":"N"}],"GlobalSecondaryIndexUpdates":[
		{"Create":{"IndexName":"byV","KeySchema":[{"AttributeName":"v","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}},{"Update":{"IndexName":"none"}}]}`,
		"ResourceNotFoundException: Requested resource not found: Index: none not found")
	if got := f.do("DescribeTable", `{"TableName":"sort"}`); got != before {
		t.Errorf("half of a refused update was applied:\n%s\n%s", before, got)
	}
}

func TestBatches_reach_several_tables_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("CreateTable", sortTable)
	f.do("BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"PutRequest":{"Item":{"pk":{"S":"b"}}}}],"sort":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}}]}}`)
	f.do("BatchWriteItem", `{"RequestItems":{"hash":[{"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}]}}`)
	out := f.do("BatchGetItem", `{"ReturnConsumedCapacity":"TOTAL","RequestItems":{"hash":{"Keys":[{"pk":{"S":"b"}},{"pk":{"S":"a"}}]},"sort":{"Keys":[{"pk":{"S":"a"},"sk":{"N":"1"}}],"ProjectionExpression":"sk","ConsistentRead":true}}}`)
	if got := text(t, out); got != `{"ConsumedCapacity":[{"CapacityUnits":1,"TableName":"hash"},{"CapacityUnits":1,"TableName":"sort"}],"Responses":{"hash":[{"pk":{"S":"a"}}],"sort":[{"sk":{"N":"1"}}]},"UnprocessedKeys":{}}` {
		t.Errorf("%s", got)
	}
	if out := f.do("TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"hash","Key":{"pk":{"S":"a"}}}},{"Get":{"TableName":"hash","Key":{"pk":{"S":"z"}}}}]}`); text(t, out, "Responses") != `[{"Item":{"pk":{"S":"a"}}},{}]` {
		t.Errorf("%s", out)
	}
}
