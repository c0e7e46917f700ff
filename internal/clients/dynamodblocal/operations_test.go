package dynamodblocal

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// draw draws one operation on the table.
func draw(t *rapid.T, table string) request {
	switch operation := pick(t, "operation", "PutItem", "PutItem", "UpdateItem", "UpdateItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Query", "Scan",
		"BatchWriteItem", "BatchGetItem", "TransactWriteItems", "TransactGetItems", "PartiQL", "PartiQL", "PartiQL"); operation {
	case "PutItem":
		return drawWrite(t, operation, table, object{"Item": item(t)})
	case "DeleteItem", "UpdateItem":
		return drawWrite(t, operation, table, object{"Key": primary(t)})
	case "GetItem":
		body := object{"TableName": table, "Key": primary(t)}
		project(t, body)
		return request{operation, body}
	case "Query":
		return drawQuery(t, table)
	case "Scan":
		body := object{"TableName": table}
		filter(t, body, "ScanFilter", newText(t))
		if often(t, "index", 3) {
			body["IndexName"] = pick(t, "name", "byG", "byL", "none")
		}
		return request{operation, body}
	case "PartiQL":
		return drawStatements(t, table)
	case "BatchWriteItem":
		return drawBatchWrite(t, table)
	case "BatchGetItem":
		keys := []any{}
		for range rapid.IntRange(1, 4).Draw(t, "keys") {
			keys = append(keys, primary(t))
		}
		return request{operation, object{"RequestItems": object{table: object{"Keys": keys}}}}
	case "TransactGetItems":
		var list []any
		for range rapid.IntRange(1, 3).Draw(t, "gets") {
			get := object{"TableName": table, "Key": primary(t)}
			if often(t, "projected", 3) {
				x := newText(t)
				get["ProjectionExpression"] = x.path()
				if len(x.names) > 0 {
					get["ExpressionAttributeNames"] = x.names
				}
			}
			list = append(list, object{"Get": get})
		}
		return request{operation, object{"TransactItems": list}}
	}
	return drawTransaction(t, table)
}

// project draws a projection or AttributesToGet.
func project(t *rapid.T, body object) {
	switch {
	case often(t, "projection", 4):
		x := newText(t)
		body["ProjectionExpression"] = x.path() + ", " + x.path()
		x.into(body)
	case often(t, "attributes", 2):
		body["AttributesToGet"] = []any{"a", "p"}
	}
}

func drawWrite(t *rapid.T, operation, table string, body object) request {
	body["TableName"] = table
	options := []string{"NONE", "ALL_OLD"}
	x := newText(t)
	legacy := often(t, "legacy", 2)
	if operation == "UpdateItem" {
		options = append(options, "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")
		if legacy {
			body["AttributeUpdates"] = updates(t)
		} else {
			body["UpdateExpression"] = x.update()
		}
	}
	body["ReturnValues"] = pick(t, "return", options...)
	switch {
	case often(t, "unconditional", 6):
	case legacy:
		body["Expected"] = conditions(t)
		if often(t, "joined", 3) {
			body["ConditionalOperator"] = pick(t, "word", "AND", "OR")
		}
	default:
		body["ConditionExpression"] = x.condition(1)
	}
	ifThere(body)
	x.into(body)
	return request{operation, body}
}

// ifThere gives an update that only removes the condition that there is an item. Without one DynamoDB Local makes it, and the service
// does not, as ScyllaDB's tests of its DynamoDB interface record; neither tells that in its answer.
func ifThere(body object) {
	if expression, ok := body["UpdateExpression"].(string); ok && (strings.HasPrefix(expression, "REMOVE") || strings.HasPrefix(expression, "DELETE")) {
		body["ConditionExpression"] = "attribute_exists(p)"
	}
	legacy, ok := body["AttributeUpdates"].(object)
	for _, u := range legacy {
		ok = ok && u.(object)["Action"] == "DELETE"
	}
	if ok {
		body["Expected"] = object{"p": object{"ComparisonOperator": "NOT_NULL"}}
		delete(body, "ConditionalOperator")
	}
}

