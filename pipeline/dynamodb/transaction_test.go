package dynamodb

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTransactWriteItems_refuses_what_AWS_refuses_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	put := func(pk, more string) string {
		return `{"Put":{"TableName":"hash","Item":{"pk":{"S":"` + pk + `"}}` + more + `}}`
	}
	canceled := "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons "
	many := strings.Repeat(put("a", "")+",", 100) + put("a", "")
	refuseAll(t, f, []refusal{
		{"one item twice", "TransactWriteItems", `{"TransactItems":[` + put("a", "") + `,` + put("a", "") + `]}`,
			validation + "Transaction request cannot include multiple operations on one item"},
		{"no action", "TransactWriteItems", `{"TransactItems":[{}]}`, validation + "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"},
		{"two actions in one", "TransactWriteItems", `{"TransactItems":[{"Delete":{"TableName":"hash","Key":{"pk":{"S":"a"}}},` + put("b", "")[1:] + `]}`,
			validation + "TransactItems can only contain one of Check, Put, Update or Delete"},
		{"nothing at all", "TransactWriteItems", `{"TransactItems":[]}`,
			validation + "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"no such table", "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"none","Item":{"pk":{"S":"a"}}}}]}`, "ResourceNotFoundException: Requested resource not found"},
		{"reasons in order", "TransactWriteItems", `{"TransactItems":[` + put("a", "") + `,` + put("b", `,"ConditionExpression":"attribute_exists(pk)"`) + `]}`,
			canceled + "[None, ConditionalCheckFailed]"},
		{"a wrong key is a reason", "TransactWriteItems", `{"TransactItems":[{"Delete":{"TableName":"hash","Key":{"no":{"S":"a"}}}}]}`, canceled + "[ValidationError]"},
		{"the same of a Get", "TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"hash","Key":{}}}]}`, canceled + "[ValidationError]"},
		{"batch of nothing", "BatchWriteItem", `{"RequestItems":{}}`, validation + "The requestItems parameter is required for BatchWriteItem"},
		{"batch with one item twice", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"a"}}}}]}}`,
			validation + "Provided list of item keys contains duplicates"},
		{"batch get with one key twice", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"a"}}]}}}`,
			validation + "Provided list of item keys contains duplicates"},
	})
	if e, _ := f.call("TransactWriteItems", `{"TransactItems":[`+many+`]}`); e != "" {
		t.Errorf("101 actions were carried out")
	}
	if got := get(t, f.do("Scan", `{"TableName":"hash"}`), "Count"); got != 0.0 {
		t.Errorf("%v items: a refused transaction was applied", got)
	}
}

func TestTransactWriteItems_tells_the_item_that_failed_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"v":{"N":"1"}}}`)
	_, err := f.call("TransactWriteItems", `{"TransactItems":[{"ConditionCheck":{"TableName":"hash","Key":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}]}`)
	got := string(err.(interface{ AppendJSON([]byte) []byte }).AppendJSON(nil))
	want := `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed]",` +
		`"CancellationReasons":[{"Item":{"pk":{"S":"a"},"v":{"N":"1"}},"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}]}`
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestTransactWriteItems_is_idempotent_by_token_for_10_minutes_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	add := func(n int) string {
		return fmt.Sprintf(`{"ClientRequestToken":"t","ReturnConsumedCapacity":"TOTAL","TransactItems":[{"Update":{"TableName":"hash","Key":{"pk":{"S":"a"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"%d"}}}}]}`, n)
	}
	count := func() string {
		return text(t, f.do("GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}}}`), "Item", "n", "N")
	}
	if got := text(t, f.do("TransactWriteItems", add(1)), "ConsumedCapacity"); got != `[{"CapacityUnits":2,"TableName":"hash","WriteCapacityUnits":2}]` {
		t.Errorf("capacity %s", got)
	}
	if got := text(t, f.do("TransactWriteItems", add(1)), "ConsumedCapacity"); got != `[{"CapacityUnits":2,"ReadCapacityUnits":2,"TableName":"hash"}]` {
		t.Errorf("capacity of the replay %s", got)
	}
	if got := count(); got != `"1"` {
		t.Errorf("n is %s: the replay was applied", got)
	}
	f.refuse("TransactWriteItems", add(2), "IdempotentParameterMismatchException: The request uses the same client token as a previous, but non-identical request")
	f.clock.Set(start.Add(10 * time.Minute))
	f.do("TransactWriteItems", add(2))
	if got := count(); got != `"3"` {
		t.Errorf("n is %s: the token outlived ten minutes", got)
	}
}
