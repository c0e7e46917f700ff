package dynamodb

import (
	"strings"
	"testing"
)

// The tests of this file hold answers of the service that public test suites record which were run against it: ScyllaDB's tests of
// its DynamoDB interface, and the notes of a project that manages tables through the API.

func TestUpdateItem_that_only_removes_makes_no_item_R1_3(t *testing.T) {
	for _, tt := range []struct {
		reason, update string
		made           bool
	}{
		{"REMOVE", `"UpdateExpression":"REMOVE a"`, false},
		{"REMOVE of a part, whose parent is not there either", `"UpdateExpression":"REMOVE a.b, c[0]"`, false},
		{"DELETE", `"UpdateExpression":"DELETE a :s","ExpressionAttributeValues":{":s":{"SS":["x"]}}`, false},
		{"legacy DELETE", `"AttributeUpdates":{"a":{"Action":"DELETE"}}`, false},
		{"legacy DELETE of elements", `"AttributeUpdates":{"a":{"Action":"DELETE","Value":{"SS":["x"]}}}`, false},
		{"ADD", `"UpdateExpression":"REMOVE b ADD a :s","ExpressionAttributeValues":{":s":{"SS":["x"]}}`, true},
		{"SET", `"UpdateExpression":"REMOVE b SET a = :s","ExpressionAttributeValues":{":s":{"S":"x"}}`, true},
		{"nothing at all", `"AttributeUpdates":{}`, true},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			f := newFixture(t)
			f.do("CreateTable", hashTable)
			answer := f.do("UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"new"}},"ReturnValues":"ALL_NEW","ReturnConsumedCapacity":"TOTAL",`+tt.update+`}`)
			if strings.Contains(answer, "Attributes") != tt.made || !strings.Contains(answer, `"CapacityUnits":1`) {
				t.Errorf("answer %s, made is to be %v", answer, tt.made)
			}
			if item := f.do("GetItem", `{"TableName":"hash","Key":{"pk":{"S":"new"}}}`); strings.Contains(item, "Item") != tt.made {
				t.Errorf("item %s, made is to be %v", item, tt.made)
			}
		})
	}
}

func TestTransactWriteItems_tells_the_first_invalid_item_alone_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.refuse("TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(pk)"}},`+
		`{"Put":{"TableName":"hash","Item":{"pk":{"N":"7"}}}},{"Delete":{"TableName":"hash","Key":{"pk":{"N":"8"}}}}]}`,
		"TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError, None]")
}

func TestExpressions_refuse_what_public_suites_saw_refused_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("CreateTable", sortTable)
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}}}`)
	update := func(expression string) string {
		return `{"TableName":"hash","Key":{"pk":{"S":"a"}},"UpdateExpression":"` + expression + `","ExpressionAttributeValues":{":l":{"L":[]}}}`
	}
	deep := "a" + strings.Repeat(".b", 32)
	levels := ": The document path has too many nesting levels; nesting levels: 33"
	misused := validation + "Invalid UpdateExpression: The function is not allowed to be used this way in an expression; function: list_append"
	refuseAll(t, f, []refusal{
		{"list_append in list_append", "UpdateItem", update("SET a = list_append(list_append(:l, :l), :l)"), misused},
		{"list_append in if_not_exists", "UpdateItem", update("SET a = if_not_exists(a, list_append(:l, :l))"), misused},
		{"33 levels projected", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"` + deep + `"}`, validation + "Invalid ProjectionExpression" + levels},
		{"33 levels of a list", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"a` + strings.Repeat("[0]", 32) + `"}`,
			validation + "Invalid ProjectionExpression" + levels},
		{"33 levels in an update", "UpdateItem", update("SET a = :l, c = " + deep), validation + "Invalid UpdateExpression" + levels},
		{"33 levels in a condition", "Scan", `{"TableName":"hash","FilterExpression":"attribute_exists(` + deep + `)"}`, validation + "Invalid FilterExpression" + levels},
		{"a sum of too many digits", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET a = :a + :b","ExpressionAttributeValues":{":a":{"N":"1e50"},":b":{"N":"1"}}}`,
			validation + "Number overflow. Attempting to store a number with magnitude larger than supported range"},
		{"start behind the only item", "Query", `{"TableName":"hash","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"ExclusiveStartKey":{"pk":{"S":"a"}}}`,
			validation + "The provided exclusive start key is invalid: ExclusiveStartKey: {pk=AttributeValue: {S:a}}"},
	})
	f.do("GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"a`+strings.Repeat(".b", 31)+`"}`)
	f.do("UpdateItem", update("SET a = list_append(if_not_exists(a, if_not_exists(b, :l)), :l)"))
}

func TestCapacity_is_told_as_a_number_with_a_fraction_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	if got := f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ReturnConsumedCapacity":"TOTAL"}`); got != `{"ConsumedCapacity":{"TableName":"hash","CapacityUnits":1.0}}` {
		t.Errorf("answer %s", got)
	}
}

// What tools that manage tables ask for on each refresh is answered, though there is nothing of it.
func TestNothing_is_told_of_what_cannot_be_made_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	for _, row := range []struct{ operation, body, want string }{
		{"DescribeKinesisStreamingDestination", `{"TableName":"hash"}`, `{"TableName":"hash","KinesisDataStreamDestinations":[]}`},
		{"ListExports", `{"TableArn":"arn:aws:dynamodb:eu-west-1:111122223333:table/hash"}`, `{"ExportSummaries":[]}`},
		{"ListImports", `{}`, `{"ImportSummaryList":[]}`},
		{"ListGlobalTables", `{}`, `{"GlobalTables":[]}`},
	} {
		if got := f.do(row.operation, row.body); got != row.want {
			t.Errorf("%s: %s, want %s", row.operation, got, row.want)
		}
	}
	f.refuse("DescribeKinesisStreamingDestination", `{"TableName":"none"}`, "ResourceNotFoundException: Requested resource not found: Table: none not found")
	f.refuse("DescribeTableReplicaAutoScaling", `{"TableName":"hash"}`, "ResourceNotFoundException: Global table with name: 'hash' does not exist.")
}
