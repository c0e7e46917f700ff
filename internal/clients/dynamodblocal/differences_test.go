package dynamodblocal

import (
	"math/big"
	"slices"
	"strings"
)

// difference is one way in which the two servers answer differently, and why ours is right.
type difference struct {
	what   string
	source string // the documentation, or what was observed of the service, that shows it
	is     func(r request, ours, local outcome) bool
}

const (
	dynalite = "answers of the service that the test suite of dynalite records: "
	scylla   = "answers of the service that ScyllaDB's tests of its DynamoDB interface record: "
)

// differences are all that were met.
var differences = []difference{
	{
		what:   "DynamoDB Local tells the capacity of a DeleteItem that did not ask",
		source: "Amazon DynamoDB API Reference, ConsumedCapacity: only returned if ReturnConsumedCapacity asks for it",
		is: func(r request, ours, local outcome) bool {
			_, asked := r.body["ReturnConsumedCapacity"]
			return r.operation == "DeleteItem" && !asked && succeeded(ours, local) && local.answer["ConsumedCapacity"] != nil &&
				plain(r.operation, ours.answer) == plain(r.operation, without(local.answer, "ConsumedCapacity"))
		},
	},
	{
		what:   "DynamoDB Local keeps the text of some numbers, or writes an exponent",
		source: "Amazon DynamoDB Developer Guide, \"Data types\": leading and trailing zeroes are trimmed; " + dynalite + "1e3 comes back as 1000",
		is: func(r request, ours, local outcome) bool {
			return succeeded(ours, local) && plain(r.operation, numbersIn(ours.answer).(object)) == plain(r.operation, numbersIn(local.answer).(object))
		},
	},
	{
		what: "DynamoDB Local refuses a whole transaction for what is wrong with one item",
		source: "Amazon DynamoDB API Reference, TransactWriteItems and TransactGetItems: a validation error of an item is a cancellation reason, " +
			"with the code ValidationError",
		is: func(r request, ours, local outcome) bool {
			return isTransaction(r) && ours.code == "TransactionCanceledException" && strings.Contains(ours.message, "ValidationError") &&
				local.code == "ValidationException"
		},
	},
	{
		what:   "DynamoDB Local looks at the keys of a transaction before it looks for the same item twice",
		source: "Amazon DynamoDB API Reference, TransactWriteItems: two actions on one item are a ValidationException of the request",
		is: func(r request, ours, local outcome) bool {
			return isTransaction(r) && strings.Contains(ours.message, "multiple operations on one item") &&
				local.code == "TransactionCanceledException"
		},
	},
	{
		what:   "DynamoDB Local looks at the condition before it validates what is to be updated",
		source: dynalite + "an update that is invalid for any item is refused whether or not its condition holds",
		is: func(r request, ours, local outcome) bool {
			invalid := []string{"Key attributes must be scalars", "Cannot update attribute", "is not supported for the type", "Only DELETE action is allowed",
				"Type mismatch for Index Key"}
			return (r.operation == "UpdateItem" || r.operation == "ExecuteStatement") && ours.code == "ValidationException" && local.code == "ConditionalCheckFailedException" &&
				slices.ContainsFunc(invalid, func(text string) bool { return strings.Contains(ours.message, text) })
		},
	},
	{
		what:   "DynamoDB Local tells no LastEvaluatedKey where the last item of the page is the last that the key condition can match",
		source: "Amazon DynamoDB Developer Guide, \"Paginating table query results\": a page that ends by Limit has a LastEvaluatedKey, and only its absence means the end",
		is: func(r request, ours, local outcome) bool {
			return r.operation == "Query" && r.body["Limit"] != nil && succeeded(ours, local) && local.answer["LastEvaluatedKey"] == nil &&
				plain(r.operation, without(ours.answer, "LastEvaluatedKey")) == plain(r.operation, local.answer)
		},
	},
	{
		what: "items with the same sort key in an index come in another order",
		source: "Amazon DynamoDB Developer Guide, \"Local secondary indexes\": keys of an index need not be unique, and nothing is said of the order of items " +
			"with the same one",
		is: func(r request, ours, local outcome) bool {
			if r.operation != "Query" || r.body["IndexName"] == nil || !succeeded(ours, local) || ours.answer["ScannedCount"] != local.answer["ScannedCount"] {
				return false
			}
			return r.body["Limit"] != nil || textOf(sortItems(sortSets(ours.answer["Items"]))) == textOf(sortItems(sortSets(local.answer["Items"])))
		},
	},
	{
		what:   "DynamoDB Local makes an item with a key of an index of another type, by an update",
		source: "Amazon DynamoDB Developer Guide, \"Global secondary indexes\": a write whose value does not match the index's key type is a ValidationException",
		is: func(r request, ours, local outcome) bool {
			wrong := strings.Contains(ours.message, "Type mismatch for Index Key") || strings.Contains(ours.message, "secondary index key to unsupported type")
			return (r.operation == "UpdateItem" || r.operation == "ExecuteStatement") && wrong && local.code == ""
		},
	},
	{
		what:   "DynamoDB Local shows a whole list as UPDATED_NEW where an element was appended to it",
		source: scylla + "an element that was set behind the end of its list is not shown, unless its index is the one at which it came to be",
		is: func(r request, ours, local outcome) bool {
			expression, _ := r.body["UpdateExpression"].(string)
			return r.operation == "UpdateItem" && r.body["ReturnValues"] == "UPDATED_NEW" && strings.Contains(expression, "[") && succeeded(ours, local) &&
				len(textOf(ours.answer)) < len(textOf(local.answer))
		},
	},
	{
		what:   "DynamoDB Local lets a transaction look into a key of an index, or give it another type",
		source: dynalite + "a path into a key attribute of the table or an index is refused in every expression",
		is: func(r request, ours, local outcome) bool {
			return isTransaction(r) && strings.Contains(ours.message, "ValidationError") && local.code == ""
		},
	},
	{
		what: "DynamoDB Local filters a Scan of an index by attributes that the index does not have",
		source: "Amazon DynamoDB Developer Guide, \"Global secondary indexes\": only attributes that are projected can be read from it, and none is fetched " +
			"from the table",
		is: func(r request, ours, local outcome) bool {
			filtered := r.body["FilterExpression"] != nil || r.body["ScanFilter"] != nil
			if text, _ := r.body["Statement"].(string); strings.Contains(text, `"byG" WHERE`) {
				return succeeded(ours, local)
			}
			return r.operation == "Scan" && r.body["IndexName"] == "byG" && filtered && succeeded(ours, local) && ours.answer["ScannedCount"] == local.answer["ScannedCount"]
		},
	},
}

