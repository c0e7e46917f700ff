package layer

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// mostItem is the largest item of DynamoDB, names and values (Amazon DynamoDB Developer Guide, item size).
const mostItem = 400 << 10

// asRecord returns the record of a stream that the payload makes as an item.
func asRecord(payload []byte) (string, error) {
	v, err := decodeJSON(payload)
	if err != nil {
		return "", err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return "", fmt.Errorf("an item is an object, not %s", cut(string(payload)))
	}
	image := map[string]any{}
	for name, member := range object {
		if image[name], err = asAttribute(member); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := atMost(len(payload), mostItem, "DynamoDB"); err != nil {
		return "", err
	}
	return compose(map[string]any{
		"eventID": "00000000000000000000000000000001", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
		"dynamodb": map[string]any{"NewImage": image, "SequenceNumber": "100000000000000000001", "StreamViewType": "NEW_IMAGE"},
	})
}

// asAttribute writes a decoded value as DynamoDB's attribute value, numbers as DynamoDB keeps them.
func asAttribute(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return map[string]any{"NULL": true}, nil
	case bool:
		return map[string]any{"BOOL": v}, nil
	case string:
		return map[string]any{"S": v}, nil
	case json.Number:
		n, err := attr.ParseNumber(v.String())
		if err != nil {
			return nil, fmt.Errorf("DynamoDB refuses the number %s: %w", cut(v.String()), err)
		}
		return map[string]any{"N": n.String()}, nil
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			var err error
			if list[i], err = asAttribute(e); err != nil {
				return nil, err
			}
		}
		return map[string]any{"L": list}, nil
	case map[string]any:
		object := map[string]any{}
		for name, member := range v {
			var err error
			if object[name], err = asAttribute(member); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		return map[string]any{"M": object}, nil
	}
	return nil, fmt.Errorf("a %T is no JSON", v)
}

// ofRecord returns the item in a record's payload as plain JSON.
func ofRecord(payload any) ([]byte, error) {
	image, ok := event.Lookup(payload, "NewImage")
	if !ok {
		return nil, errors.New("the record has no new image")
	}
	v, err := ofAttribute(map[string]any{"M": image})
	if err != nil {
		return nil, err
	}
	return compact(v)
}

func ofAttribute(v any) (any, error) {
	typed, ok := v.(map[string]any)
	if !ok || len(typed) != 1 {
		return nil, fmt.Errorf("%v is no attribute value", v)
	}
	for kind, v := range typed {
		switch v := v.(type) {
		case bool:
			if kind == "NULL" {
				return nil, nil
			}
			return v, nil
		case string:
			if kind == "N" {
				return json.Number(v), nil
			}
			return v, nil
		case []any:
			for i, e := range v {
				var err error
				if v[i], err = ofAttribute(e); err != nil {
					return nil, err
				}
			}
			return v, nil
		case map[string]any:
			for name, member := range v {
				var err error
				if v[name], err = ofAttribute(member); err != nil {
					return nil, err
				}
			}
			return v, nil
		}
	}
	return nil, fmt.Errorf("%v is no attribute value", v)
}
