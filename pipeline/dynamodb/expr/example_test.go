package expr_test

import (
	"fmt"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
)

// One request: the substitutions, its expressions in the service's order, and at last what nothing used.
func Example() {
	params, _ := expr.NewParams(
		map[string]string{"#s": "status"},
		map[string]attr.Value{":one": attr.Num(attr.NumberFromInt64(1)), ":open": attr.String("open")},
	)
	update, _ := expr.ParseUpdate("SET version = version + :one", params)
	condition, _ := expr.ParseCondition(expr.Condition, "#s = :open", params)
	fmt.Println("unused:", params.Unused())

	item := attr.Item{"status": attr.String("open"), "version": attr.Num(attr.NumberFromInt64(6))}
	if condition.Eval(item) {
		next, err := update.Apply(item)
		fmt.Println(next["version"], err)
	}
	// Output:
	// unused: <nil>
	// {"N":"7"} <nil>
}

// Mistakes are reported in the words of the service.
func ExampleParseCondition() {
	params, _ := expr.NewParams(nil, map[string]attr.Value{":v": attr.String("x")})
	_, err := expr.ParseCondition(expr.Filter, "name = :v", params)
	fmt.Println(err)
	_, err = expr.ParseCondition(expr.Filter, "tenant-id = :v", params)
	fmt.Println(err)
	// Output:
	// Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: name
	// Invalid FilterExpression: Syntax error; token: "-", near: "tenant-id"
}
