package dynamodb

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// serve runs one operation as the server does, without HTTP.
func (f *fixture) serve(b *testing.B, operation string, body, dst []byte) []byte {
	c := &engine.Call{Context: context.Background(), Scope: f.scope, Client: "bench", Service: "dynamodb", Operation: operation}
	op := f.tables.Operations[operation]
	out, err := f.engine.Do(c, func() ([]byte, error) { return op.Serve(c, &wire.Request{Body: body}, dst) })
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// benchFixture keeps a bounded history, as the server does.
func benchFixture(b *testing.B) *fixture {
	f := newFixture(b)
	f.engine = engine.New(engine.Options{Seed: 7, HistoryLimit: 10_000})
	f.scope = f.engine.Scope("111122223333", "eu-west-1")
	f.service = f.scope.Once(func() any { return New(f.scope, Options{}) }).(*Service)
	f.tables = Operations(f.service)
	return f
}

// BenchmarkPutItem is a put of 300 bytes with a condition into a table with a stream.
func BenchmarkPutItem(b *testing.B) {
	f := benchFixture(b)
	f.do("CreateTable", strings.Replace(hashTable, `"BillingMode"`, `"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},"BillingMode"`, 1))
	var dst, body []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		body = fmt.Appendf(body[:0], `{"TableName":"hash","Item":{"pk":{"S":"contact-%d"},"type":{"S":"ContactCreated"},"version":{"N":"1"},`+
			`"detail":{"M":{"name":{"S":"Ada Lovelace"},"email":{"S":"ada@example.com"},"tenant":{"S":"acme"},"tags":{"L":[{"S":"a"},{"S":"b"}]},"notes":{"S":"%s"}}}},`+
			`"ConditionExpression":"attribute_not_exists(pk)"}`, i, strings.Repeat("n", 120))
		dst = f.serve(b, "PutItem", body, dst[:0])
	}
}

func BenchmarkUpdateItem(b *testing.B) {
	f := benchFixture(b)
	f.do("CreateTable", hashTable)
	body := []byte(`{"TableName":"hash","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET n = if_not_exists(n, :z) + :one","ConditionExpression":"attribute_not_exists(gone)",
		"ExpressionAttributeValues":{":z":{"N":"0"},":one":{"N":"1"}}}`)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = f.serve(b, "UpdateItem", body, dst[:0])
	}
}

func BenchmarkGetItem(b *testing.B) {
	f := benchFixture(b)
	f.do("CreateTable", hashTable)
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"v":{"S":"`+strings.Repeat("x", 250)+`"}}}`)
	body := []byte(`{"TableName":"hash","Key":{"pk":{"S":"a"}},"ConsistentRead":true}`)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = f.serve(b, "GetItem", body, dst[:0])
	}
}

// BenchmarkQuery100 reads 100 items of 100 bytes. What the size of the table costs, BenchmarkTableOf tells.
func BenchmarkQuery100(b *testing.B) {
	f := benchFixture(b)
	f.do("CreateTable", strings.Replace(sortTable, `"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"`, `"StreamEnabled":false`, 1))
	var dst, body []byte
	for i := range 100 {
		body = fmt.Appendf(body[:0], `{"TableName":"sort","Item":{"pk":{"S":"p0"},"sk":{"N":"%d"},"v":{"S":"%s"}}}`, i, strings.Repeat("x", 80))
		dst = f.serve(b, "PutItem", body, dst[:0])
	}
	query := []byte(`{"TableName":"sort","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"p0"}}}`)
	b.ReportAllocs()
	for b.Loop() {
		dst = f.serve(b, "Query", query, dst[:0])
	}
}

func BenchmarkTransactWriteItems2(b *testing.B) {
	f := benchFixture(b)
	f.do("CreateTable", hashTable)
	var dst, body []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		body = fmt.Appendf(body[:0], `{"TransactItems":[{"Put":{"TableName":"hash","Item":{"pk":{"S":"a-%d"}},"ConditionExpression":"attribute_not_exists(pk)"}},`+
			`{"Put":{"TableName":"hash","Item":{"pk":{"S":"b-%d"}}}}]}`, i, i)
		dst = f.serve(b, "TransactWriteItems", body, dst[:0])
	}
}
