package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/expect"
)

// Key is the primary key of an item, each attribute as JSON: Key{"pk": "L-17", "sk": 1}.
type Key map[string]any

// Item reads an item of a DynamoDB table, strongly consistent. The document is the item as JSON: numbers as numbers, sets as lists,
// binary values in base64. It is [expect.Nothing] while there is no such item.
func Item(at backend.Endpoint, table string, key Key) Probe {
	shown, err := json.Marshal(key)
	if err != nil {
		problem := fmt.Errorf("a key of %v: %w", map[string]any(key), err)
		return Func("item of table:"+table, func(context.Context) (any, error) { return nil, Final(problem) })
	}
	return Func("item "+string(shown)+" of table:"+table, func(ctx context.Context) (any, error) {
		var document map[string]any
		d := json.NewDecoder(bytes.NewReader(shown))
		d.UseNumber()
		if err := d.Decode(&document); err != nil {
			return nil, Final(err)
		}
		var out struct{ Item map[string]any }
		in := map[string]any{"TableName": table, "Key": awsapi.Attributes(document), "ConsistentRead": true}
		err := awsapi.New(at).JSON(ctx, awsapi.DynamoDB, "GetItem", in, &out)
		if e, ok := errors.AsType[*awsapi.Error](err); ok && (e.Code == "ValidationException" || e.Denied()) { // waiting does not help
			return nil, Final(err)
		}
		if err != nil {
			return nil, err
		}
		if out.Item == nil {
			return expect.Nothing{}, nil
		}
		return awsapi.Document(out.Item), nil
	})
}
