package dynamodb

import (
	"errors"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The bodies are written by hand after the API reference, not by a program that reads the same models.
const putBody = `{"TableName":"events","Item":{"pk":{"S":"contact#1"},"v":{"N":"1"},"detail":{"M":{"name":{"S":"Ada"},"mails":{"L":[{"S":"ada@example.com"}]}}}},
 "ConditionExpression":"attribute_not_exists(pk)","ReturnValues":"NONE","ExpressionAttributeNames":{"#p":"pk"}}`

func TestWire_reads_PutItem(t *testing.T) {
	var in PutItemInput
	if err := wire.DecodeBody([]byte(putBody), false, in.DecodeJSON); err != nil {
		t.Fatal(err)
	}
	var v wire.Violations
	if in.Violations(&v); v.Any() {
		t.Fatal(v.List)
	}
	if in.TableName != "events" || in.ConditionExpression != wire.Some("attribute_not_exists(pk)") || in.ReturnValues.V != ReturnValueNone {
		t.Errorf("got %+v", in)
	}
	if len(in.Item) != 3 || !attr.Equal(in.Item["pk"], attr.String("contact#1")) || in.Item["detail"].Kind() != attr.KindM {
		t.Errorf("got %v", in.Item)
	}
	if in.ConditionalOperator.OK || in.Expected != nil || in.ExpressionAttributeValues != nil {
		t.Error("absent members are present")
	}
}

// The texts follow the form of DynamoDB's answers in public conformance suites; limits are the model's.
func TestWire_words_violations_as_DynamoDB_does(t *testing.T) {
	decode := func(in interface {
		DecodeJSON(*wire.Decoder) error
		Violations(*wire.Violations)
	}, body string) string {
		if err := wire.DecodeBody([]byte(body), false, in.DecodeJSON); err != nil {
			return err.Error()
		}
		var v wire.Violations
		if in.Violations(&v); !v.Any() {
			return ""
		}
		return wire.CoralMessage(&v)
	}
	for _, c := range []struct{ got, want string }{
		{decode(new(PutItemInput), `{"TableName":"t","Item":{}}`), ""},
		{
			decode(new(PutItemInput), `{"TableName":"","Item":{}}`),
			"1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
		},
		{
			decode(new(CreateTableInput), `{"TableName":"t","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"X"}],"KeySchema":[{"KeyType":"HASH"}]}`),
			"2 validation errors detected: Value 'X' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy " +
				"enum value set: [S, N, B]; Value null at 'keySchema.1.member.attributeName' failed to satisfy constraint: Member must not be null",
		},
		{
			decode(new(BatchGetItemInput), `{"RequestItems":{"t":{}}}`),
			"1 validation error detected: Value null at 'requestItems.t.member.keys' failed to satisfy constraint: Member must not be null",
		},
		{
			decode(new(BatchWriteItemInput), `{"RequestItems":{"t":[]}}`),
			"1 validation error detected: Value '{t=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: " +
				"[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]",
		},
		{
			decode(new(BatchWriteItemInput), `{"RequestItems":{"t":[{"PutRequest":{}}]}}`),
			"1 validation error detected: Value null at 'requestItems.t.member.1.member.putRequest.item' failed to satisfy constraint: Member must not be null",
		},
		{
			decode(new(ScanInput), `{"TableName":"t","Limit":0}`),
			"1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
		},
		{
			decode(new(GetShardIteratorInput), `{"StreamArn":"`+strings.Repeat("a", 40)+`","ShardId":"`+strings.Repeat("s", 30)+`","ShardIteratorType":"FIRST"}`),
			"1 validation error detected: Value 'FIRST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: " +
				"[TRIM_HORIZON, LATEST, AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, AT_TIMESTAMP]",
		},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

func TestWire_writes_answers_and_error_members(t *testing.T) {
	out := GetItemOutput{Item: attr.Pack(map[string]attr.Value{"pk": attr.String("a")})}
	if got, want := string(out.AppendJSON(nil)), `{"Item":{"pk":{"S":"a"}}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	e := ErrTransactionCanceledException("Transaction cancelled")
	e.Members = (&TransactionCanceledExceptionMembers{CancellationReasons: []CancellationReason{{Code: wire.Some("None")}, {
		Code: wire.Some("ConditionalCheckFailed"), Message: wire.Some("The conditional request failed"), Item: attr.Pack(map[string]attr.Value{"pk": attr.String("a")}),
	}}}).AppendMembers
	want := `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled","CancellationReasons":[{"Code":"None"},` +
		`{"Item":{"pk":{"S":"a"}},"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}]}`
	if got := string(e.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWire_tables_hold_all_operations(t *testing.T) {
	main, streams := Operations(nil), StreamsOperations(nil)
	if n := len(main.Operations) + len(main.NotImplemented); n != 62 {
		t.Errorf("%d operations, DynamoDB has 62", n)
	}
	if len(streams.Operations) != 4 || len(streams.NotImplemented) != 0 || streams.TargetPrefix != "DynamoDBStreams_20120810" {
		t.Errorf("streams: %d operations, %d missing", len(streams.Operations), len(streams.NotImplemented))
	}
}

func FuzzPutItemInput(f *testing.F) {
	f.Add([]byte(putBody))
	f.Add([]byte(`{"Item":{"a":null},"Expected":{"a":{"AttributeValueList":[{"NULL":true}]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var in PutItemInput
		if err := wire.DecodeBody(body, false, in.DecodeJSON); err != nil {
			var e *wire.Error
			if !errors.As(err, &e) {
				t.Fatalf("%q: %v is no answer", body, err)
			}
			return
		}
		var v wire.Violations
		in.Violations(&v)
		_ = wire.CoralMessage(&v)
	})
}

func BenchmarkWirePutItem(b *testing.B) {
	body := []byte(putBody)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		in := new(PutItemInput)
		var v wire.Violations
		if err := wire.DecodeBody(body, false, in.DecodeJSON); err != nil {
			b.Fatal(err)
		}
		if in.Violations(&v); v.Any() {
			b.Fatal(v.List)
		}
	}
}
