package dynamodb

import (
	"strings"
	"testing"
)

// TestCapacity_follows_the_documented_rules_R1_3 goes through the rules of the Developer Guide ("Read and write operations", "Using global
// secondary indexes", "Local secondary indexes") on one table.
func TestCapacity_follows_the_documented_rules_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	kib3 := strings.Repeat("x", 3000)
	const told = `,"ReturnConsumedCapacity":"INDEXES"}`
	const key = `"Key":{"pk":{"S":"a"},"sk":{"N":"1"}}`
	for _, row := range []struct{ reason, operation, body, want string }{
		{"a write of up to 1 KB", "PutItem", `{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"1"}}`,
			`{"CapacityUnits":1,"Table":{"CapacityUnits":1},"TableName":"sort"}`},
		{"each begun KB, and an entry in each index that the item gets into", "PutItem", `{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"g":{"S":"x"},"l":{"S":"y"},"v":{"S":"` + kib3 + `"}}`,
			`{"CapacityUnits":5,"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":1}},"LocalSecondaryIndexes":{"byL":{"CapacityUnits":1}},"Table":{"CapacityUnits":3},"TableName":"sort"}`},
		{"another key in an index is a deletion and a write there; the larger item counts", "UpdateItem", `{"TableName":"sort",` + key +
			`,"UpdateExpression":"SET g = :z REMOVE v","ExpressionAttributeValues":{":z":{"S":"z"}}`,
			`{"CapacityUnits":5,"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":2}},"Table":{"CapacityUnits":3},"TableName":"sort"}`},
		{"what an index does not have costs nothing there", "UpdateItem", `{"TableName":"sort",` + key + `,"UpdateExpression":"SET v = :z","ExpressionAttributeValues":{":z":{"S":"z"}}`,
			`{"CapacityUnits":1,"Table":{"CapacityUnits":1},"TableName":"sort"}`},
		{"an attribute that is projected is a write in the index", "UpdateItem", `{"TableName":"sort",` + key + `,"UpdateExpression":"SET a = :z","ExpressionAttributeValues":{":z":{"S":"z"}}`,
			`{"CapacityUnits":2,"LocalSecondaryIndexes":{"byL":{"CapacityUnits":1}},"Table":{"CapacityUnits":1},"TableName":"sort"}`},
		{"an eventually consistent read is half a unit", "GetItem", `{"TableName":"sort",` + key, `{"CapacityUnits":0.5,"Table":{"CapacityUnits":0.5},"TableName":"sort"}`},
		{"a consistent one a whole", "GetItem", `{"TableName":"sort","ConsistentRead":true,` + key, `{"CapacityUnits":1,"Table":{"CapacityUnits":1},"TableName":"sort"}`},
		{"a read that finds nothing is as small", "GetItem", `{"TableName":"sort","Key":{"pk":{"S":"none"},"sk":{"N":"1"}}`, `{"CapacityUnits":0.5,"Table":{"CapacityUnits":0.5},"TableName":"sort"}`},
		{"a query of a local index that must fetch reads the table beside", "Query", `{"TableName":"sort","IndexName":"byL","Select":"ALL_ATTRIBUTES","KeyConditionExpression":"pk = :p",` +
			`"ExpressionAttributeValues":{":p":{"S":"a"}}`,
			`{"CapacityUnits":1,"LocalSecondaryIndexes":{"byL":{"CapacityUnits":0.5}},"Table":{"CapacityUnits":0.5},"TableName":"sort"}`},
		{"a deletion takes the entries with it", "DeleteItem", `{"TableName":"sort",` + key,
			`{"CapacityUnits":3,"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":1}},"LocalSecondaryIndexes":{"byL":{"CapacityUnits":1}},"Table":{"CapacityUnits":1},"TableName":"sort"}`},
		{"a deletion of nothing is a write", "DeleteItem", `{"TableName":"sort",` + key, `{"CapacityUnits":1,"Table":{"CapacityUnits":1},"TableName":"sort"}`},
		{"a transaction writes twice, and a check is a write", "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"sort","Item":{"pk":{"S":"b"},"sk":{"N":"1"}}}},` +
			`{"ConditionCheck":{"TableName":"sort",` + key + `,"ConditionExpression":"attribute_not_exists(pk)"}}]`,
			`[{"CapacityUnits":4,"Table":{"CapacityUnits":4,"WriteCapacityUnits":4},"TableName":"sort","WriteCapacityUnits":4}]`},
		{"and reads twice", "TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"sort",` + key + `}},{"Get":{"TableName":"sort","Key":{"pk":{"S":"b"},"sk":{"N":"1"}}}}]`,
			`[{"CapacityUnits":4,"ReadCapacityUnits":4,"Table":{"CapacityUnits":4,"ReadCapacityUnits":4},"TableName":"sort"}]`},
	} {
		if got := text(t, f.do(row.operation, row.body+told), "ConsumedCapacity"); got != row.want {
			t.Errorf("%s: got %s, want %s", row.reason, got, row.want)
		}
	}
}

func TestItemCollectionMetrics_tell_each_collection_once_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	f.do("CreateTable", hashTable)
	const a = `{"ItemCollectionKey":{"pk":{"S":"a"}},"SizeEstimateRangeGB":[0,1]}`
	const b = `{"ItemCollectionKey":{"pk":{"S":"b"}},"SizeEstimateRangeGB":[0,1]}`
	const sized = `,"ReturnItemCollectionMetrics":"SIZE"}`
	put := func(pk, sk string) string { return `{"pk":{"S":"` + pk + `"}` + sk + `}` }
	for _, row := range []struct{ reason, operation, body, want string }{
		{"the collection of the item", "PutItem", `{"TableName":"sort","Item":` + put("a", `,"sk":{"N":"1"}`), a},
		{"only a table with a local index has collections", "PutItem", `{"TableName":"hash","Item":` + put("a", ""), "null"},
		{"one of each table, and of each key", "BatchWriteItem", `{"RequestItems":{"sort":[{"PutRequest":{"Item":` + put("a", `,"sk":{"N":"2"}`) + `}},{"PutRequest":{"Item":` +
			put("a", `,"sk":{"N":"3"}`) + `}},{"PutRequest":{"Item":` + put("b", `,"sk":{"N":"1"}`) + `}}],"hash":[{"PutRequest":{"Item":` + put("a", "") + `}}]}`,
			`{"sort":[` + a + `,` + b + `]}`},
		{"a check affects none", "TransactWriteItems", `{"TransactItems":[{"Delete":{"TableName":"sort","Key":` + put("a", `,"sk":{"N":"2"}`) + `}},{"ConditionCheck":{"TableName":"sort","Key":` +
			put("b", `,"sk":{"N":"1"}`) + `,"ConditionExpression":"attribute_exists(pk)"}}]`, `{"sort":[` + a + `]}`},
	} {
		if got := text(t, f.do(row.operation, row.body+sized), "ItemCollectionMetrics"); got != row.want {
			t.Errorf("%s: got %s, want %s", row.reason, got, row.want)
		}
	}
}