func updates(t *rapid.T) object {
	all := object{}
	for _, name := range rapid.Permutation([]string{"a", "b", "c", "p"}).Draw(t, "names")[:rapid.IntRange(1, 2).Draw(t, "count")] {
		u := object{"Action": pick(t, "action", "PUT", "ADD", "DELETE")}
		if often(t, "value", 8) {
			u["Value"] = value(t, 1)
		}
		all[name] = u
	}
	return all
}

// filter draws a filter in one of the two languages.
func filter(t *rapid.T, body object, legacy string, x *text) {
	switch {
	case often(t, "expression", 5):
		body["FilterExpression"] = x.condition(1)
	case often(t, "legacy", 3) && len(x.values) == 0:
		body[legacy] = conditions(t)
	}
	x.into(body)
}

func drawQuery(t *rapid.T, table string) request {
	body := object{"TableName": table, "ScanIndexForward": pick(t, "forward", true, false)}
	hash, sort, kind := "p", "s", "N"
	switch {
	case often(t, "local", 2):
		body["IndexName"], sort, kind = "byL", "l", "B"
	case often(t, "global", 2):
		body["IndexName"], hash = "byG", "g"
	}
	x := newText(t)
	bound := func() object {
		if often(t, "odd", 1) {
			return value(t, 0)
		}
		return map[string]object{"N": {"N": pick(t, "N", "-1", "0", "1")}, "B": {"B": pick(t, "B", "AQ==", "Ag==")}}[kind]
	}
	first := object{"S": pick(t, "partition", "1", "2", "u", "v")}
	if often(t, "legacy", 2) {
		body["KeyConditions"] = object{
			hash: object{"ComparisonOperator": "EQ", "AttributeValueList": []any{first}},
			sort: object{"ComparisonOperator": pick(t, "operator", "EQ", "LT", "GE"), "AttributeValueList": []any{bound()}},
		}
		filter(t, body, "QueryFilter", x)
		return request{"Query", body}
	}
	condition := hash + " = " + x.value(first)
	switch pick(t, "sort", "none", "compare", "between", "begins") {
	case "compare":
		condition += " AND " + sort + pick(t, "comparator", " = ", " < ", " <= ", " > ", " >= ", " <> ") + x.value(bound())
	case "between":
		condition += " AND " + sort + " BETWEEN " + x.value(bound()) + " AND " + x.value(bound())
	case "begins":
		condition += " AND begins_with(" + sort + ", " + x.value(bound()) + ")"
	}
	body["KeyConditionExpression"] = condition
	if often(t, "limit", 3) {
		body["Limit"] = rapid.IntRange(1, 3).Draw(t, "limit")
	}
	if often(t, "select", 2) {
		body["Select"] = pick(t, "choice", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES")
	}
	filter(t, body, "", x)
	delete(body, "")
	return request{"Query", body}
}

func drawBatchWrite(t *rapid.T, table string) request {
	list := []any{}
	for range rapid.IntRange(1, 4).Draw(t, "writes") {
		if often(t, "put", 6) {
			list = append(list, object{"PutRequest": object{"Item": item(t)}})
		} else {
			list = append(list, object{"DeleteRequest": object{"Key": primary(t)}})
		}
	}
	return request{"BatchWriteItem", object{"RequestItems": object{table: list}}}
}

func drawTransaction(t *rapid.T, table string) request {
	var list []any
	for i := range rapid.IntRange(1, 3).Draw(t, "actions") {
		body := object{"TableName": table}
		x := newText(t)
		kind := pick(t, "action", "Put", "Update", "Delete", "ConditionCheck")
		switch kind {
		case "Put":
			body["Item"] = item(t)
		default:
			body["Key"] = primary(t)
		}
		if kind == "Update" {
			body["UpdateExpression"] = x.update()
		}
		if kind == "ConditionCheck" || often(t, fmt.Sprint("conditional", i), 3) {
			body["ConditionExpression"] = x.condition(1)
		}
		ifThere(body)
		x.into(body)
		list = append(list, object{kind: body})
	}
	return request{"TransactWriteItems", object{"TransactItems": list}}
}
