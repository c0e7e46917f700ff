package dynamodb_test

import (
	"context"
	"fmt"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// A table with a stream, one write, and the record of it.
func ExampleNew() {
	e := engine.New(engine.Options{})
	defer e.Close()
	scope := e.Scope("111122223333", "eu-west-1")
	service := dynamodb.New(scope, dynamodb.Options{})
	call := &engine.Call{Context: context.Background(), Scope: scope, Service: "dynamodb", Operation: "PutItem"}

	table, err := service.CreateTable(call, &dynamodb.CreateTableInput{
		TableName:            "contacts",
		AttributeDefinitions: []dynamodb.AttributeDefinition{{AttributeName: "id", AttributeType: "S"}},
		KeySchema:            []dynamodb.KeySchemaElement{{AttributeName: "id", KeyType: dynamodb.KeyTypeHash}},
		BillingMode:          wire.Some(dynamodb.BillingModePayPerRequest),
		StreamSpecification:  &dynamodb.StreamSpecification{StreamEnabled: true, StreamViewType: wire.Some(dynamodb.StreamViewTypeNewImage)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	stream, err := service.OpenStream(table.TableDescription.LatestStreamArn.V, "TRIM_HORIZON", func() {})
	if err != nil {
		fmt.Println(err)
		return
	}
	item := attr.Item{"id": attr.String("c-1"), "name": attr.String("Ada")}
	if _, err := service.PutItem(call, &dynamodb.PutItemInput{TableName: "contacts", Item: item}); err != nil {
		fmt.Println(err)
		return
	}
	_, err = service.PutItem(call, &dynamodb.PutItemInput{TableName: "contacts", Item: item, ConditionExpression: wire.Some("attribute_not_exists(id)")})
	fmt.Println(err)
	records, _, _ := stream.Read(10)
	for _, r := range records {
		fmt.Println(r.Event.Type, r.Event.Key, "at", stream.Place())
	}
	// Output:
	// ConditionalCheckFailedException: The conditional request failed
	// INSERT c-1 at stream:contacts
}