// ofStatements are those that were met in PartiQL alone.
var ofStatements = []difference{
	{
		what:   "DynamoDB Local fails where a SELECT compares a key of an index with a value of another type",
		source: "an InternalFailure is about the server, and the request is at fault",
		is: func(_ request, ours, local outcome) bool {
			return ours.code == "ValidationException" && local.code == "InternalFailure"
		},
	},
	{
		what:   "DynamoDB Local names the error of an INSERT of what is there otherwise",
		source: "Amazon DynamoDB API Reference, ExecuteStatement: DuplicateItemException",
		is: func(_ request, ours, local outcome) bool {
			return ours.code == "DuplicateItemException" && local.code == "DuplicateItem"
		},
	},
	{
		what:   "DynamoDB Local carries out the statements of a transaction up to one that is none, or looks no further than to the first that fails",
		source: "nothing tells which of two mistakes is reported; here those that can be seen without the table come first, as in the service's other operations",
		is: func(r request, ours, local outcome) bool {
			return r.operation == "ExecuteTransaction" && ours.code == "ValidationException" && local.code == "TransactionCanceledException"
		},
	},
	{
		what: "DynamoDB Local refuses to compare a key of an index with a value of another type, or an empty one",
		source: "Amazon DynamoDB Developer Guide, \"Comparison operator and function reference\": values of different types are not equal, and a function " +
			"on another type is false",
		is: func(r request, ours, local outcome) bool {
			return r.operation == "ExecuteStatement" && ours.code == "" && (strings.Contains(local.message, "Condition parameter type does not match schema type") ||
				strings.Contains(local.message, "cannot contain an empty"))
		},
	},
	{
		what:   "DynamoDB Local answers a column that is a part of an attribute as a projection in a batch or a transaction, and by its name elsewhere",
		source: "its own answer to ExecuteStatement of the same SELECT",
		is: func(r request, ours, local outcome) bool {
			return strings.Contains(textOf(r.body), "SELECT a[0], c") && succeeded(ours, local) &&
				strings.Contains(textOf(ours.answer), `"a[0]"`) == strings.Contains(textOf(local.answer), `"a"`)
		},
	},
}

// knownInBatch returns the difference that explains the last answer of a batch of statements that is another, if all are explained.
func knownInBatch(r request, ours, local outcome) (last *difference) {
	statements, _ := r.body["Statements"].([]any)
	a, b := members(ours), members(local)
	if len(a) != len(statements) || len(b) != len(statements) {
		return nil
	}
	for i, statement := range statements {
		const alone = "ExecuteStatement"
		if a[i].code == b[i].code && plain(alone, a[i].answer) == plain(alone, b[i].answer) {
			continue
		}
		if last = known(request{alone, statement.(object)}, a[i], b[i]); last == nil {
			return nil
		}
	}
	return last
}

// members returns the answers to the statements of a batch as if each had been sent alone.
func members(batch outcome) (all []outcome) {
	responses, _ := batch.answer["Responses"].([]any)
	for _, r := range responses {
		r := r.(object)
		o := outcome{answer: without(r, "TableName")}
		if failure, failed := r["Error"].(object); failed {
			code, _ := failure["Code"].(string)
			o.code = strings.Replace(code, "ValidationError", "Validation", 1) + "Exception"
			o.message, _ = failure["Message"].(string)
			o.answer = nil
		}
		all = append(all, o)
	}
	return all
}

func isTransaction(r request) bool {
	return strings.HasPrefix(r.operation, "Transact") || r.operation == "ExecuteTransaction"
}

// known returns the difference that explains two answers, or nil.
func known(r request, ours, local outcome) *difference {
	for _, d := range slices.Concat(differences, ofStatements) {
		if d.is(r, ours, local) {
			return &d
		}
	}
	if r.operation == "BatchExecuteStatement" && succeeded(ours, local) {
		return knownInBatch(r, ours, local)
	}
	return nil
}

func succeeded(a, b outcome) bool { return a.code == "" && b.code == "" }

func without(answer object, name string) object {
	rest := object{}
	for member, v := range answer {
		if member != name {
			rest[member] = v
		}
	}
	return rest
}

// numbersIn returns an answer with all numbers of N and NS written in one way.
func numbersIn(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for name, member := range v {
			switch text := member.(type) {
			case string:
				if name == "N" {
					member = number(text)
				}
			case []any:
				if name == "NS" {
					all := make([]any, len(text))
					for i, n := range text {
						all[i] = number(n.(string))
					}
					member = all
				} else {
					member = numbersIn(text)
				}
			default:
				member = numbersIn(member)
			}
			out[name] = member
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			out[i] = numbersIn(member)
		}
		return out
	}
	return v
}

func number(text string) string {
	if r, ok := new(big.Rat).SetString(text); ok {
		return r.RatString()
	}
	return text
}
