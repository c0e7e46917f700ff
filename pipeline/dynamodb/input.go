package dynamodb

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// InvalidInput words the answer to a request that breaks rules of the model, where DynamoDB words it in its own way.
//
// Source: answers of the service recorded in public conformance suites: a wrong table name is reported alone; a missing map of
// a batch and a Limit or number of keys out of bounds have texts of their own.
func (s *Service) InvalidInput(operation string, v *wire.Violations) error {
	if operation == "CreateTable" && len(v.List) == 1 && v.List[0].Path == "keySchema" {
		return nil // CreateTable says the same, after it has looked at the table's name
	}
	for i, one := range v.List {
		if one.Kind == wire.Enum {
			if order, ok := enumOrder[one.Path[strings.LastIndexByte(one.Path, '.')+1:]]; ok {
				v.List[i].Text = "Member must satisfy enum value set: [" + order + "]"
			}
		}
	}
	for _, one := range v.List {
		switch {
		case one.Path == "tableName" && one.Kind == wire.Required && strings.HasSuffix(operation, "Table"):
			return invalid("The parameter 'TableName' is required but was not present in the request")
		case one.Path == "tableName":
			v.List = []wire.Violation{one}
			return invalid(wire.CoralMessage(v))
		case one.Path == "requestItems" && (one.Kind == wire.Required || one.Kind == wire.MinLength):
			return invalid("The requestItems parameter is required for " + operation)
		case operation == "Query" && one.Path == "limit":
			return invalid("1 validation error detected: Value at 'Limit' failed to satisfy constraint: " + one.Text)
		case operation == "BatchGetItem" && one.Kind == wire.MaxLength && strings.HasSuffix(one.Path, ".member.keys"):
			table := strings.TrimSuffix(strings.TrimPrefix(one.Path, "requestItems."), ".member.keys")
			return invalid("1 validation error detected: Value at 'RequestItems." + table + ".member.Keys' failed to satisfy constraint: " + one.Text)
		}
	}
	return invalid(wire.CoralMessage(v))
}

// enumOrder holds the values of enumerations, by member, in the order in which the service lists them: neither the model's nor
// any other that could be computed.
//
// Source: answers of the service recorded in public test suites.
var enumOrder = map[string]string{
	"attributeType":               "B, N, S",
	"comparisonOperator":          "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS",
	"conditionalOperator":         "OR, AND",
	"projectionType":              "ALL, INCLUDE, KEYS_ONLY",
	"returnConsumedCapacity":      "INDEXES, TOTAL, NONE",
	"returnItemCollectionMetrics": "SIZE, NONE",
	"returnValues":                "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW",
	"select":                      "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES",
}
