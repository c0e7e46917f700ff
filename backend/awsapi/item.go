package awsapi

import "encoding/json"

// Attributes gives each value of a document its type in DynamoDB, in DynamoDB's own JSON: {"id": "L-17"} becomes {"id": {"S": "L-17"}}.
// The document is decoded JSON (strings, bools, nil, json.Number, slices, maps); there is no JSON for binary values and sets.
func Attributes(document map[string]any) map[string]any {
	item := make(map[string]any, len(document))
	for name, v := range document {
		item[name] = attribute(v)
	}
	return item
}

func attribute(v any) map[string]any {
	switch v := v.(type) {
	case nil:
		return map[string]any{"NULL": true}
	case bool:
		return map[string]any{"BOOL": v}
	case json.Number:
		return map[string]any{"N": v.String()}
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = attribute(e)
		}
		return map[string]any{"L": list}
	case map[string]any:
		return map[string]any{"M": Attributes(v)}
	}
	return map[string]any{"S": v}
}

// Document is the inverse of Attributes. Binary values come as the base64 that they are in DynamoDB's JSON, sets as lists.
func Document(item map[string]any) map[string]any {
	document := make(map[string]any, len(item))
	for name, v := range item {
		document[name] = plain(v)
	}
	return document
}

func plain(typed any) any {
	v, ok := typed.(map[string]any)
	if !ok || len(v) != 1 {
		return typed // not DynamoDB's JSON
	}
	for kind, value := range v {
		switch kind {
		case "S", "B", "BOOL", "SS", "BS":
			return value
		case "NULL":
			return nil
		case "N":
			if text, ok := value.(string); ok {
				return json.Number(text)
			}
		case "NS":
			if list, ok := value.([]any); ok {
				return plainList(list, func(e any) any { return plain(map[string]any{"N": e}) })
			}
		case "L":
			if list, ok := value.([]any); ok {
				return plainList(list, plain)
			}
		case "M":
			if m, ok := value.(map[string]any); ok {
				return Document(m)
			}
		}
	}
	return typed
}

func plainList(list []any, each func(any) any) []any {
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = each(e)
	}
	return out
}
